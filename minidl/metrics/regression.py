"""How far predicted numbers are from their targets."""

import math
from typing import Literal, TypeAlias

import numpy as np

from minidl import arguments, losses
from minidl.metrics.metric import MeanMetric, Metric, pair, same_shape, weight_of_each
from minidl.types import Array, ArrayLike


class MeanSquaredError(MeanMetric):
    """The mean of `losses.MeanSquaredError` over the samples.

    Value:     value = ((y_pred - y_true)**2).mean()

    Source: `keras.metrics.MeanSquaredError`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return ((y_pred - y_true)**2).mean(axis=-1)."""
        return losses.mean_squared_error(y_true, y_pred)


class RootMeanSquaredError(MeanMetric):
    """The square root of the mean squared error, in the unit of the targets.

    Value:     value = sqrt(((y_pred - y_true)**2).mean())

    Source: `keras.metrics.RootMeanSquaredError`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return ((y_pred - y_true)**2).mean(axis=-1)."""
        return losses.mean_squared_error(y_true, y_pred)

    def result(self) -> float:
        """Return the root of the mean over the samples."""
        return math.sqrt(super().result())


class MeanAbsoluteError(MeanMetric):
    """The mean of `losses.MeanAbsoluteError` over the samples.

    Value:     value = abs(y_pred - y_true).mean()

    Source: `keras.metrics.MeanAbsoluteError`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return abs(y_pred - y_true).mean(axis=-1)."""
        return losses.mean_absolute_error(y_true, y_pred)


class MeanAbsolutePercentageError(MeanMetric):
    """The mean of `losses.MeanAbsolutePercentageError` over the samples.

    Value:     scale = 100 / maximum(abs(y_true), 1e-7)
               value = (scale * abs(y_pred - y_true)).mean()

    Source: `keras.metrics.MeanAbsolutePercentageError`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return (100 * abs(y_pred - y_true) / abs(y_true)).mean(axis=-1)."""
        return losses.mean_absolute_percentage_error(y_true, y_pred)


class MeanSquaredLogarithmicError(MeanMetric):
    """The mean of `losses.MeanSquaredLogarithmicError` over the samples.

    Value:     error = log(1 + maximum(y_pred, 1e-7)) - log(1 + maximum(y_true, 1e-7))
               value = (error**2).mean()

    Source: `keras.metrics.MeanSquaredLogarithmicError`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return ((log(1 + y_pred) - log(1 + y_true))**2).mean(axis=-1)."""
        return losses.mean_squared_logarithmic_error(y_true, y_pred)


class LogCoshError(MeanMetric):
    """The mean of `losses.LogCosh` over the samples.

    Value:     value = log(cosh(y_pred - y_true)).mean()

    Args:
        name: "logcosh" by default.

    Source: `keras.metrics.LogCoshError`.
    """

    def __init__(self, name: str | None = "logcosh") -> None:
        super().__init__(name)

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return log(cosh(y_pred - y_true)).mean(axis=-1)."""
        return losses.log_cosh(y_true, y_pred)


class CosineSimilarity(MeanMetric):
    """The cosine of the angle between target and prediction; here 1 is best.

    Value:     lengths = sqrt((y_true**2).sum(axis=-1) * (y_pred**2).sum(axis=-1))
               value = ((y_true * y_pred).sum(axis=-1) / lengths).mean()

    Args:
        name: "cosine_similarity" by default.
        axis: The axis along which the vectors lie, -1 by default.

    Source: `keras.metrics.CosineSimilarity`.
    """

    axis: int

    def __init__(self, name: str | None = None, *, axis: int = -1) -> None:
        super().__init__(name)
        self.axis = losses.CosineSimilarity(axis).axis

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return the cosine of each pair of vectors."""
        return -losses.cosine_similarity(y_true, y_pred, self.axis)


Aggregation: TypeAlias = Literal["uniform_average", "variance_weighted_average"] | None


class R2Score(Metric):
    """How much of the targets' variance the predictions explain: 1 is all of it.

    Value:     errors = ((y_pred - y_true)**2).sum(axis=0)
               squares = ((y_true - y_true.mean(axis=0))**2).sum(axis=0)
               value = (1 - errors / squares).mean()

    Args:
        class_aggregation: "uniform_average" (default) is the mean over the outputs,
            "variance_weighted_average" weighs them by their variance, and None gives
            one number for each.
        num_regressors: The number of independent variables of an adjusted score, 0 by
            default for the plain one.
        name: "r2_score" by default.

    An output that never varies scores 1 if it is always right, and 0 otherwise.

    Source: `keras.metrics.R2Score`.
    """

    class_aggregation: Aggregation
    num_regressors: int
    _samples: int
    _count: Array  # the sum of the weights, (outputs,) or a number at first
    _mean: Array  # of the targets
    _squares: Array  # of the targets' distances from their mean, summed
    _errors: Array  # of the predictions, squared and summed

    def __init__(
        self,
        class_aggregation: Aggregation = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
    ) -> None:
        super().__init__(name)
        if class_aggregation is not None:
            known = ("uniform_average", "variance_weighted_average")
            argument = "class_aggregation, unless None,"
            arguments.choice("R2Score", argument, class_aggregation, known)
        self.class_aggregation = class_aggregation
        self.num_regressors = arguments.whole_number(
            "R2Score", "num_regressors", num_regressors, least=0
        )

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account."""
        y, p = pair("R2Score", y_true, y_pred)
        same_shape("R2Score", y, p)
        y, p = y.reshape(len(y), -1), p.reshape(len(p), -1)
        weight = weight_of_each("R2Score", sample_weight, (len(y), 1))
        batch = float(weight.sum())
        self._samples += y.size
        if batch == 0:
            return
        # means are merged, since the difference of two sums of squares loses digits
        mean = (weight * y).sum(axis=0) / batch
        total, shift = self._count + batch, mean - self._mean
        self._squares = self._squares + (weight * (y - mean) ** 2).sum(axis=0)
        self._squares += shift**2 * self._count * batch / total
        self._mean = self._mean + shift * batch / total
        self._errors = self._errors + (weight * (y - p) ** 2).sum(axis=0)
        self._count = total

    def result(self) -> float | Array:
        """Return the score, 0 for no samples."""
        varies = self._squares > 0
        ratio = self._errors / np.where(varies, self._squares, 1)
        scores = np.where(varies, 1 - ratio, self._errors == 0)
        if not np.any(self._count):
            return 0.0
        score: float | Array = scores
        if self.class_aggregation == "uniform_average":
            score = float(scores.mean())
        elif self.class_aggregation == "variance_weighted_average":
            total = float(self._squares.sum())
            score = float((scores * self._squares).sum()) / (total or 1.0)
        n, k = self._samples, self.num_regressors
        if 0 < k < n - 1:
            score = 1 - (1 - score) * (n - 1) / (n - k - 1)
        return score

    def reset_state(self) -> None:
        """Forget all samples."""
        self._samples = 0
        self._count = self._mean = self._squares = self._errors = np.zeros(())
