"""Precision and recall in one number."""

from typing import Literal, TypeAlias

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.losses.targets import EPSILON
from minidl.metrics.metric import Metric, pair, same_shape, weight_of_each
from minidl.types import Array, ArrayLike

Average: TypeAlias = Literal["micro", "macro", "weighted"] | None


class FBetaScore(Metric):
    """The harmonic mean of precision and recall, in which recall weighs beta times.

    Value:     decided = y_pred > threshold
               hits = (y_true * decided).sum(axis=0)
               precision = hits / (decided.sum(axis=0) + 1e-7)
               recall = hits / (y_true.sum(axis=0) + 1e-7)
               both = beta**2 * precision + recall + 1e-7
               value = (1 + beta**2) * precision * recall / both

    Args:
        average: None (default) gives one number for each class, "macro" their mean,
            "weighted" their mean by how often each class is the target, and "micro"
            one number of all decisions.
        beta: 1.0 by default.
        threshold: A larger prediction is decided 1; None (default) decides 1 for the
            largest of each row.
        name: "fbeta_score" by default.

    Targets are one-hot, or several 0 and 1 for each sample.

    Source: `keras.metrics.FBetaScore`.
    """

    average: Average
    beta: float
    threshold: float | None
    _hits: Array  # true positives, (classes,)
    _alarms: Array  # false positives, (classes,)
    _misses: Array  # false negatives, (classes,)

    def __init__(
        self,
        average: Average = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
    ) -> None:
        super().__init__(name)
        owner = type(self).__name__
        if average is not None:
            known = ("micro", "macro", "weighted")
            arguments.choice(owner, "average, unless None,", average, known)
        self.average = average
        self.beta = arguments.real_number(owner, "beta", beta, least=0.0)
        if threshold is not None:
            threshold = arguments.real_number(owner, "threshold", threshold)
        self.threshold = threshold

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account."""
        owner = type(self).__name__
        y, p = pair(owner, y_true, y_pred)
        same_shape(owner, y, p)
        if y.ndim != 2:
            raise ShapeError(
                f"{owner}: y_true must have the shape (samples, classes), got {y.shape}"
            )
        if self.threshold is None:  # a row of zeros decides nothing
            decided = (p == p.max(axis=1, keepdims=True)) & (np.abs(p) > 1e-9)
        else:
            decided = p > self.threshold
        weight = weight_of_each(owner, sample_weight, (len(y), 1))
        self._hits = self._hits + (weight * decided * y).sum(axis=0)
        self._alarms = self._alarms + (weight * decided * (1 - y)).sum(axis=0)
        self._misses = self._misses + (weight * ~decided * y).sum(axis=0)

    def result(self) -> float | Array:
        """Return the score, or one for each class."""
        counts = [self._hits, self._alarms, self._misses]
        if self.average == "micro":
            counts = [np.asarray(count.sum()) for count in counts]
        hits, alarms, misses = counts
        precision = hits / (hits + alarms + EPSILON)
        recall = hits / (hits + misses + EPSILON)
        square = self.beta**2
        mean = precision * recall / (square * precision + recall + EPSILON)
        scores: Array = (1 + square) * mean
        if self.average is None:
            return scores
        if self.average == "weighted":
            present = hits + misses
            return float((scores * present).sum() / (present.sum() + EPSILON))
        return float(scores.mean())

    def reset_state(self) -> None:
        """Forget all decisions."""
        self._hits = self._alarms = self._misses = np.zeros(())


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall.

    Value:     decided = y_pred > threshold
               hits = (y_true * decided).sum(axis=0)
               precision = hits / (decided.sum(axis=0) + 1e-7)
               recall = hits / (y_true.sum(axis=0) + 1e-7)
               value = 2 * precision * recall / (precision + recall + 1e-7)

    Args:
        average: As for `FBetaScore`.
        threshold: As for `FBetaScore`.
        name: "f1_score" by default.

    Source: `keras.metrics.F1Score`.
    """

    def __init__(
        self,
        average: Average = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
    ) -> None:
        super().__init__(average, 1.0, threshold, name)
