"""Activations that make probabilities of the numbers along an axis."""

from typing import Unpack

import numpy as np

from minidl.errors import ShapeError
from minidl.layers import axes
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array, Shape


class Softmax(Layer):
    """Makes positive numbers of sum 1, in the proportions of their exponentials.

    Forward:   y = exp(x) / exp(x).sum(axis, keepdims=True)
    Backward:  dx = y * (dy - (dy * y).sum(axis, keepdims=True))
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        axis: The axis, or axes, along which the sum is 1; -1, the last, by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if there is one number along the axis, for it would always be 1.

    Source: `keras.layers.Softmax`.
    """

    axis: int | tuple[int, ...]
    _y: Array  # as x

    def __init__(
        self, axis: int | tuple[int, ...] = -1, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.axis = axes.check("Softmax", "axis", axis)

    def build(self, input_shape: Shape) -> None:
        """Check the axis."""
        _refuse_single(self.label, self.axis, input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return y, the exponentials divided by their sum."""
        # Less the maximum no exponential overflows, and y is the same.
        y: Array = x - x.max(axis=self.axis, keepdims=True)
        np.exp(y, out=y)
        y /= y.sum(axis=self.axis, keepdims=True)
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = y * (dy - (dy * y).sum())."""
        dx = dy * self._y
        dx -= self._y * dx.sum(axis=self.axis, keepdims=True)
        return dx


class LogSoftmax(Layer):
    """The logarithm of the softmax, also where the softmax itself rounds to 0.

    Forward:   y = x - log(exp(x).sum(axis, keepdims=True))
    Backward:  dx = dy - exp(y) * dy.sum(axis, keepdims=True)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        axis: As for `Softmax`; -1 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: as for `Softmax`.

    Source: `keras.activations.log_softmax`.
    """

    axis: int | tuple[int, ...]
    _y: Array  # as x

    def __init__(
        self, axis: int | tuple[int, ...] = -1, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.axis = axes.check("LogSoftmax", "axis", axis)

    def build(self, input_shape: Shape) -> None:
        """Check the axis."""
        _refuse_single(self.label, self.axis, input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return y = x - log(exp(x).sum())."""
        y: Array = x - x.max(axis=self.axis, keepdims=True)  # as in `Softmax`
        y -= np.log(np.exp(y).sum(axis=self.axis, keepdims=True))
        self._y = y
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy - exp(y) * dy.sum()."""
        dx: Array = np.exp(self._y)
        dx *= dy.sum(axis=self.axis, keepdims=True)
        np.subtract(dy, dx, out=dx)
        return dx


class Sparsemax(Layer):
    """Makes numbers of sum 1 by taking one level from all and leaving none negative.

    Forward:   ranks = ones_like(x).cumsum(axis)
               largest = -sort(-x, axis)
               levels = (largest.cumsum(axis) - 1) / ranks
               y = maximum(x - levels.max(axis, keepdims=True), 0)
    Backward:  chosen = y > 0
               count = chosen.sum(axis, keepdims=True)
               dx = chosen * (dy - (dy * chosen).sum(axis, keepdims=True) / count)
    Shapes:    x, y of any one shape
    Keeps:     y, until the next forward

    Args:
        axis: The axis along which the sum is 1; -1, the last, by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: as for `Softmax`.

    Source: `keras.activations.sparsemax`; Martins and Astudillo, "From Softmax to
    Sparsemax", 2016.
    """

    axis: int
    _y: Array  # as x

    def __init__(self, axis: int = -1, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.axis = axes.check_one("Sparsemax", "axis", axis)

    def build(self, input_shape: Shape) -> None:
        """Check the axis."""
        _refuse_single(self.label, self.axis, input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return y = maximum(x - level, 0)."""
        # Of the k largest numbers, less the maximum, the level is (sum - 1) / k. It is
        # the largest of these over all k, since more numbers than belong lower it.
        y: Array = x - x.max(axis=self.axis, keepdims=True)
        rows = np.sort(np.moveaxis(y, self.axis, -1), axis=-1)[..., ::-1]
        levels = rows.cumsum(axis=-1)
        levels -= 1
        levels /= np.arange(1, rows.shape[-1] + 1, dtype=x.dtype)
        level = levels.max(axis=-1, keepdims=True)
        y -= np.moveaxis(level, -1, self.axis)
        self._y = np.maximum(y, 0, out=y)
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx, dy less its mean over what is positive."""
        chosen = (self._y > 0).astype(dy.dtype)
        dx = dy * chosen
        mean = dx.sum(axis=self.axis, keepdims=True)
        mean /= chosen.sum(axis=self.axis, keepdims=True)
        dx -= mean * chosen
        return dx


def _refuse_single(label: str, axis: int | tuple[int, ...], input_shape: Shape) -> None:
    """Raise if the axis does not exist, or has one number, whose share is always 1."""
    found = axes.resolve(label, "axis", axis, input_shape)
    if all(input_shape[each - 1] == 1 for each in found):
        raise ShapeError(
            f"{label}: there is one number along axis {axis}, and its share of 1 is "
            f"always 1: take 'sigmoid' for a single output"
        )
