"""Activations that take away what is near 0."""

from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array


class TanhShrink(Layer):
    """Takes its tanh from every number.

    Forward:   y = x - tanh(x)
    Backward:  dx = dy * tanh(x)**2
    Shapes:    x, y of any one shape
    Keeps:     tanh(x), until the next forward

    Source: `keras.activations.tanh_shrink`.
    """

    _tanh: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = x - tanh(x)."""
        self._tanh = np.tanh(x)
        return x - self._tanh

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * tanh(x)**2."""
        dx = self._tanh * self._tanh
        dx *= dy
        return dx


class SoftShrink(Layer):
    """Draws every number towards 0 by the threshold, and not beyond.

    Forward:   y = x - clip(x, -threshold, threshold)
    Backward:  dx = dy * (abs(x) > threshold)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        threshold: At least 0; 0.5 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.activations.soft_shrink`.
    """

    threshold: float
    _y: Array  # as x

    def __init__(self, threshold: float = 0.5, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.threshold = arguments.real_number(
            "SoftShrink", "threshold", threshold, least=0
        )

    def forward(self, x: Array, /) -> Array:
        """Return y = x - clip(x, -threshold, threshold)."""
        y = np.clip(x, -self.threshold, self.threshold)
        self._y = np.subtract(x, y, out=y)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (abs(x) > threshold)."""
        dx: Array = dy * (self._y != 0)
        return dx


class HardShrink(Layer):
    """Makes 0 of every number between -threshold and threshold.

    Forward:   y = x * (abs(x) > threshold)
    Backward:  dx = dy * (abs(x) > threshold)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        threshold: At least 0; 0.5 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.activations.hard_shrink`.
    """

    threshold: float
    _y: Array  # as x

    def __init__(self, threshold: float = 0.5, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.threshold = arguments.real_number(
            "HardShrink", "threshold", threshold, least=0
        )

    def forward(self, x: Array, /) -> Array:
        """Return y = x * (abs(x) > threshold)."""
        self._y = x * (np.abs(x) > self.threshold)
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (abs(x) > threshold)."""
        dx: Array = dy * (self._y != 0)
        return dx


class Threshold(Layer):
    """Keeps what is above the threshold and replaces the rest.

    Forward:   y = where(x > threshold, x, default_value)
    Backward:  dx = dy * (x > threshold)
    Shapes:    x, y of any one shape
    Keeps:     x, until the next forward

    Args:
        threshold: What x must exceed to stay.
        default_value: What stands where it does not.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.activations.threshold`.
    """

    threshold: float
    default_value: float
    _x: Array

    def __init__(
        self, threshold: float, default_value: float, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.threshold = arguments.real_number("Threshold", "threshold", threshold)
        self.default_value = arguments.real_number(
            "Threshold", "default_value", default_value
        )

    def forward(self, x: Array, /) -> Array:
        """Return y, x where it is above the threshold and the default elsewhere."""
        self._x = x
        return np.where(x > self.threshold, x, self.default_value)

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (x > threshold)."""
        return dy * (self._x > self.threshold)
