"""Which class a name in a configuration means, and how it becomes an object.

The names that a file may say are those of minidl's own classes and those of the classes
and functions that you register or pass. No other is looked for, and nothing is
imported.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar, cast

from minidl import (
    activations,
    configuration,
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
    schedules,
)
from minidl.files.container import Arrays
from minidl.files.plain import (
    MOST_LAYERS,
    MOST_OBJECTS,
    Decoder,
    Json,
    check_thresholds,
)
from minidl.layers.options import OPTIONS

Named: TypeAlias = type | Callable[..., Any]
CustomObjects: TypeAlias = Mapping[str, Named] | Iterable[Named] | None
"""Classes and functions of your own: a list of them, or a dictionary by name."""

N = TypeVar("N", bound=Named)

FAMILIES = (
    *(layers, losses, metrics, optimizers, schedules),
    *(initializers, regularizers, constraints),
)

_built_in: dict[tuple[str | None, str], type] = {}
_functions: dict[str, Callable[..., Any]] = {}  # minidl's own, by their full names
_registered: dict[str, Named] = {}
_passed: ContextVar[Mapping[str, Named] | None] = ContextVar("passed", default=None)


def register(named: N) -> N:
    """Let saved models have a class or a function of yours, as a decorator.

    Example:
        >>> from minidl.saving import register
        >>> @register
        ... class Halve(layers.Layer):
        ...     def forward(self, x, /):
        ...         return x / 2
        ...
        ...     def backward(self, dy, /):
        ...         return dy / 2

    A model with a `Halve` can then be loaded wherever this program is imported, without
    `custom_objects`.

    Raises:
        ValueError: if minidl has a class of that name.
        TypeError: if it is neither a class nor a function.

    Source: `keras.saving.register_keras_serializable`.
    """
    _registered.update(by_name("register()", [named]))
    return named


@contextmanager
def passing(owner: str, custom_objects: CustomObjects) -> Iterator[None]:
    """Let configurations name these classes and functions, too, for a while."""
    token = _passed.set({**_known(), **by_name(owner, custom_objects)})
    try:
        yield
    finally:
        _passed.reset(token)


def by_name(owner: str, given: CustomObjects) -> dict[str, Named]:
    """Return classes and functions by their names, checked."""
    if given is None:
        return {}
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(
            f"{owner}: custom_objects must be a list of classes and functions, or a "
            f"dictionary of them, got {given!r:.60}"
        )
    found: dict[str, Any]
    if isinstance(given, Mapping):
        found = dict(cast(Mapping[str, Named], given))
    else:
        found = {getattr(named, "__name__", ""): named for named in given}
    for name, named in found.items():
        if not callable(named) or not isinstance(name, str) or not name:
            raise TypeError(
                f"{owner}: {named!r:.60} is neither a class nor a function: pass the "
                f"class itself"
            )
        if is_built_in(name):
            raise ValueError(
                f"{owner}: {name} is a class of minidl, which yours cannot stand for: "
                f"give it another name"
            )
    return found


def add_built_in(cls: type) -> None:
    """Let configurations name a class of minidl."""
    key = configuration.class_key(cls)
    _built_in[key.get("module"), key["class_name"]] = cls
    configuration.BUILT_IN.add(cls.__name__)


def is_built_in(name: str) -> bool:
    """Return whether minidl has a class of that name."""
    return name in configuration.BUILT_IN


class Builder(Decoder):
    """Makes values of JSON, and objects of the classes that it may know.

    Args:
        arrays: The arrays of the file, by name.
    """

    def __init__(self, arrays: Arrays) -> None:
        super().__init__(arrays)
        self._count = self._layers = 0

    def other(self, kind: str, said: Json) -> Any:
        """Return an object, or a function that the user has passed."""
        if kind == "function":
            built_in = _functions.get(said) if isinstance(said, str) else None
            return built_in or _custom("function", said)
        if kind != "object":
            return super().other(kind, said)
        self._count += 1
        if self._count > MOST_OBJECTS:
            raise ValueError(f"it describes more than {MOST_OBJECTS} objects")
        keys = {"class_name", "config"}
        if not isinstance(said, dict) or set(said) - {"module"} != keys:
            raise ValueError(f"{said!r:.60} describes no object")
        name, config = said["class_name"], self.decode_dict(said["config"])
        made = make(name, said.get("module"), config)
        self._layers += isinstance(made, layers.Layer)
        if self._layers > MOST_LAYERS:
            raise ValueError(f"it describes more than {MOST_LAYERS} layers")
        return made


def make(name: object, module: object, config: dict[str, Any]) -> Any:
    """Return an object of a class by its name and its configuration.

    Raises:
        ValueError: if no class of that name is known, or the configuration is not its.
    """
    cls = _class(name, module)
    if not hasattr(cls, "get_config"):
        raise ValueError(f"{name} has no get_config(), so a file cannot describe it")
    _check_config(cls, config)
    return cls.from_config(config) if hasattr(cls, "from_config") else cls(**config)


def rebuild(value: Any) -> Any:
    """Return a value with every configuration in it made into its object."""
    if isinstance(value, list):
        return [rebuild(item) for item in value]
    if isinstance(value, tuple):
        return tuple(rebuild(item) for item in value)
    if not isinstance(value, dict):
        return value
    inner = {key: rebuild(item) for key, item in value.items()}
    if set(inner) - {"module"} == {"class_name", "config"}:
        return make(inner["class_name"], inner.get("module"), inner["config"])
    return inner


def is_custom(name: object) -> bool:
    """Return whether a class or a function of the user's has that name."""
    return name in _known()


