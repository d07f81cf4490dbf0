"""The losses of predictions that are numbers, from the simplest up."""

import numpy as np

from minidl import arguments
from minidl.constants import constant
from minidl.losses.loss import Reduction, SampleLoss
from minidl.losses.targets import EPSILON, bounded, check_axis, refuse_missing_axis
from minidl.types import Array, Shape


class MeanSquaredError(SampleLoss):
    """The square of the error, averaged over all samples and outputs.

    Forward:   loss = ((y_pred - y_true)**2).mean()
    Gradient:  dy_pred = 2 * (y_pred - y_true) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_pred - y_true and its factor, until the next forward

    Books differ in the factor: many halve the sum or divide by the batch alone. The
    conventions page of the documentation has the table. Also importable as `MSE`.

    Source: `keras.losses.MeanSquaredError`.
    """

    _error: Array  # (batch, outputs)
    _factor: Array | None  # 2 / N, of the error in the gradient, if all count alike

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return ((y_pred - y_true)**2).mean(axis=-1)."""
        self._error = y_pred - y_true
        values: Array = np.square(self._error).mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return 2 * (y_pred - y_true) / outputs."""
        slopes: Array = (2 / self._error.shape[-1]) * self._error
        return slopes

    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        """Return ((y_pred - y_true)**2).mean(), or the sum, or weighted."""
        if self.sample_weight is not None or self.reduction == "sum":
            self._factor = None
            return super().forward(y_true, y_pred)
        self._error = error = y_pred - y_true
        each, count = error.ravel(), error.size
        self._factor = constant(2 / count, error.dtype)
        return float(each.dot(each)) / count  # faster than two means

    def gradient(self) -> Array:
        """Return 2 * (y_pred - y_true) / y_pred.size, or the sum's, or weighted."""
        factor = self._factor
        return super().gradient() if factor is None else factor * self._error


