"""Goes through a model layer by layer, to say which one is at fault."""

from collections.abc import Iterable

import numpy as np

from minidl.errors import ShapeError
from minidl.layers.layer import Layer
from minidl.types import Array


def check_outputs(
    layers: Iterable[Layer], x: Array, dtype: np.dtype[np.floating]
) -> None:
    """Raise if the output of a layer is not what the layer says it is."""
    for layer in layers:
        expected = layer.output_shape(x.shape[1:])
        x = layer.forward(x)
        if x.shape[1:] != expected:
            raise ShapeError(
                f"{layer.label}: forward() returned samples of shape {x.shape[1:]}, "
                f"but output_shape() says {expected}: define it"
            )
        if x.dtype != dtype:
            raise TypeError(
                f"{layer.label}: forward() returned {x.dtype} in a model of {dtype}: "
                f"make its arrays of dtype self.dtype"
            )


def first_overflow(layers: Iterable[Layer], x: Array) -> Layer | None:
    """Return the first layer whose output is not finite, if there is one."""
    for layer in layers:
        x = layer.forward(x)
        if not np.isfinite(x).all():
            return layer
    return None
