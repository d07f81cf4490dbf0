"""What a layer owes whoever calls it, whatever it computes."""

from collections.abc import Callable

import numpy as np

from minidl.errors import GradientError, ShapeError
from minidl.gradient_check.diagnosis import unwritten
from minidl.gradient_check.trial import owned
from minidl.layers.layer import Layer
from minidl.types import Array, Shape


def check_forward(
    layer: Layer, x: Array, output_shape: Shape, restore: Callable[[], None]
) -> None:
    """Raise if `forward` changes its input or does not return what it announces."""
    before = x.copy()
    y: object = layer.forward(x)
    if not isinstance(y, np.ndarray):
        raise GradientError(f"{layer.label}: forward() returned {y!r:.40}, no array")
    if not np.array_equal(x, before):
        raise GradientError(
            f"{layer.label}: forward() changed x, the array it was given"
        )
    if y.shape != (len(x), *output_shape):
        raise GradientError(
            f"{layer.label}: forward() returned an array of shape {y.shape}, but "
            f"output_shape() announces {(len(x), *output_shape)}"
        )
    restore()
    if not np.array_equal(layer.forward(x), y):
        raise GradientError(
            f"{layer.label}: forward() returned something else for the same x: draw "
            f"random numbers from self.random, and keep nothing from call to call"
        )


def run_backward(layer: Layer, x: Array, dy: Array) -> Array:
    """Return dx; raise if `backward` changes dy or leaves a gradient unwritten."""
    for weight in layer.parameters:
        weight.grad[...] = np.nan
    layer.forward(x)
    before = {"x": x.copy(), "dy": dy.copy()}
    try:
        dx: object = layer.backward(dy)
    except ShapeError as error:
        raise GradientError(f"{layer.label}: {error}") from error
    for name, array in (("x", x), ("dy", dy)):
        if not np.array_equal(array, before[name]):
            raise GradientError(
                f"{layer.label}: backward() changed {name}, the array it was given"
            )
    if not isinstance(dx, np.ndarray):
        raise GradientError(f"{layer.label}: backward() returned {dx!r:.40}, no array")
    if dx.shape != x.shape:
        raise GradientError(
            f"{layer.label}: backward() returned an array of shape {dx.shape}, but "
            f"dx has the shape of x, {x.shape}"
        )
    for owner, weight in owned(layer):
        if np.isnan(weight.grad).any():
            raise GradientError(unwritten(layer, owner, weight, dy))
    return dx
