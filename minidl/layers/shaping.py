"""Layers that arrange the numbers of a sample in another way."""

from collections.abc import Sequence
from math import prod
from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array, Shape


class Flatten(Layer):
    """Lays all numbers of a sample in one row.

    Forward:   y = x.reshape(len(x), -1)
    Backward:  dx = dy.reshape(x.shape)
    Shapes:    x (batch, ...), y (batch, features)
    Keeps:     the shape of x, until the next forward

    Source: `keras.layers.Flatten`.
    """

    _shape: Shape

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return how many numbers a sample has, as its only axis."""
        return (prod(input_shape),)

    def forward(self, x: Array, /) -> Array:
        """Return y = x.reshape(len(x), -1)."""
        self._shape = x.shape
        return x.reshape(len(x), prod(x.shape[1:]))  # -1 fails for 0 samples

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy.reshape(x.shape)."""
        return dy.reshape(self._shape)


class Reshape(Layer):
    """Gives every sample another shape, with the numbers in the same order.

    Forward:   y = x.reshape(len(x), *target_shape)
    Backward:  dx = dy.reshape(x.shape)
    Shapes:    x (batch, ...), y (batch, *target_shape)
    Keeps:     the shape of x, until the next forward

    Args:
        target_shape: The new shape of one sample. One of its sizes may be -1: the one
            that uses up the numbers.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if a sample has too many or too few numbers for it.

    Source: `keras.layers.Reshape`.
    """

    target_shape: Shape
    _shape: Shape

    def __init__(
        self, target_shape: Sequence[int], **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.target_shape = _target_shape(target_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the target shape, with the size that -1 stands for."""
        size = prod(input_shape)
        known = prod(each for each in self.target_shape if each != -1)
        free = size // known if -1 in self.target_shape else 1
        if free * known != size:
            raise ShapeError(
                f"{self.label}: samples of shape {input_shape} have {size} numbers, "
                f"which do not fit target_shape={self.target_shape}"
            )
        return tuple(free if each == -1 else each for each in self.target_shape)

    def forward(self, x: Array, /) -> Array:
        """Return y = x.reshape(len(x), *target_shape)."""
        self._shape = x.shape
        return x.reshape(len(x), *self.output_shape(x.shape[1:]))

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy.reshape(x.shape)."""
        return dy.reshape(self._shape)


class Permute(Layer):
    """Exchanges the axes of a sample.

    Forward:   y = x.transpose(0, *dims)
    Backward:  dx = dy.transpose(0, *(dims.index(axis) + 1 for axis in sorted(dims)))
    Shapes:    x (batch, ...), y as x with its axes exchanged
    Keeps:     nothing

    Args:
        dims: The axes in their new order, counted from 1: (2, 1) exchanges two.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if a sample has another number of axes.

    Source: `keras.layers.Permute`.
    """

    dims: tuple[int, ...]

    def __init__(self, dims: Sequence[int], **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.dims = arguments.shape("Permute", "dims", dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                f"Permute: dims must hold the axes 1, 2, ... once each, got {dims!r}"
            )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the sizes in their new order."""
        if len(input_shape) != len(self.dims):
            raise ShapeError(
                f"{self.label} takes samples of {len(self.dims)} axes, since "
                f"dims={self.dims}, got samples of shape {input_shape}"
            )
        return tuple(input_shape[axis - 1] for axis in self.dims)

    def forward(self, x: Array, /) -> Array:
        """Return y = x.transpose(0, *dims)."""
        return x.transpose(0, *self.dims)

    def backward(self, dy: Array, /) -> Array:
        """Return dy with its axes put back."""
        return dy.transpose(np.argsort((0, *self.dims)))


class RepeatVector(Layer):
    """Makes a sequence that says the same at every step.

    Forward:   y = x[:, None, :].repeat(n, axis=1)
    Backward:  dx = dy.sum(axis=1)
    Shapes:    x (batch, features), y (batch, n, features)
    Keeps:     nothing

    Args:
        n: The number of steps, at least 1.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if a sample has more than one axis.

    Source: `keras.layers.RepeatVector`.
    """

    n: int

    def __init__(self, n: int, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.n = arguments.whole_number("RepeatVector", "n", n)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (n, features)."""
        if len(input_shape) != 1:
            raise ShapeError(
                f"{self.label} takes samples of shape (features,), got {input_shape}"
            )
        return (self.n, *input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return x, n times."""
        return x[:, np.newaxis].repeat(self.n, axis=1)

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy.sum(axis=1)."""
        dx: Array = dy.sum(axis=1)
        return dx


def _target_shape(given: object) -> Shape:
    """Return a shape in which one size may be -1, checked."""
    if not isinstance(given, tuple | list):
        raise TypeError(
            f"Reshape: target_shape must be a tuple such as (2, -1), got {given!r}"
        )
    known = tuple(size for size in given if size != -1)
    if len(given) - len(known) > 1:
        raise ValueError(f"Reshape: target_shape may have one -1, got {given!r}")
    for size in known:
        arguments.whole_number("Reshape", "a size of target_shape", size)
    return tuple(int(size) for size in given)
