"""Values as JSON and arrays, and back again to the same bits.

Numbers, texts, None, True, False and lists are what they are in JSON. Everything else
is an object of one key, which says what it is:

    {"float": "inf"}                    a number that is not finite
    {"tuple": [1, 2]}                   a tuple
    {"dict": {"a": 1}}                  a dictionary, whose keys are texts
    {"array": "history/loss"}           the array of that name in the same file
    {"numbers": "history/loss"}         a long list of numbers, in such an array
    {"function": "warm_up"}             a function, which who loads the file must pass
    {"object": {"class_name": "Dense", "module": "minidl.layers", "config": {...}}}
"""

import inspect
import math
from collections.abc import Callable, Collection, Iterable
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from minidl import configuration
from minidl.files import container
from minidl.files.container import Arrays

Json: TypeAlias = Any

DEEPEST = 64  # lists in lists; a nested model takes two
MOST_OBJECTS = 5_000  # that a file may describe
MOST_LAYERS = 1_000  # among them
MOST_THRESHOLDS = 100_000  # of a metric: for these, no array of the file has the room
LONG = 32  # items from which on a list of numbers becomes an array


class Encoder:
    """Makes JSON of plain values; arrays go beside it.

    Args:
        arrays: Where arrays go, by name.
    """

    arrays: Arrays

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays

    def encode(self, value: object, place: str) -> Json:
        """Return a value as JSON.

        Args:
            value: Any plain value.
            place: What arrays in it are called.

        Raises:
            TypeError: if it is not plain.
        """
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else {"float": str(value)}
        if isinstance(value, list):
            return self._list(value, place)
        if isinstance(value, tuple):
            return {"tuple": self._items(value, place)}
        if isinstance(value, np.ndarray) and container.is_storable(value):
            self.arrays[place] = value.copy()
            return {"array": place}
        if type(value) is dict and all(isinstance(key, str) for key in value):
            return {"dict": self.encode_dict(value, place)}
        return self.other(value, place)

    def encode_dict(self, values: dict[str, Any], place: str) -> Json:
        """Return a dictionary with the same keys."""
        return {
            key: self.encode(value, f"{place}/{_word(key, number)}")
            for number, (key, value) in enumerate(values.items())
        }

    def other(self, value: object, place: str) -> Json:
        """Return what is not plain as JSON, or raise."""
        raise TypeError(
            f"{place} is {value!r:.60}, a {type(value).__name__}, which a file cannot "
            f"hold"
        )

    def _list(self, values: list[Any], place: str) -> Json:
        kinds = {type(item) for item in values} if len(values) >= LONG else set()
        if kinds == {float}:
            self.arrays[place] = np.array(values, np.float64)
            return {"numbers": place}
        if kinds == {int} and min(values) >= -(2**63) and max(values) < 2**63:
            self.arrays[place] = np.array(values, np.int64)
            return {"numbers": place}
        return self._items(values, place)

    def _items(self, values: Iterable[object], place: str) -> list[Json]:
        return [self.encode(item, f"{place}/{i}") for i, item in enumerate(values)]


class Describer(Encoder):
    """Makes JSON of objects, too: of their class's name and their configuration."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__(arrays)
        self._functions: dict[str, object] = {}  # of the user's, by name
        self._count = 0

    def encode(self, value: object, place: str) -> Json:
        """Return a value as JSON."""
        if isinstance(value, dict) and set(value) - {"module"} == {
            "class_name",
            "config",
        }:
            self._count += 1
            if self._count > MOST_OBJECTS:
                raise ValueError(
                    f"it has more than the {MOST_OBJECTS} layers, initializers and the "
                    f"like that a file may describe"
                )
            if "module" in value:  # a class of minidl
                check_thresholds(value["class_name"], value["config"])
            else:
                refuse_built_in(value["class_name"])
            config = self.encode_dict(value["config"], place)
            return {"object": {**value, "config": config}}
        return super().encode(value, place)

    def other(self, value: object, place: str) -> Json:
        """Return an object by its configuration, a function by its name."""
        configure = getattr(value, "get_config", None)
        if configure is not None and not isinstance(value, type):
            key = configuration.class_key(type(value))
            return self.encode({**key, "config": configure()}, place)
        if inspect.isfunction(value):
            return {"function": self._function(value)}
        return super().other(value, place)

    def _function(self, function: FunctionType) -> str:
        """Return the name that means a function in a file."""
        key = configuration.class_key(function)
        if "module" in key:
            return f"{key['module']}.{key['class_name']}"
        name = function.__name__
        refuse_built_in(name)
        if self._functions.setdefault(name, function) is not function:
            raise ValueError(
                f"two functions are called {name}, so a file cannot tell which: write "
                f"them with def, under two names"
            )
        return name


def refuse_built_in(name: str) -> None:
    """Raise if something of the user's is called like a class of minidl."""
    if name in configuration.BUILT_IN:
        raise ValueError(
            f"{name} is a class of minidl, so a file cannot tell yours from it: give "
            f"yours another name"
        )


