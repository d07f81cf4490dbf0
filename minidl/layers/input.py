"""The shape of what goes into a model."""

from typing import Never

from minidl import arguments
from minidl.types import Shape


class Input:
    """Says what one sample looks like, as the first entry of a `Sequential`.

    The model is then built at once instead of with its first data.

    Args:
        shape: The shape of one sample, without the batch axis: (3,) for three features.

    Source: `keras.Input`.
    """

    shape: Shape

    def __init__(self, shape: Shape, **_unknown: Never) -> None:
        keras_only = ("batch_size", "dtype", "sparse", "ragged", "batch_shape", "name")
        arguments.unsupported("Input", _unknown, (*keras_only, "tensor", "optional"))
        self.shape = arguments.shape("Input", "shape", shape)

    def __repr__(self) -> str:
        return f"Input(shape={self.shape})"
