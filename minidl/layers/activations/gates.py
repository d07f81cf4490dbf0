"""Activations that multiply a number by how far a gate is open for it."""

import math
from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.layers import axes
from minidl.layers.activations.functions import normal, sigmoid, softplus
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array, Shape


class SiLU(Layer):
    """Multiplies every number by its sigmoid; also called swish.

    Forward:   gate = 1 / (1 + exp(-x))
               y = x * gate
    Backward:  dx = dy * (gate + y * (1 - gate))
    Shapes:    x, y of any one shape
    Keeps:     gate and y, until the next forward

    Source: `keras.activations.silu`; Ramachandran et al., "Searching for Activation
    Functions", 2017.
    """

    _gate: Array  # as x
    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = x * sigmoid(x)."""
        self._gate = sigmoid(x)
        self._y = x * self._gate
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (gate + y * (1 - gate))."""
        dx = 1 - self._gate
        dx *= self._y
        dx += self._gate
        dx *= dy
        return dx


class HardSiLU(Layer):
    """Multiplies every number by its hard sigmoid; also called hard swish.

    Forward:   gate = clip(x / 6 + 0.5, 0, 1)
               y = x * gate
    Backward:  dx = dy * (gate + x / 6 * (abs(x) < 3))
    Shapes:    x, y of any one shape
    Keeps:     x and gate, until the next forward

    Source: `keras.activations.hard_silu`; Howard et al., "Searching for MobileNetV3",
    2019.
    """

    _x: Array
    _gate: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = x * hard_sigmoid(x)."""
        gate: Array = x / 6
        gate += 0.5
        self._x, self._gate = x, np.clip(gate, 0, 1, out=gate)
        return x * gate

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (gate + x / 6 * (abs(x) < 3))."""
        dx: Array = self._x / 6
        dx *= np.abs(self._x) < 3
        dx += self._gate
        dx *= dy
        return dx


class GELU(Layer):
    """Multiplies every number by the probability that a normal one is smaller.

    Forward:   y = x * (1 + erf(x / sqrt(2))) / 2
    Backward:  density = exp(-(x**2) / 2) / sqrt(2 * pi)
               dx = dy * ((1 + erf(x / sqrt(2))) / 2 + x * density)
    Shapes:    x, y of any one shape
    Keeps:     dy/dx, until the next forward

    The approximation is y = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2.

    Args:
        approximate: Whether to take the approximation, which is within 5e-4 and about
            three times as fast; False by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.activations.gelu`; Hendrycks and Gimpel, "Gaussian Error Linear
    Units", 2016.
    """

    approximate: bool
    _slope: Array  # as x

    def __init__(
        self, approximate: bool = False, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.approximate = arguments.flag("GELU", "approximate", approximate)

    def forward(self, x: Array, /) -> Array:
        """Return y = x * P(normal < x)."""
        if self.approximate:
            gate, dgate = _tanh_gate(x)
        else:
            dgate, gate = normal(x)
        y = x * gate
        dgate *= x
        dgate += gate
        self._slope = dgate
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (P(normal < x) + x * density(x))."""
        return dy * self._slope


class Mish(Layer):
    """Multiplies every number by the tanh of its softplus.

    Forward:   gate = tanh(log(1 + exp(x)))
               y = x * gate
    Backward:  dx = dy * (gate + x * (1 - gate**2) / (1 + exp(-x)))
    Shapes:    x, y of any one shape
    Keeps:     x and gate, until the next forward

    Source: `keras.activations.mish`; Misra, "Mish: A Self Regularized Non-Monotonic
    Activation Function", 2019.
    """

    _x: Array
    _gate: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y = x * tanh(softplus(x))."""
        gate = softplus(x)
        self._x, self._gate = x, np.tanh(gate, out=gate)
        return x * gate

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (gate + x * (1 - gate**2) * sigmoid(x))."""
        dx = self._gate * self._gate
        np.subtract(1, dx, out=dx)
        dx *= sigmoid(self._x)
        dx *= self._x
        dx += self._gate
        dx *= dy
        return dx


class GLU(Layer):
    """Multiplies the first half of the numbers by the sigmoids of the second half.

    Forward:   value, gate = split(x, 2, axis)
               y = value / (1 + exp(-gate))
    Backward:  gate = 1 / (1 + exp(-gate))
               dx = concatenate([dy * gate, dy * y * (1 - gate)], axis)
    Shapes:    x (batch, ..., 2 * n), y (batch, ..., n)
    Keeps:     y and the sigmoids, until the next forward

    Args:
        axis: The axis that is halved; -1, the last, by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if the axis has an odd size.

    Source: `keras.activations.glu`; Dauphin et al., "Language Modeling with Gated
    Convolutional Networks", 2016.
    """

    axis: int
    _gate: Array  # as y
    _y: Array

    def __init__(self, axis: int = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.axis = axes.check_one("GLU", "axis", axis)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with the axis halved."""
        (axis,) = axes.resolve(self.label, "axis", self.axis, input_shape)
        sizes = list(input_shape)
        if sizes[axis - 1] % 2:
            raise ShapeError(
                f"{self.label} halves axis {self.axis}, which must have an even size, "
                f"got samples of shape {input_shape}"
            )
        sizes[axis - 1] //= 2
        return tuple(sizes)

    def forward(self, x: Array, /) -> Array:
        """Return y = value * sigmoid(gate)."""
        value, gate = np.split(x, 2, self.axis)
        self._gate = sigmoid(gate)
        self._y = value * self._gate
        return self._y

    def backward(self, dy: Array, /) -> Array:
        """Return dx, what goes to the values beside what goes to the gates."""
        dgate = 1 - self._gate
        dgate *= self._y
        dgate *= dy
        return np.concatenate([dy * self._gate, dgate], self.axis)


def _tanh_gate(x: Array) -> tuple[Array, Array]:
    """Return (1 + tanh(...)) / 2 of the approximate GELU and its derivative."""
    x = np.clip(x, -10, 10)  # where tanh is 1 already; x**3 may overflow
    rate, cubic = math.sqrt(2 / math.pi), 0.044715
    square = x * x
    gate: Array = np.tanh(rate * x * (1 + cubic * square))
    dgate = 1 - gate * gate
    dgate *= 0.5 * rate * (1 + 3 * cubic * square)
    gate += 1
    gate *= 0.5
    return gate, dgate
