"""Checks of the arrays that users pass: what is one, and which element is wrong.

Each that raises takes the owner and the argument's name, as those in `arguments.py` do.
"""

import math
import sys
import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from minidl.arguments import as_float
from minidl.errors import NonFiniteError, ShapeError
from minidl.types import Array

REAL = (Real, np.bool_)


def real_array(
    owner: str, name: str, value: object, dtype: np.dtype[np.floating]
) -> Array:
    """Return `value` as an array of finite numbers of `dtype`, or raise.

    Lists, integers, booleans and anything that NumPy can read are converted. What is
    an aligned array of `dtype` in C's order already comes back as it is, not copied.
    Integers that float32 would round are warned of.
    """
    array = _numeric(owner, name, value)
    if array.dtype == object:
        floats = np.array([as_float(item) for item in array.flat], float)
        floats = floats.reshape(array.shape)
    else:
        floats = array
    converted: Array = floats
    flags = floats.flags
    if floats.dtype != dtype or not (flags.c_contiguous and flags.aligned):
        with np.errstate(over="ignore"):
            converted = np.require(floats, dtype, ["C", "ALIGNED"])
    if not all_finite(converted):
        raise NonFiniteError(_first_bad(owner, name, array, converted))
    if array.dtype.kind in "iu" and dtype == np.float32:
        _warn_if_rounded(owner, name, array, converted)
    return converted


def samples(owner: str, name: str, array: Array) -> Array:
    """Return `array` with one sample a row; a 1-D array is n samples of one feature."""
    if array.ndim == 0:
        raise ShapeError(f"{owner}: {name} is a single number: pass [[{array}]]")
    if 0 in array.shape[1:]:
        raise ShapeError(
            f"{owner}: {name} has shape {array.shape}: 0 features a sample"
        )
    return array[:, np.newaxis] if array.ndim == 1 else array


def all_finite(array: Array) -> bool:
    """Return whether an array has neither NaN nor infinity.

    A sum of squares that is finite says so in a third of the time of looking at each.
    """
    return math.isfinite(np.vdot(array, array)) or bool(np.isfinite(array).all())


def unshared(y: Array, x: Array) -> Array:
    """Return y, as a copy if it is x itself, as from layers that change no number."""
    return y.copy() if np.may_share_memory(y, x) else y


def is_array(value: object) -> bool:
    """Return whether NumPy reads a value as the array that it is."""
    return hasattr(value, "__array__") or hasattr(value, "__array_interface__")


def is_numbered(value: object) -> bool:
    """Return whether a value has items by number, or by key."""
    return hasattr(value, "__len__") and hasattr(value, "__getitem__")


def listed(value: Any) -> Any:
    """Return a list of what an object has by number: NumPy might not find its end."""
    if isinstance(value, Sequence | Mapping) or is_array(value):
        return value
    return [value[i] for i in range(len(value))] if is_numbered(value) else value


def several(value: object) -> str:
    """Return what a list or a tuple of arrays is; "" for anything else."""
    if (
        not isinstance(value, list | tuple)
        or not value
        or not all(map(is_array, value))
    ):
        return ""
    if 0 in map(np.ndim, value):
        return ""
    return f"a {type(value).__name__} of {len(value)} arrays"


def _numeric(owner: str, name: str, value: object) -> np.ndarray:
    """Return `value` as an array of real numbers of any kind, or raise."""
    if type(value) is np.ndarray and value.dtype.kind in "fiub":
        return value
    if value is None:
        raise TypeError(f"{owner}: {name} is None: pass an array of numbers")
    if hasattr(value, "toarray"):  # a SciPy sparse matrix, which NumPy would wrap
        raise TypeError(f"{owner}: {name} is sparse: pass {name}.toarray()")
    rows = value if isinstance(value, list | tuple) else ()
    if any(np.ma.is_masked(part) for part in (value, *rows)):
        raise TypeError(f"{owner}: {name} has masked elements: fill or remove them")
    try:
        array = np.asarray(listed(value))
    except ValueError:
        raise ShapeError(f"{owner}: {name} is {_ragged(value)}") from None
    if array.dtype.kind not in "fiub":
        _refuse_other_elements(owner, name, value, array)
    return array


def _refuse_other_elements(
    owner: str, name: str, value: object, array: np.ndarray
) -> None:
    """Raise unless the array that was made of a value holds numbers, as objects."""
    came = f"{type(value).__name__} of {array.dtype}"
    is_text = array.dtype.kind in "US"
    if array.dtype == object:
        others = (i for i, item in enumerate(array.flat) if not isinstance(item, REAL))
        place = next(others, None)
        if place is None:
            return
        other = array.flat[place]
        one_line = " ".join(repr(other).split())
        came += f" with {one_line:.40}, a {type(other).__name__}"
        is_text = isinstance(other, str)
        columns: Any = getattr(value, "columns", None)  # of a DataFrame
        if columns is not None and array.ndim == 2:
            came += f", in column {columns[place % array.shape[1]]!r}"
    labels = f"np.unique({name}, return_inverse=True)[1] numbers labels"
    hint = f": turn text into numbers; {labels}" if is_text else ""
    raise TypeError(f"{owner}: {name} must hold real numbers, got {came}{hint}")


def _ragged(value: Any) -> str:
    """Return why NumPy cannot make one array of a value."""
    kind = several(value)
    if not kind:
        return "ragged: its rows must all have the same length"
    shapes = [np.shape(each) for each in value]
    other = next((shape for shape in shapes if shape != shapes[0]), shapes[0])
    return f"{kind}, of shapes {shapes[0]} and {other}: pass a single array"


def _first_bad(owner: str, name: str, array: np.ndarray, converted: Array) -> str:
    bad = ~np.isfinite(converted)
    index = tuple(int(axis) for axis in np.argwhere(bad)[0])
    place = f"{name}[{', '.join(map(str, index))}]" if index else name
    found = array[index]
    if isinstance(found, int) or np.isfinite(found):
        return (
            f"{owner}: {place} is {_short(found)}, too large for {converted.dtype}: "
            f"scale the data, or use dtype='float64'"
        )
    count = np.count_nonzero(bad)
    which = "1 element that is" if count == 1 else f"{count} elements that are"
    first = "" if count == 1 else "the first of them "
    return (
        f"{owner}: {name} has {which} not finite, {first}{place} = {found}: clean the "
        f"data first"
    )


def _short(number: object) -> str:
    digits = len(str(number)) if isinstance(number, int) else 0
    return f"an integer of {digits} digits" if digits > 20 else str(number)


def _warn_if_rounded(
    owner: str, name: str, integers: np.ndarray, converted: Array
) -> None:
    """Warn, in the name of the user's line, of integers that float32 cannot hold."""
    exact = 2**24  # from 0 on; then every second, every fourth, ...
    if not integers.size or -exact <= integers.min() <= integers.max() <= exact:
        return
    if np.array_equal(integers, converted):
        return
    frame, level = sys._getframe(), 1
    while frame.f_back and frame.f_globals["__name__"].startswith("minidl."):
        frame, level = frame.f_back, level + 1
    warnings.warn(
        f"{owner}: {name} holds whole numbers beyond 2**24, which float32 rounds: use "
        f"a model of dtype='float64', or scale the data",
        stacklevel=level,
    )
