"""The names that annotations use, here and in your own layers.

A layer of your own is typed with the same three names as the built-in ones.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating[Any]]
"""An array of real numbers, which is what flows through layers."""

ArrayLike: TypeAlias = npt.ArrayLike
"""What a user may pass for an array, such as a list, a number or a DataFrame."""

Shape: TypeAlias = tuple[int, ...]
"""The shape of one sample, which is an array's without the batch axis."""
