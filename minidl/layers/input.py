"""The shape of what goes into a model."""

from typing import Never

from minidl import arguments
from minidl.types import Shape


class Input:
    """Says what one sample looks like, as the first entry of a `Sequential`.

    The model is then built at once instead of with its first data.

    Args:
        shape: The shape of one sample, without the batch axis: (3,) for three features.
        name: What a reader shall call it; it has no effect. None by default.

    Source: `keras.Input`.
    """

    shape: Shape
    name: str | None

    def __init__(
        self, shape: Shape, *, name: str | None = None, **_unknown: Never
    ) -> None:
        keras_only = ("batch_size", "dtype", "sparse", "ragged", "batch_shape")
        arguments.unsupported("Input", _unknown, (*keras_only, "tensor", "optional"))
        self.shape = arguments.shape("Input", "shape", shape)
        self.name = None if name is None else arguments.text("Input", "name", name)

    def __repr__(self) -> str:
        named = "" if self.name is None else f", name={self.name!r}"
        return f"Input(shape={self.shape}{named})"
