"""The shape of what goes into a model."""

from typing import Never

from minidl import arguments, keywords
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

    def __init__(self, shape: Shape, *, name: str | None = None) -> None:
        self.shape = arguments.shape("Input", "shape", shape)
        self.name = None if name is None else arguments.text("Input", "name", name)

    def __array__(self, *_: object, **__: object) -> Never:
        raise TypeError(
            f"{self!r} is no data: there are no graphs of layers, put it in front of a "
            f"chain, Sequential([Input(...), Dense(...), ...])"
        )

    def __repr__(self) -> str:
        named = "" if self.name is None else f", name={self.name!r}"
        return f"Input(shape={self.shape}{named})"


KERAS_ONLY = ("batch_size", "batch_shape", "dtype", "optional", "ragged", "sparse")

keywords.guard(Input, (*KERAS_ONLY, "tensor"))