class MeanAbsoluteError(SampleLoss):
    """The size of the error, averaged over all samples and outputs.

    Forward:   loss = abs(y_pred - y_true).mean()
    Gradient:  dy_pred = sign(y_pred - y_true) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_pred - y_true, until the next forward

    Outliers pull less than on the mean squared error. The derivative at 0 is taken as
    0.

    Source: `keras.losses.MeanAbsoluteError`.
    """

    _error: Array  # (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return abs(y_pred - y_true).mean(axis=-1)."""
        self._error = y_pred - y_true
        values: Array = np.abs(self._error).mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return sign(y_pred - y_true) / outputs."""
        slopes: Array = np.sign(self._error)
        slopes /= slopes.shape[-1]
        return slopes


class MeanAbsolutePercentageError(SampleLoss):
    """The size of the error in percent of the target, averaged.

    Forward:   scale = 100 / maximum(abs(y_true), 1e-7)
               loss = (scale * abs(y_pred - y_true)).mean()
    Gradient:  dy_pred = scale * sign(y_pred - y_true) / y_pred.size
    Shapes:    y_true, y_pred, scale (batch, outputs), loss one number
    Keeps:     y_pred - y_true and scale, until the next forward

    A target of 0 counts as 1e-7.

    Source: `keras.losses.MeanAbsolutePercentageError`.
    """

    _error: Array  # (batch, outputs)
    _percent: Array  # 100 / y_true, (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return (100 * abs(y_pred - y_true) / abs(y_true)).mean(axis=-1)."""
        self._error = y_pred - y_true
        self._percent = 100 / np.maximum(np.abs(y_true), EPSILON)
        values: Array = (self._percent * np.abs(self._error)).mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return 100 * sign(y_pred - y_true) / abs(y_true) / outputs."""
        slopes: Array = np.sign(self._error)
        slopes *= self._percent
        slopes /= slopes.shape[-1]
        return slopes


class MeanSquaredLogarithmicError(SampleLoss):
    """The square of the error between logarithms, averaged.

    Forward:   error = log(1 + maximum(y_pred, 1e-7)) - log(1 + maximum(y_true, 1e-7))
               loss = (error**2).mean()
    Gradient:  dy_pred = 2 * error / (1 + y_pred) * (y_pred > 1e-7) / y_pred.size
    Shapes:    y_true, y_pred, error (batch, outputs), loss one number
    Keeps:     error and y_pred, until the next forward

    For targets over several orders of magnitude, such as counts; what is negative
    counts as 0.

    Source: `keras.losses.MeanSquaredLogarithmicError`.
    """

    _error: Array  # (batch, outputs)
    _y_pred: Array  # (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return ((log(1 + y_pred) - log(1 + y_true))**2).mean(axis=-1)."""
        self._y_pred = y_pred
        self._error = np.log1p(np.maximum(y_pred, EPSILON))
        self._error -= np.log1p(np.maximum(y_true, EPSILON))
        values: Array = np.square(self._error).mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return 2 * error / (1 + y_pred) * (y_pred > 1e-7) / outputs."""
        slopes: Array = (2 / self._error.shape[-1]) * self._error
        slopes /= 1 + np.maximum(self._y_pred, EPSILON)
        slopes *= self._y_pred > EPSILON
        return slopes


class Huber(SampleLoss):
    """Half the squared error where it is small, and a straight line where it is large.

    Forward:   error = y_pred - y_true
               inner = clip(error, -delta, delta)
               loss = (inner * (error - inner / 2)).mean()
    Gradient:  dy_pred = inner / y_pred.size
    Shapes:    y_true, y_pred, error, inner (batch, outputs), loss one number
    Keeps:     inner, until the next forward

    Args:
        delta: The error at which the line begins, 1.0 by default.
        reduction: As for every `SampleLoss`.
        name: "huber_loss" by default.

    Source: Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35 (1964); `keras.losses.Huber`.
    """

    delta: float
    _inner: Array  # the error within -delta and delta, (batch, outputs)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = "huber_loss",
    ) -> None:
        super().__init__(reduction, name)
        self.delta = arguments.real_number("Huber", "delta", delta, least=0.0)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return (inner * (error - inner / 2)).mean(axis=-1)."""
        error = y_pred - y_true
        self._inner = bounded(error, -self.delta, self.delta)
        error -= self._inner / 2
        error *= self._inner
        values: Array = error.mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return clip(y_pred - y_true, -delta, delta) / outputs."""
        slopes: Array = self._inner / self._inner.shape[-1]
        return slopes


class LogCosh(SampleLoss):
    """The logarithm of the error's hyperbolic cosine: a smooth absolute error.

    Forward:   loss = log(cosh(y_pred - y_true)).mean()
    Gradient:  dy_pred = tanh(y_pred - y_true) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_pred - y_true, until the next forward

    Source: `keras.losses.LogCosh`.
    """

    _error: Array  # (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return log(cosh(y_pred - y_true)).mean(axis=-1)."""
        self._error = y_pred - y_true
        size = np.abs(self._error)
        # cosh overflows at 710, but log(cosh(x)) = x + log(1 + exp(-2x)) - log(2)
        size += np.log1p(np.exp(-2 * size)) - float(np.log(2))
        values: Array = size.mean(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return tanh(y_pred - y_true) / outputs."""
        slopes: Array = np.tanh(self._error)
        slopes /= slopes.shape[-1]
        return slopes


class Poisson(SampleLoss):
    """How unlikely counts are, if the predictions are the rates of a Poisson process.

    Forward:   loss = (y_pred - y_true * log(y_pred + 1e-7)).mean()
    Gradient:  dy_pred = (1 - y_true / (y_pred + 1e-7)) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_true and y_pred + 1e-7, until the next forward

    Rates are positive: let the last layer be a softplus or an exponential.

    Source: `keras.losses.Poisson`.
    """

    _y_true: Array  # (batch, outputs)
    _rate: Array  # (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return (y_pred - y_true * log(y_pred + 1e-7)).mean(axis=-1)."""
        self._y_true, self._rate = y_true, y_pred + EPSILON
        values: Array = (y_pred - y_true * np.log(self._rate)).mean(axis=-1)
        return values

    def explain(self, y_pred: Array, /) -> str:
        """Return that a rate is negative, if one is."""
        least = float(y_pred.min())
        if least >= 0:
            return ""
        return (
            f"Poisson takes rates of at least 0, and {least:.4g} is predicted; let the "
            f"last activation be 'softplus' or 'exponential'"
        )

    def slopes(self) -> Array:
        """Return (1 - y_true / (y_pred + 1e-7)) / outputs."""
        slopes = self._y_true / self._rate
        np.subtract(1, slopes, out=slopes)
        slopes /= slopes.shape[-1]
        return slopes


class CosineSimilarity(SampleLoss):
    """The cosine of the angle between target and prediction, negated: -1 is best.

    Forward:   t = y_true / sqrt((y_true**2).sum(axis=-1, keepdims=True))
               length = sqrt((y_pred**2).sum(axis=-1, keepdims=True))
               cosine = (t * y_pred / length).sum(axis=-1, keepdims=True)
               loss = -cosine.mean()
    Gradient:  dy_pred = (cosine * y_pred / length - t) / length / cosine.size
    Shapes:    y_true, y_pred, t (batch, outputs), length, cosine (batch, 1)
    Keeps:     the unit vectors, length and cosine, until the next forward

    Lengths below 1e-7 count as 1e-7, so a vector of zeros has the cosine 0.

    Args:
        axis: The axis along which the vectors lie, -1 by default.
        reduction: As for every `SampleLoss`.
        name: "cosine_similarity" by default.

    Source: `keras.losses.CosineSimilarity`.
    """

    axis: int
    _target: Array  # unit vectors, (batch, outputs)
    _prediction: Array  # unit vectors, (batch, outputs)
    _length: Array  # of y_pred, (batch, 1)
    _cosine: Array  # (batch, 1)

    def __init__(
        self,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(reduction, name)
        self.axis = check_axis("CosineSimilarity", axis)

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Return y if it has the predictions' shape and the axis; or raise."""
        refuse_missing_axis("CosineSimilarity", self.axis, output_shape)
        return super().check_targets(y, output_shape)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return minus the cosine of each pair of vectors."""
        self._target = y_true / self._lengths(y_true)
        self._length = self._lengths(y_pred)
        self._prediction = y_pred / self._length
        product = self._target * self._prediction
        self._cosine = product.sum(axis=self.axis, keepdims=True)
        return -self._cosine.squeeze(self.axis)

    def slopes(self) -> Array:
        """Return (cosine * y_pred / length - t) / length."""
        slopes = self._cosine * self._prediction
        slopes *= self._length > EPSILON  # a shorter one is divided by a constant
        slopes -= self._target
        slopes /= self._length
        return slopes

    def _lengths(self, vectors: Array) -> Array:
        size = np.abs(vectors).max(axis=self.axis, keepdims=True)
        np.maximum(size, EPSILON, out=size)  # scaled, since squares may overflow
        squares = np.square(vectors / size).sum(axis=self.axis, keepdims=True)
        length: Array = np.maximum(size * np.sqrt(squares), EPSILON)
        return length


MSE = MeanSquaredError
MAE = MeanAbsoluteError
MAPE = MeanAbsolutePercentageError
MSLE = MeanSquaredLogarithmicError
