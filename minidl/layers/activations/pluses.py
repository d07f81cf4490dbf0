"""Activations that are always positive: smooth forms of maximum(x, 0)."""

import math
from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.layers.activations.functions import softplus
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array


class Exponential(Layer):
    """Makes every number positive, and a large one enormous.

    Forward:   y = exp(x)
    Backward:  dx = dy * y
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.exponential`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = exp(x)."""
        self._y = np.exp(x)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * y."""
        return dy * self._y


class Softplus(Layer):
    """A smooth form of ReLU, positive everywhere.

    Forward:   y = log(1 + exp(x))
    Backward:  dx = dy * (1 - exp(-y))
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.softplus`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = log(1 + exp(x))."""
        self._y = softplus(x)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (1 - exp(-y))."""
        dx: Array = np.expm1(-self._y)  # keeps its digits where y is near 0
        dx *= -dy
        return dx


class Squareplus(Layer):
    """A smooth form of ReLU without an exponential.

    Forward:   y = (x + sqrt(x**2 + b)) / 2
    Backward:  dx = dy * y / sqrt(x**2 + b)
    Shapes:    x, y of any one shape
    Keeps:     y and sqrt(x**2 + b), until the next forward

    Args:
        b: How smooth it is at 0, at least 1e-7; 4 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.activations.squareplus`; Barron, "Squareplus: A Softplus-Like
    Algebraic Rectifier", 2021.
    """

    b: float
    _root: Array  # as x
    _y: Array  # as x

    def __init__(self, b: float = 4, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.b = arguments.real_number("Squareplus", "b", b, least=1e-7)

    def forward(self, x: Array, /) -> Array:
        """Return y = (x + sqrt(x**2 + b)) / 2."""
        self._root = np.hypot(x, math.sqrt(self.b))  # x**2 may overflow
        y: Array = np.abs(x)
        y += self._root
        y *= 0.5
        # For negative x the sum cancels; the product of y(x) and y(-x) is b / 4.
        self._y = np.where(x < 0, 0.25 * self.b / y, y)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * y / sqrt(x**2 + b)."""
        dx: Array = self._y / self._root
        dx *= dy
        return dx


class SparsePlus(Layer):
    """A smooth form of ReLU, a parabola between -1 and 1.

    Forward:   y = (clip(x, -1, 1) + 1)**2 / 4 + maximum(x - 1, 0)
    Backward:  dx = dy * (clip(x, -1, 1) + 1) / 2
    Shapes:    x, y of any one shape
    Keeps:     dy/dx, until the next forward

    Source: `keras.activations.sparse_plus`.
    """

    _slope: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y, 0 up to -1, a parabola up to 1, then x."""
        slope = np.clip(x, -1, 1)
        slope += 1
        slope *= 0.5
        self._slope = slope
        return np.where(x > 1, x, slope * slope)

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (clip(x, -1, 1) + 1) / 2."""
        return dy * self._slope
