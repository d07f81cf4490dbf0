"""Checks of the numbers, words and flags that users pass: who says what is wrong.

Each takes the owner and the argument's name, so that the message can say where to look.
"""

import math
from collections.abc import Sequence
from numbers import Integral, Real
from operator import index

import numpy as np

from minidl.types import Shape


def shown(value: object) -> str:
    """Return how messages show what came: in one line, of an array the shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}"
    return repr(value)


def whole_number(owner: str, name: str, value: object, least: int = 1) -> int:
    """Return `value` as an int of at least `least`, or raise."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{owner}: {name} must be a whole number, got {shown(value)}")
    number = index(value)
    if number < least:
        raise ValueError(f"{owner}: {name} must be at least {least}, got {value!r}")
    return number


def real_number(
    owner: str,
    name: str,
    value: object,
    least: float = -math.inf,
    below: float = math.inf,
) -> float:
    """Return `value` as a finite float in [least, below), or raise."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{owner}: {name} must be a number, got {shown(value)}")
    number = as_float(value)
    if not (math.isfinite(number) and least <= number < below):
        raise ValueError(
            f"{owner}: {name} must be {_range(least, below)}, got {value!r}"
        )
    return number


def as_float(number: Real) -> float:
    """Return a number as a float; infinity if it is beyond the largest."""
    try:
        return float(number)
    except OverflowError:  # an integer of more than 308 digits
        return math.inf


def _range(least: float, below: float) -> str:
    if below < math.inf:
        return f"at least {least:g} and less than {below:g}"
    if least > -math.inf:
        return f"a finite number of at least {least:g}"
    return "a finite number"


def positive_number(owner: str, name: str, value: object) -> float:
    """Return `value` as a finite float above 0, or raise."""
    number = real_number(owner, name, value)
    if number <= 0:
        raise ValueError(f"{owner}: {name} must be greater than 0, got {value!r}")
    return number


def choice(owner: str, name: str, value: object, known: Sequence[str]) -> str:
    """Return `value` if it is one of the known words, or raise."""
    words = ", ".join(repr(word) for word in known)
    if not isinstance(value, str):
        raise TypeError(f"{owner}: {name} must be one of {words}, got {shown(value)}")
    if value not in known:
        raise ValueError(f"{owner}: {name} must be one of {words}, got {value!r}")
    return value


def flag(owner: str, name: str, value: object) -> bool:
    """Return `value` as a bool, or raise."""
    if not isinstance(value, bool):
        raise TypeError(f"{owner}: {name} must be True or False, got {shown(value)}")
    return value


def text(owner: str, name: str, value: object) -> str:
    """Return `value` as a printable, non-empty string, or raise."""
    if not isinstance(value, str):
        raise TypeError(f"{owner}: {name} must be a string, got {shown(value)}")
    if not value or not value.isprintable():
        raise ValueError(f"{owner}: {name} must be printable text, got {value!r}")
    return value


def shape(owner: str, name: str, value: object) -> Shape:
    """Return `value` as the shape of one sample, or raise.

    Keras writes the batch axis as a leading None in some places; it is left out here.
    """
    if not isinstance(value, tuple | list):
        raise TypeError(f"{owner}: {name} must be a tuple such as (3,), got {value!r}")
    sizes = tuple(value)
    if sizes == (None,):
        raise TypeError(
            f"{owner}: {name} is (None,), which names the batch alone: pass (n,) for n "
            f"features a sample, or () for none"
        )
    if sizes[:1] == (None,):
        sizes = sizes[1:]
    return tuple(whole_number(owner, f"an axis of {name}", size) for size in sizes)


def dtype(owner: str, value: object) -> np.dtype[np.floating]:
    """Return the dtype that `value` names, "float64" or "float32", or raise."""
    name = np.dtype(value).name if isinstance(value, type | np.dtype) else value
    if isinstance(name, str) and name in ("float64", "float32"):
        return np.dtype(name)
    raise ValueError(f"{owner}: dtype must be 'float64' or 'float32', got {value!r}")
