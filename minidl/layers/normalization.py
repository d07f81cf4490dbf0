"""Layers that bring numbers to mean 0 and variance 1, and then to learned ones."""

from math import prod
from typing import Unpack

import numpy as np

from minidl import arguments, constraints, initializers, regularizers
from minidl.constraints import Constraint
from minidl.errors import ShapeError
from minidl.initializers import Initializer
from minidl.layers import axes
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.parameter import Parameter
from minidl.regularizers import Regularizer
from minidl.types import Array, Shape


class BatchNormalization(Layer):
    """Normalizes every feature by its mean and variance over the batch.

    Forward:   mean = x.mean(axis=0)
               variance = ((x - mean) ** 2).mean(axis=0)
               rate = 1 / sqrt(variance + epsilon)
               z = (x - mean) * rate
               y = gamma * z + beta
               moving_mean = momentum * moving_mean + (1 - momentum) * mean
               moving_variance = momentum * moving_variance + (1 - momentum) * variance
    Backward:  dgamma = (dy * z).sum(axis=0)
               dbeta = dy.sum(axis=0)
               dx = gamma * rate * (dy - dbeta / len(x) - z * dgamma / len(x))
    Shapes:    x, y (batch, features), all weights (features,)
    Keeps:     z and rate, until the next forward

    That is while `fit` runs. In `predict` and `evaluate`, and where `trainable` of the
    layer, or of a model that it is in, is False, the moving mean and variance take the
    places of the batch's, stay as they are, and dx = gamma * rate * dy. With more
    axes, mean and variance are taken over all but `axis`.

    Args:
        axis: The axis of the features; -1, the last, by default.
        momentum: How slowly the moving mean and variance follow, in [0, 1); 0.99 by
            default.
        epsilon: Keeps the rate finite where the variance is 0; 0.001 by default.
        center: Whether there is a beta; True by default.
        scale: Whether there is a gamma; True by default.
        beta_initializer: What beta begins with; "zeros" by default.
        gamma_initializer: What gamma begins with; "ones" by default.
        moving_mean_initializer: "zeros" by default.
        moving_variance_initializer: "ones" by default.
        beta_regularizer: What beta's size adds to the loss; None (default) for nothing.
        gamma_regularizer: What gamma's size adds to the loss; None (default).
        beta_constraint: What beta must be after each step; None (default) for anything.
        gamma_constraint: What gamma must be after each step; None (default).
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: in training, if a feature has one number in the batch, for the
            variance of one number is 0 whatever it is.

    Source: `keras.layers.BatchNormalization`; Ioffe and Szegedy, "Batch Normalization",
    2015.
    """

    axis: int
    momentum: float
    epsilon: float
    center: bool
    scale: bool
    beta_initializer: Initializer
    gamma_initializer: Initializer
    moving_mean_initializer: Initializer
    moving_variance_initializer: Initializer
    beta_regularizer: Regularizer | None
    gamma_regularizer: Regularizer | None
    beta_constraint: Constraint | None
    gamma_constraint: Constraint | None
    gamma: Parameter  # (features,), as the other three
    beta: Parameter
    moving_mean: Parameter
    moving_variance: Parameter
    _axes: tuple[int, ...]
    _by_batch: bool  # whether the last forward took the batch's mean and variance
    _z: Array  # (rows, features)
    _rate: Array  # (features,)

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        moving_mean_initializer: object = "zeros",
        moving_variance_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        beta_constraint: object = None,
        gamma_constraint: object = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        owner = "BatchNormalization"
        self.axis = axes.check_one(owner, "axis", axis)
        self.momentum = arguments.real_number(
            owner, "momentum", momentum, least=0, below=1
        )
        self.epsilon = arguments.real_number(owner, "epsilon", epsilon, least=0)
        self.center = arguments.flag(owner, "center", center)
        self.scale = arguments.flag(owner, "scale", scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape: Shape) -> None:
        """Declare gamma, beta, the moving mean and the moving variance."""
        self._axes = axes.resolve(self.label, "axis", self.axis, input_shape)
        shape = (input_shape[self._axes[0] - 1],)
        _declare_gamma_and_beta(self, shape)
        self.moving_mean = self.add_parameter(
            "moving_mean", shape, self.moving_mean_initializer, trainable=False
        )
        self.moving_variance = self.add_parameter(
            "moving_variance", shape, self.moving_variance_initializer, trainable=False
        )

    def forward(self, x: Array, /) -> Array:
        """Return y = gamma * z + beta."""
        rows = _rows(x, self._axes)
        self._by_batch = self.training and self.trainable and not self.frozen
        if self._by_batch:
            z, variance = self._centred(rows)
        else:
            z, variance = rows - self.moving_mean.value, self.moving_variance.value
        self._rate = 1 / np.sqrt(variance + self.epsilon)
        z *= self._rate
        self._z = z
        y = z * self.gamma.value if self.scale else z.copy()
        if self.center:
            y += self.beta.value
        return _unrows(y, x.shape, self._axes)

    def backward(self, dy: Array, /) -> Array:
        """Assign dgamma and dbeta; return dx."""
        rows = _rows(dy, self._axes)
        dgamma, dbeta = (rows * self._z).sum(axis=0), rows.sum(axis=0)
        if self.scale:
            self.gamma.grad = dgamma
        if self.center:
            self.beta.grad = dbeta
        rate = self._rate * self.gamma.value if self.scale else self._rate
        if not self._by_batch:
            return _unrows(rows * rate, dy.shape, self._axes)
        dx = self._z * (dgamma / len(rows))
        dx += dbeta / len(rows)
        np.subtract(rows, dx, out=dx)
        dx *= rate
        return _unrows(dx, dy.shape, self._axes)

    def _centred(self, rows: Array) -> tuple[Array, Array]:
        """Return rows less their mean, and their variance; let the moving ones follow.

        The mean of squares less the square of the mean would be quicker, but cancels
        where the mean is large: for mean 1e4 and variance 1 it may even be negative.
        """
        if len(rows) == 1:
            raise ShapeError(
                f"{self.label}: a batch of one number per feature has no variance to "
                f"train with: choose a batch_size that leaves no single sample over"
            )
        mean = rows.mean(axis=0)
        centred = rows - mean
        rest = centred.mean(axis=0)  # what rounding left of the mean in a large batch
        mean += rest
        centred -= rest
        variance = np.square(centred).mean(axis=0)
        for moving, new in (
            (self.moving_mean.value, mean),
            (self.moving_variance.value, variance),
        ):
            moving *= self.momentum
            moving += (1 - self.momentum) * new
        return centred, variance


