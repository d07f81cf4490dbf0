"""What the methods of a user's own classes return, checked."""

import numpy as np

from minidl.errors import ShapeError
from minidl.types import Array

RIGHT_DTYPE = (
    "make new arrays of the model's dtype (self.dtype in a layer, y_pred.dtype in a "
    "loss), and NumPy's scalars Python's floats"
)
SHAPES = {"forward": ", as output_shape() says", "backward": ", the shape of x"}


def check_is_array(owner: str, method: str, returned: object) -> Array:
    """Return what a method returned, if it is an array."""
    if not isinstance(returned, np.ndarray):
        raise TypeError(
            f"{owner}: {method}() must return an array, got {returned!r:.40}"
        )
    return returned


def check_array(owner: str, method: str, returned: object, like: Array) -> Array:
    """Return what a method returned, if it is an array of another's shape and dtype."""
    array = check_is_array(owner, method, returned)
    what = f"{owner}: {method}() returned"
    if array.shape != like.shape:
        raise ShapeError(
            f"{what} an array of shape {array.shape}, but it must be {like.shape}"
            f"{SHAPES.get(method, '')}"
        )
    if array.dtype != like.dtype:
        raise TypeError(
            f"{what} {array.dtype}, but it must be {like.dtype}: {RIGHT_DTYPE}"
        )
    return array


def check_number(owner: str, method: str, returned: object) -> float:
    """Return what a method returned, if it is a number."""
    if not isinstance(returned, float):
        raise TypeError(
            f"{owner}: {method}() must return a number, a float, got {returned!r:.40}"
        )
    return returned
