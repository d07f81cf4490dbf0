"""Activations that run from one level to another, in the form of an S."""

import numpy as np

from minidl.constants import constant
from minidl.layers.activations.functions import CEILING, filled, softplus
from minidl.layers.layer import Layer
from minidl.types import Array


class Sigmoid(Layer):
    """Squashes every number into (0, 1).

    Forward:   y = 1 / (1 + exp(-x))
    Backward:  dx = dy * y * (1 - y)
    Shapes:    x, y of any one shape
    Keeps:     y and exp(x) + 1, until the next forward; numbers that cap x

    Source: `keras.activations.sigmoid`.
    """

    _y: Array  # as x
    _more: Array  # exp(x) + 1, as x
    _ceiling: Array | None = None  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = 1 / (1 + exp(-x))."""
        self._ceiling = ceiling = filled(self._ceiling, x, CEILING)
        y: Array = np.minimum(x, ceiling)
        np.exp(y, out=y)
        more = y + constant(1.0, x.dtype)
        y /= more  # exp(x) / (exp(x) + 1), which is exact in both tails
        self._y, self._more = y, more
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * y * (1 - y)."""
        dx = self._y * dy
        dx /= self._more  # 1 - y is 1 / (exp(x) + 1)
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


class LogSigmoid(Layer):
    """The logarithm of the sigmoid, also where the sigmoid itself rounds to 0.

    Forward:   y = -log(1 + exp(-x))
    Backward:  dx = dy * (1 - exp(y))
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.log_sigmoid`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = -log(1 + exp(-x))."""
        y = softplus(-x)
        self._y = np.negative(y, out=y)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (1 - exp(y))."""
        dx: Array = np.expm1(self._y)  # keeps its digits where exp(y) is near 1
        dx *= -dy
        return dx


class HardSigmoid(Layer):
    """A sigmoid of straight lines, 0 up to -3 and 1 from 3 on.

    Forward:   y = clip(x / 6 + 0.5, 0, 1)
    Backward:  dx = dy / 6 * (0 < y) * (y < 1)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.hard_sigmoid`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = clip(x / 6 + 0.5, 0, 1)."""
        y: Array = x / 6
        y += 0.5
        self._y = np.clip(y, 0, 1, out=y)
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy / 6 between the corners."""
        dx: Array = dy / 6
        dx *= _between(0, self._y, 1)
        return dx


class SparseSigmoid(Layer):
    """A sigmoid of straight lines, 0 up to -1 and 1 from 1 on.

    Forward:   y = clip((x + 1) / 2, 0, 1)
    Backward:  dx = dy / 2 * (0 < y) * (y < 1)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    It is the derivative of `SparsePlus`.

    Source: `keras.activations.sparse_sigmoid`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = clip((x + 1) / 2, 0, 1)."""
        y: Array = x * 0.5
        y += 0.5
        self._y = np.clip(y, 0, 1, out=y)
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy / 2 between the corners."""
        dx: Array = dy / 2
        dx *= _between(0, self._y, 1)
        return dx


class HardTanh(Layer):
    """Cuts every number off at -1 and at 1.

    Forward:   y = clip(x, -1, 1)
    Backward:  dx = dy * (-1 < y) * (y < 1)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Source: `keras.activations.hard_tanh`.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = clip(x, -1, 1)."""
        self._y = np.clip(x, -1, 1)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy between the corners."""
        dx: Array = dy * _between(-1, self._y, 1)
        return dx


class Softsign(Layer):
    """Squashes every number into (-1, 1), slowly.

    Forward:   y = x / (1 + abs(x))
    Backward:  dx = dy / (1 + abs(x))**2
    Shapes:    x, y of any one shape
    Keeps:     1 / (1 + abs(x)), until the next forward

    Source: `keras.activations.softsign`.
    """

    _shrink: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = x / (1 + abs(x))."""
        shrink: Array = np.abs(x)
        shrink += 1
        self._shrink = np.reciprocal(shrink, out=shrink)
        return x * shrink

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy / (1 + abs(x))**2."""
        dx = self._shrink * self._shrink
        dx *= dy
        return dx


def _between(low: float, y: Array, high: float) -> np.ndarray:
    """Return where y lies on the slope, not on a level: corners have derivative 0."""
    inside: np.ndarray = y > low
    inside &= y < high
    return inside