class LayerNormalization(Layer):
    """Normalizes every sample by the mean and variance of its own features.

    Forward:   mean = x.mean(axis=-1, keepdims=True)
               variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
               rate = 1 / sqrt(variance + epsilon)
               z = (x - mean) * rate
               y = gamma * z + beta
    Backward:  dgamma = (dy * z).sum(axis=0)
               dbeta = dy.sum(axis=0)
               dz = dy * gamma
               shared = dz.mean(axis=-1, keepdims=True)
               slope = (dz * z).mean(axis=-1, keepdims=True)
               dx = rate * (dz - shared - z * slope)
    Shapes:    x, y (batch, features), gamma, beta (features,)
    Keeps:     z and rate, until the next forward

    Args:
        axis: The axis, or axes, over which mean and variance are taken; -1, the last,
            by default. gamma and beta have the sizes of these axes.
        epsilon: Keeps the rate finite where the variance is 0; 0.001 by default.
        center: Whether there is a beta; True by default.
        scale: Whether there is a gamma; True by default.
        beta_initializer: What beta begins with; "zeros" by default.
        gamma_initializer: What gamma begins with; "ones" by default.
        beta_regularizer: What beta's size adds to the loss; None (default) for nothing.
        gamma_regularizer: What gamma's size adds to the loss; None (default).
        beta_constraint: What beta must be after each step; None (default) for anything.
        gamma_constraint: What gamma must be after each step; None (default).
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.LayerNormalization`; Ba et al., "Layer Normalization", 2016.
    """

    axis: int | tuple[int, ...]
    epsilon: float
    center: bool
    scale: bool
    beta_initializer: Initializer
    gamma_initializer: Initializer
    beta_regularizer: Regularizer | None
    gamma_regularizer: Regularizer | None
    beta_constraint: Constraint | None
    gamma_constraint: Constraint | None
    gamma: Parameter  # (features,), or the sizes of the axes
    beta: Parameter  # as gamma
    _axes: tuple[int, ...]
    _z: Array  # (rows, features)
    _rate: Array  # (rows, 1)

    def __init__(
        self,
        axis: int | tuple[int, ...] = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: object = "zeros",
        gamma_initializer: object = "ones",
        beta_regularizer: object = None,
        gamma_regularizer: object = None,
        beta_constraint: object = None,
        gamma_constraint: object = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        owner = "LayerNormalization"
        self.axis = axes.check(owner, "axis", axis)
        self.epsilon = arguments.real_number(owner, "epsilon", epsilon, least=0)
        self.center = arguments.flag(owner, "center", center)
        self.scale = arguments.flag(owner, "scale", scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape: Shape) -> None:
        """Declare gamma and beta."""
        self._axes = axes.resolve(self.label, "axis", self.axis, input_shape)
        shape = tuple(input_shape[axis - 1] for axis in self._axes)
        _declare_gamma_and_beta(self, shape)

    def forward(self, x: Array, /) -> Array:
        """Return y = gamma * z + beta."""
        rows = _rows(x, self._axes)
        z = rows - rows.mean(axis=-1, keepdims=True)
        variance = np.square(z).mean(axis=-1, keepdims=True)
        self._rate = 1 / np.sqrt(variance + self.epsilon)
        z *= self._rate
        self._z = z
        y = z * self.gamma.value.reshape(-1) if self.scale else z.copy()
        if self.center:
            y += self.beta.value.reshape(-1)
        return _unrows(y, x.shape, self._axes)

    def backward(self, dy: Array, /) -> Array:
        """Assign dgamma and dbeta; return dx."""
        rows, z = _rows(dy, self._axes), self._z
        if self.center:
            self.beta.grad = rows.sum(axis=0).reshape(self.beta.shape)
        dz = rows
        if self.scale:
            self.gamma.grad = (rows * z).sum(axis=0).reshape(self.gamma.shape)
            dz = rows * self.gamma.value.reshape(-1)
        dx = z * (dz * z).mean(axis=-1, keepdims=True)
        dx += dz.mean(axis=-1, keepdims=True)
        np.subtract(dz, dx, out=dx)
        dx *= self._rate
        return _unrows(dx, dy.shape, self._axes)


def _declare_gamma_and_beta(
    layer: BatchNormalization | LayerNormalization, shape: Shape
) -> None:
    """Declare the learned scale and shift, those that the layer has."""
    if layer.scale:
        layer.gamma = layer.add_parameter(
            "gamma",
            shape,
            layer.gamma_initializer,
            layer.gamma_regularizer,
            layer.gamma_constraint,
        )
    if layer.center:
        layer.beta = layer.add_parameter(
            "beta",
            shape,
            layer.beta_initializer,
            layer.beta_regularizer,
            layer.beta_constraint,
        )


def _rows(x: Array, features: tuple[int, ...]) -> Array:
    """Return x with the features' axes as the last axis of two."""
    if x.ndim == 2:
        return x
    size = prod(x.shape[axis] for axis in features)
    last = np.moveaxis(x, features, range(-len(features), 0))
    return last.reshape(x.size // size, size)


def _unrows(rows: Array, shape: Shape, features: tuple[int, ...]) -> Array:
    """Return the array of a shape from its `_rows`."""
    if len(shape) == 2:
        return rows
    others = (size for axis, size in enumerate(shape) if axis not in features)
    last = rows.reshape(*others, *(shape[axis] for axis in features))
    return np.moveaxis(last, range(-len(features), 0), features)