def check_thresholds(name: str, config: dict[str, Any]) -> None:
    """Raise if a metric has more thresholds than a file may ask for."""
    count = config.get("num_thresholds")
    if isinstance(count, int) and count > MOST_THRESHOLDS:
        raise ValueError(
            f"{name} has num_thresholds={count}, but a file may ask for "
            f"{MOST_THRESHOLDS}: save the model without this metric, or load it with "
            f"compile=False"
        )


class Decoder:
    """Makes plain values of JSON.

    Args:
        arrays: The arrays of the file, by name.
    """

    arrays: Arrays
    used: set[str]  # the names of the arrays that were asked for

    def __init__(self, arrays: Arrays) -> None:
        self.arrays, self.used = arrays, set()
        self._depth = 0
        self._room = 4 * sum(array.nbytes for array in arrays.values())

    def take(self, name: object) -> np.ndarray:
        """Return an array of the file by its name."""
        if not isinstance(name, str) or name not in self.arrays:
            raise ValueError(f"there is no array {name!r:.80}")
        self.used.add(name)
        return self.arrays[name]

    def decode(self, said: Json) -> Any:
        """Return the value that JSON stands for.

        Raises:
            ValueError: if it stands for nothing.
        """
        if not isinstance(said, list | dict):
            return said
        if self._depth == DEEPEST:
            raise ValueError(f"it is nested more than {DEEPEST} times")
        self._depth += 1
        value = self._several(said) if isinstance(said, list) else self._kind(said)
        self._depth -= 1
        return value

    def decode_dict(self, said: Json) -> dict[str, Any]:
        """Return a dictionary whose values are decoded."""
        if not isinstance(said, dict):
            raise ValueError(f"{said!r:.40} is no dictionary")
        return {key: self.decode(item) for key, item in said.items()}

    def _float(self, said: Json) -> float:
        """Return a number that is not finite."""
        if said not in ("inf", "-inf", "nan"):
            raise ValueError(f"{said!r:.40} is no float")
        return float(said)

    def _tuple(self, said: Json) -> tuple[Any, ...]:
        """Return a tuple."""
        if not isinstance(said, list):
            raise ValueError(f"{said!r:.40} is no tuple")
        return tuple(self._several(said))

    def _array(self, said: Json) -> np.ndarray:
        """Return a copy of an array of the file."""
        return self._copied(said).copy()

    def _numbers(self, said: Json) -> list[Any]:
        """Return a list that is kept as an array."""
        array = self._copied(said)
        if array.ndim != 1 or array.dtype not in (np.float64, np.int64):
            raise ValueError(f"the array {said!r:.80} is no list of numbers")
        found: list[Any] = array.tolist()
        return found

    def _copied(self, name: Json) -> np.ndarray:
        """Return an array to copy, unless they were copied again and again."""
        array = self.take(name)
        self._room -= array.nbytes
        if self._room < 0:
            raise ValueError(f"it says the array {name!r:.80} too often")
        return array

    def other(self, kind: str, said: Json) -> Any:
        """Return what is not plain, or raise."""
        raise ValueError(f"{kind!r:.40} is no kind of value")

    def _several(self, said: list[Json]) -> list[Any]:
        return [self.decode(item) for item in said]

    def _kind(self, said: dict[str, Json]) -> Any:
        if len(said) != 1:
            raise ValueError(f"{said!r:.60} is no value: it must have one key")
        [(kind, content)] = said.items()
        kinds: dict[str, Callable[[Json], Any]] = {
            "float": self._float,
            "tuple": self._tuple,
            "dict": self.decode_dict,
            "array": self._array,
            "numbers": self._numbers,
        }
        if kind in kinds:
            return kinds[kind](content)
        return self.other(kind, content)


def state(owner: object) -> dict[str, Any]:
    """Return the plain attributes of an object that are not constructor arguments.

    This is what changes in an optimizer, a metric or a callback while training runs.
    An attribute that is not plain, such as a file or the model, is not among them.
    """
    arguments = configuration.constructor_parameters(type(owner))
    found = {}
    for name, value in vars(owner).items():
        try:
            Encoder({}).encode(value, name)
        except TypeError:
            continue
        if name.lstrip("_") not in arguments:
            found[name] = value
    return found


def give(owner: object, values: dict[str, Any], but: Collection[str] = ()) -> None:
    """Set the attributes of an object that `state` returned of its equal.

    Raises:
        ValueError: if one is a method, an argument of the constructor, or among those
            that must not be set.
    """
    fixed = {*but, *configuration.constructor_parameters(type(owner))}
    for name in values:
        of_class = getattr(type(owner), name, None)
        is_own = callable(of_class) or isinstance(of_class, property)
        if is_own or name in fixed or name.lstrip("_") in fixed:
            raise ValueError(f"{name!r:.60} is no state of a {type(owner).__name__}")
    vars(owner).update(values)


def _word(key: str, number: int) -> str:
    """Return a key as a part of an array's name, or its number if it cannot be one."""
    key = key.lstrip("_")
    return key if container.NAME.fullmatch(key) and "/" not in key else str(number)
