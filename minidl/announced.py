"""Attributes that a class announces and its objects get later.

A layer announces in its class what `build` and `forward` will make:

    class Dense(Layer):
        kernel: Parameter
        _x: Array

Where one is read too early, the object says what to call first. For this each announced
attribute begins as a `Missing` in the class; Python comes upon it only as long as the
object has no attribute of that name. A `__getattr__` would be shorter, but under it
Python finds every attribute and method more slowly, and a small net's step takes up to
5 % longer.

The arguments of the constructor are left out: it keeps them as a rule, and since
Python 3.12 what a class has a value for is read more slowly from its objects.
"""

import inspect
import sys
from collections.abc import Iterable
from typing import Any, Never

if sys.version_info >= (3, 14):
    import annotationlib


class Missing:
    """Stands in a class for an attribute that an object does not have yet."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type) -> Never:
        if instance is None:
            name = f"{owner.__name__}.{self._name}"
            raise AttributeError(f"{name} is an attribute of objects, not of the class")
        raise instance._missing(self._name)


def announce(cls: type) -> None:
    """Put a `Missing` in place of each attribute that a class gives a type alone."""
    for name in set(_announced(cls)) - argument_names(vars(cls).get("__init__")):
        if not any(name in vars(base) for base in cls.__mro__):
            setattr(cls, name, Missing(name))


def argument_names(function: Any) -> set[str]:
    """Return the names of a function's arguments."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return set()
    return set(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def _announced(cls: type) -> Iterable[str]:
    """Return the names that the body of a class gives types to."""
    if sys.version_info >= (3, 14):  # where types may name what is not there yet
        return annotationlib.get_annotations(
            cls, format=annotationlib.Format.FORWARDREF
        )
    found: dict[str, object] = vars(cls).get("__annotations__", {})
    return found
