"""Activations that let what is positive through and hold the rest down."""

import math
from typing import Unpack

import numpy as np

from minidl import arguments, constraints, initializers, regularizers
from minidl.constants import constant
from minidl.constraints import Constraint
from minidl.initializers import Initializer
from minidl.layers import axes
from minidl.layers.activations.functions import filled
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.parameter import Parameter
from minidl.regularizers import Regularizer
from minidl.types import Array, Shape

SELU_ALPHA = 1.6732632423543772848
SELU_SCALE = 1.0507009873554804934


class ReLU(Layer):
    """Keeps what is positive and makes the rest 0.

    Forward:   y = maximum(x, 0)
    Backward:  dx = dy * (x > 0)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward; x, if there are arguments; zeros like x

    With arguments y is `minimum(x, max_value)` where x is above the threshold, and
    `negative_slope * (x - threshold)` elsewhere. The derivative at a corner is the one
    on its left, as in Keras at 0, and 0 at `max_value`.

    Args:
        max_value: Where y is cut off, at least 0; None (default) for nowhere.
        negative_slope: The slope below the threshold, at least 0; 0 by default.
        threshold: What x must exceed to pass, at least 0; 0 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.ReLU`.
    """

    max_value: float | None
    negative_slope: float
    threshold: float
    _x: Array
    _y: Array  # as x
    _zeros: Array | None = None  # as x
    _limit: float
    _plain: bool

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        if max_value is not None:
            max_value = arguments.real_number("ReLU", "max_value", max_value, least=0)
        self.max_value = max_value
        self.negative_slope = arguments.real_number(
            "ReLU", "negative_slope", negative_slope, least=0
        )
        self.threshold = arguments.real_number("ReLU", "threshold", threshold, least=0)
        self._limit = math.inf if max_value is None else max_value
        self._plain = max_value is None and not (self.negative_slope or self.threshold)

    def forward(self, x: Array, /) -> Array:
        """Return y = maximum(x, 0)."""
        if self._plain:
            self._zeros = filled(self._zeros, x, 0.0)
            self._y = np.maximum(x, self._zeros)
            return self._y
        self._x = x
        below = x - self.threshold
        below *= self.negative_slope
        return np.where(x > self.threshold, np.minimum(x, self._limit), below)

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * (x > 0)."""
        if self._plain:
            zero = constant(0.0, dy.dtype)
            dx: Array = (self._y > zero).astype(dy.dtype)  # y is positive where x is
            dx *= dy
            return dx
        above, below = dy * (self._x < self._limit), dy * self.negative_slope
        return np.where(self._x > self.threshold, above, below)


class LeakyReLU(Layer):
    """Keeps what is positive and makes the rest small.

    Forward:   y = where(x >= 0, x, negative_slope * x)
    Backward:  dx = where(x >= 0, dy, negative_slope * dy)
    Shapes:    x, y of any one shape
    Keeps:     x, until the next forward

    Args:
        negative_slope: The slope below 0, at least 0; 0.3 by default. As in Keras, the
            name "leaky_relu" means another one, 0.2.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.LeakyReLU`.
    """

    negative_slope: float
    _x: Array

    def __init__(
        self, negative_slope: float = 0.3, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.negative_slope = arguments.real_number(
            "LeakyReLU", "negative_slope", negative_slope, least=0
        )

    def forward(self, x: Array, /) -> Array:
        """Return y, x where it is positive and a fraction of x elsewhere."""
        self._x = x
        return np.where(x >= 0, x, self.negative_slope * x)

    def backward(self, dy: Array, /) -> Array:
        """Return dx, dy where x is positive and a fraction of dy elsewhere."""
        return np.where(self._x >= 0, dy, self.negative_slope * dy)


class PReLU(Layer):
    """A leaky ReLU that learns the slope below 0 of every feature.

    Forward:   y = maximum(x, 0) + alpha * minimum(x, 0)
    Backward:  dalpha = (dy * minimum(x, 0)).sum(axis=0)
               dx = where(x > 0, dy, alpha * dy)
    Shapes:    x, y (batch, ...), alpha as a sample, of size 1 along shared axes
    Keeps:     x, until the next forward

    Args:
        alpha_initializer: What the slopes begin with; "zeros" by default.
        alpha_regularizer: What their size adds to the loss; None (default) for nothing.
        alpha_constraint: What they must be after each step; None (default).
        shared_axes: An axis, or several, along which there is one slope for all; None
            (default) for a slope of each feature. Axis 1 is the first of a sample.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.PReLU`; He et al., "Delving Deep into Rectifiers", 2015.
    """

    alpha_initializer: Initializer
    alpha_regularizer: Regularizer | None
    alpha_constraint: Constraint | None
    shared_axes: int | tuple[int, ...] | None
    alpha: Parameter  # as a sample, of size 1 along shared axes
    _x: Array
    _summed: tuple[int, ...]

    def __init__(
        self,
        alpha_initializer: object = "zeros",
        alpha_regularizer: object = None,
        alpha_constraint: object = None,
        shared_axes: int | tuple[int, ...] | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        if shared_axes is not None:
            shared_axes = axes.check("PReLU", "shared_axes", shared_axes)
        self.shared_axes = shared_axes

    def build(self, input_shape: Shape) -> None:
        """Declare alpha."""
        shared: tuple[int, ...] = ()
        if self.shared_axes is not None:
            shared = axes.resolve(
                self.label, "shared_axes", self.shared_axes, input_shape
            )
        shape = tuple(
            1 if axis in shared else size for axis, size in enumerate(input_shape, 1)
        )
        self.alpha = self.add_parameter(
            "alpha",
            shape,
            self.alpha_initializer,
            self.alpha_regularizer,
            self.alpha_constraint,
        )
        self._summed = (0, *shared)

    def forward(self, x: Array, /) -> Array:
        """Return y = maximum(x, 0) + alpha * minimum(x, 0)."""
        self._x = x
        y: Array = np.minimum(x, 0)
        y *= self.alpha.value
        y += np.maximum(x, 0)
        return y

    def backward(self, dy: Array, /) -> Array:
        """Assign dalpha = (dy * minimum(x, 0)).sum(axis=0); return dx."""
        below: Array = np.minimum(self._x, 0)
        below *= dy
        dalpha = below.sum(axis=self._summed, keepdims=True)
        self.alpha.grad = dalpha[0]
        return np.where(self._x > 0, dy, self.alpha.value * dy)


class ELU(Layer):
    """Keeps what is positive and bends the rest smoothly towards -alpha.

    Forward:   y = where(x > 0, x, alpha * (exp(x) - 1))
    Backward:  dx = where(x > 0, dy, dy * (y + alpha))
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        alpha: How far down y goes, at least 0; 1 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.ELU`; Clevert et al., "Fast and Accurate Deep Network Learning
    by Exponential Linear Units", 2015.
    """

    alpha: float
    _y: Array  # as x

    def __init__(self, alpha: float = 1.0, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.alpha = arguments.real_number("ELU", "alpha", alpha, least=0)

    def forward(self, x: Array, /) -> Array:
        """Return y, x where it is positive and alpha * (exp(x) - 1) elsewhere."""
        y = _expm1_below(x)
        y *= self.alpha
        y += np.maximum(x, 0)
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx, dy where x is positive and dy * (y + alpha) elsewhere."""
        slope = self._y + self.alpha
        slope *= dy
        return np.where(self._y > 0, dy, slope)  # y is positive exactly where x is


class CELU(Layer):
    """An ELU whose slope is continuous at 0 for every alpha.

    Forward:   y = where(x > 0, x, alpha * (exp(x / alpha) - 1))
    Backward:  dx = where(x > 0, dy, dy * (y / alpha + 1))
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        alpha: How far down y goes, at least 1e-7; 1 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.activations.celu`; Barron, "Continuously Differentiable Exponential
    Linear Units", 2017.
    """

    alpha: float
    _y: Array  # as x

    def __init__(self, alpha: float = 1.0, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.alpha = arguments.real_number("CELU", "alpha", alpha, least=1e-7)

    def forward(self, x: Array, /) -> Array:
        """Return y, x where it is positive, alpha * (exp(x / alpha) - 1) elsewhere."""
        y = _expm1_below(x / self.alpha)
        y *= self.alpha
        y += np.maximum(x, 0)
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx, dy where x is positive and dy * (y / alpha + 1) elsewhere."""
        slope = self._y / self.alpha
        slope += 1
        slope *= dy
        return np.where(self._y > 0, dy, slope)  # y is positive exactly where x is


