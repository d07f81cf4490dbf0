"""Says which name was meant, where there is no argument or attribute of that one.

Every constructor of layers, losses, optimizers and the like is guarded: the base of the
family does it as soon as a class is defined. Methods such as `fit` take
`**_unknown: Never` instead, which adds no Python frame, and hand it to `refuse`.

The guard also tells who calls the class of a loss, a metric or an activation as if it
were a function.
"""

import difflib
import functools
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Never, Unpack, get_args, get_origin, get_type_hints

if sys.version_info >= (3, 14):
    import annotationlib

RENAMED = {  # what older programs for Keras call an argument
    "alpha": "negative_slope",
    "epsilon": "min_delta",
    "init": "kernel_initializer",
    "lr": "learning_rate",
    "nb_epoch": "epochs",
    "output_dim": "units",
    "p": "rate",
    "period": "save_freq",
    "samples_per_epoch": "steps_per_epoch",
    "sigma": "stddev",
    "theta": "threshold",
}


def guard(cls: type, keras_only: Collection[str] = ()) -> None:
    """Let the constructor that a class defines refuse what it does not take.

    Args:
        cls: The class, whose `__init__` is replaced by one that looks first.
        keras_only: What classes of its family take in Keras alone.
    """
    init: Callable[..., None] | None = vars(cls).get("__init__")
    if init is None:
        return

    @functools.wraps(init)
    def guarded(self: object, /, *given: object, **keywords: object) -> None:
        owner = type(self).__name__
        try:
            _refuse_surplus(owner, init, given)
            refuse(owner, init, keywords, keras_only)
            init(self, *given, **keywords)
        except TypeError as error:
            _refuse_call(type(self), given, error)
            raise

    cls.__init__ = guarded  # type: ignore[misc]


class Renamed:
    """Stands in a class for an attribute that older programs know by another name.

    Without it Python would let them assign it, and nothing would come of that.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __set_name__(self, owner: type, name: str) -> None:
        self._before = name

    def __get__(self, instance: object, owner: type) -> Never:
        raise AttributeError(
            f"{owner.__name__} has no {self._before!r}: it is called {self._name!r}"
        )

    def __set__(self, instance: object, value: object) -> None:
        self.__get__(instance, type(instance))


def refuse(
    owner: str,
    function: Callable[..., object],
    given: Iterable[str],
    keras_only: Collection[str] = (),
) -> None:
    """Raise for keywords that a function does not take, and say which was meant.

    Args:
        owner: How the message begins.
        function: What was called.
        given: The keywords.
        keras_only: What it takes in Keras alone.
    """
    for name in given:
        known = taken(function)
        if known is None or name in known:
            continue
        if name in keras_only:
            raise TypeError(
                f"{owner}: Keras has the argument {name!r}, minidl does not have it "
                f"yet; leave it out"
            )
        raise TypeError(f"{owner} has no argument {name!r}{_hint(name, known)}")


@functools.cache
def taken(function: Callable[..., object]) -> tuple[str, ...] | None:
    """Return the keywords that a function takes; None if it takes any.

    Of `**options: Unpack[Options]` those are the keys of Options, and none of
    `**_unknown: Never`.
    """
    found: list[str] = []
    for name, parameter in _parameters(function).items():
        if parameter.kind is parameter.VAR_KEYWORD:
            if get_origin(parameter.annotation) is Unpack:
                found += get_type_hints(*get_args(parameter.annotation))
            elif parameter.annotation is not Never:
                return None
        elif parameter.kind is not parameter.VAR_POSITIONAL and name != "self":
            found.append(name)
    return tuple(found)


def _hint(name: str, known: tuple[str, ...]) -> str:
    """Return how to go on from a keyword that a function does not take."""
    renamed = RENAMED.get(name)
    if renamed in known:
        return f": it is called {renamed!r}"
    if name == "decay" and "learning_rate" in known:
        return (
            ": pass a schedule, "
            "learning_rate=optimizers.schedules.InverseTimeDecay(rate, 1, decay)"
        )
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f": did you mean {near[0]!r}?"
    return f": it has {', '.join(map(repr, known))}" if known else ""


def _refuse_call(cls: type, given: tuple[object, ...], error: TypeError) -> None:
    """Raise if a constructor refuses arrays that its instances are called on."""
    first = given[0] if given else None
    if not isinstance(first, list | tuple) and not getattr(first, "ndim", False):
        return
    takes = _parameters(cls.__call__)
    if "y_true" in takes:
        raise TypeError(
            f"{cls.__name__} is a class, and its constructor was given arrays: make it "
            f"first and then call it, {cls.__name__}()(y_true, y_pred)"
        ) from error
    if "x" in takes and not _places(cls.__init__):  # type: ignore[misc]
        raise TypeError(
            f"{cls.__name__} is a class, and its constructor was given an array: make "
            f"it first and then call it, {cls.__name__}()(x)"
        ) from error


def _refuse_surplus(
    owner: str, init: Callable[..., None], given: tuple[object, ...]
) -> None:
    """Raise for more arguments than a constructor takes by position."""
    places = _places(init)
    if places is not None and len(given) > len(places):
        most = f"at most {len(places)}" if places else "no"
        named = f" ({', '.join(places)})" if places else ""
        raise TypeError(
            f"{owner} takes {most} arguments by position{named}, got {len(given)}: "
            f"pass others by name"
        )


@functools.cache
def _places(init: Callable[..., None]) -> tuple[str, ...] | None:
    """Return what a constructor takes by position; None if as much as there is."""
    parameters = list(_parameters(init).values())[1:]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return tuple(p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD)


def _parameters(function: Callable[..., object]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function, whose types may name what is not there."""
    if sys.version_info >= (3, 14):
        types = annotationlib.Format.FORWARDREF
        return inspect.signature(function, annotation_format=types).parameters
    return inspect.signature(function).parameters