def _class(name: object, module: object) -> Any:
    if module is None:
        return _custom("class", name)
    known = isinstance(module, str) and isinstance(name, str)
    if known and (module, name) in _built_in:
        return _built_in[str(module), str(name)]
    raise ValueError(f"minidl has no class {name!r:.60} in {module!r:.60}")


def _custom(kind: str, name: object) -> Any:
    """Return a class or function of the user's, or say how to pass it."""
    known = _known()
    if isinstance(name, str) and name in known:
        return known[name]
    shown = f"{{{name!r:.60}: ...}}"
    if isinstance(name, str) and name.isidentifier():
        shown = f"[{name:.60}]"
    raise ValueError(
        f"unknown {kind} {name!r:.60}: pass custom_objects={shown}, the {kind} itself, "
        f"or put @minidl.saving.register above its definition"
    )


def _known() -> dict[str, Named]:
    """Return the user's classes and functions that a file may name now."""
    return {**_registered, **(_passed.get() or {})}


def _check_config(cls: type, config: dict[str, Any]) -> None:
    """Raise for arguments that a built-in class does not have, or lacks."""
    if not is_built_in(cls.__name__):
        return
    parameters = configuration.constructor_parameters(cls)
    options = OPTIONS if issubclass(cls, layers.Layer) else ()
    unknown = sorted(config.keys() - parameters.keys() - set(options))
    if unknown and cls is not metrics.MeanMetricWrapper:  # whose function has others
        raise ValueError(f"{cls.__name__} has no argument {unknown[0]!r:.60}")
    missing = [
        name
        for name, parameter in parameters.items()
        if parameter.default is parameter.empty and name not in config
    ]
    if missing:
        raise ValueError(f"{cls.__name__} needs the argument {missing[0]!r}")
    check_thresholds(cls.__name__, config)


for _family in FAMILIES:
    for _value in vars(_family).values():
        if hasattr(_value, "get_config") and not inspect.isabstract(_value):
            add_built_in(_value)

for _family in (activations, losses, metrics):
    for _name, _value in vars(_family).items():
        if inspect.isfunction(_value) and not _name.startswith(("_", "get")):
            _key = configuration.class_key(_value)
            _functions[f"{_key['module']}.{_key['class_name']}"] = _value