class SELU(Layer):
    """An ELU whose outputs tend to mean 0 and variance 1, layer after layer.

    Forward:   alpha, scale = 1.6732632423543772848, 1.0507009873554804934
               y = scale * where(x > 0, x, alpha * (exp(x) - 1))
    Backward:  dx = where(x > 0, dy * scale, dy * (y + scale * alpha))
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    It takes weights from "lecun_normal" and `AlphaDropout` to keep the mean and the
    variance.

    Source: `keras.activations.selu`; Klambauer et al., "Self-Normalizing Neural
    Networks", 2017.
    """

    _y: Array  # as x

    def forward(self, x: Array, /) -> Array:
        """Return y, scaled x where it is positive and bent where it is not."""
        y = _expm1_below(x)
        y *= SELU_ALPHA
        y += np.maximum(x, 0)
        y *= SELU_SCALE
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx, dy * scale where x is positive, dy * (y + scale * alpha) else."""
        slope = self._y + SELU_SCALE * SELU_ALPHA
        slope *= dy
        return np.where(self._y > 0, dy * SELU_SCALE, slope)


def _expm1_below(x: Array) -> Array:
    """Return exp(x) - 1 where x is negative, 0 elsewhere, where exp(x) may overflow."""
    y: Array = np.minimum(x, 0)
    return np.expm1(y, out=y)
