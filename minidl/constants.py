"""Arrays that are the same in every step, made once.

Numbers are among them, as arrays without axes: NumPy converts a Python number anew in
each operation, which takes a third of the time that a small array's operation takes;
all the conversions of a step together, a tenth.
"""

from functools import lru_cache

import numpy as np

from minidl.types import Array


@lru_cache(maxsize=64)
def constant(value: float, dtype: np.dtype[np.floating]) -> Array:
    """Return a number as a read-only array of a dtype, the same one at every call."""
    array = np.array(value, dtype)
    array.flags.writeable = False
    return array


@lru_cache(maxsize=16)
def ones(size: int, dtype: np.dtype[np.floating]) -> Array:
    """Return a row of ones: ones @ dy is dy.sum(axis=0), only faster."""
    array = np.ones(size, dtype)
    array.flags.writeable = False
    return array


@lru_cache(maxsize=16)
def starts(rows: int, columns: int) -> np.ndarray:
    """Return where each row of an array begins if all of them lie end to end."""
    array = np.arange(0, rows * columns, columns)
    array.flags.writeable = False
    return array
