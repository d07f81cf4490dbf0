"""The functions between the layers that have parameters.

Each is a layer of its own: it works on every number by itself and keeps the shape.
"""

from typing import Unpack

import numpy as np

from minidl import aliases
from minidl.constants import constant
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array, Shape


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


class Sigmoid(Layer):
    """Squashes every number into (0, 1).

    Forward:   y = 1 / (1 + exp(-x))
    Backward:  dx = dy * y * (1 - y)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.sigmoid`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = 1 / (1 + exp(-x))."""
        half = constant(0.5, x.dtype)
        y: Array = x * half
        np.tanh(y, out=y)  # y is (tanh(x / 2) + 1) / 2, where exp(-x) would overflow
        y *= half
        y += half
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * y * (1 - y)."""
        dx = self._y * self._y
        np.subtract(self._y, dx, out=dx)  # y - y * y is y * (1 - y)
        dx *= dy
        return dx


class Tanh(Layer):
    """Squashes every number into (-1, 1).

    Forward:   y = tanh(x)
    Backward:  dx = dy * (1 - y**2)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.tanh`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = tanh(x)."""
        y: Array = np.tanh(x)
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (1 - y**2)."""
        dx = self._y * self._y
        np.subtract(1, dx, out=dx)
        dx *= dy
        return dx


class ReLU(Layer):
    """Keeps what is positive and makes the rest 0.

    Forward:   y = maximum(x, 0)
    Backward:  dx = dy * (x > 0)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    The derivative at 0 is taken as 0, as in Keras. Source: `keras.layers.ReLU`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = maximum(x, 0)."""
        self._y = np.maximum(x, 0)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (x > 0)."""
        return dy * (self._y > 0)  # y is positive exactly where x is


class Activation(Layer):
    """An activation by name.

    Forward:   y = activation(x)
    Backward:  dx = the activation's
    Shapes:    x, y of any one shape
    Keeps:     what the activation keeps

    Args:
        activation: A name such as "relu", or an activation layer.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.Activation`.
    """

    activation: Layer

    def __init__(self, activation: object, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.activation = get(activation)

    def build(self, input_shape: Shape) -> None:
        """Build the activation."""
        self.activation.connect(input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return what the activation makes of x."""
        return self.activation.forward(x)

    def backward(self, dy: Array, /) -> Array:
        """Return the activation's dx."""
        return self.activation.backward(dy)


def get(identifier: object) -> Layer:
    """Return the activation that a name, a configuration or a layer means."""
    table = aliases.ACTIVATIONS
    return aliases.resolve("activation", identifier, Layer, table, globals())
