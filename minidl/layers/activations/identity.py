"""The activation of a layer without activation."""

from minidl.layers.layer import Layer
from minidl.types import Array


class Identity(Layer):
    """Passes everything through, as the output of a regression does.

    Forward:   y = x
    Backward:  dx = dy
    Shapes:    x, y of any one shape
    Keeps:     nothing

    Source: `keras.activations.linear`.
    """

    def forward(self, x: Array, /) -> Array:
        """Return x."""
        return x

    def backward(self, dy: Array, /) -> Array:
        """Return dy."""
        return dy
