"""Decisions of 0 or 1, right and wrong, at one threshold or at many."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.losses.targets import first_index
from minidl.metrics.metric import Metric, pair, same_shape, weight_of_each
from minidl.types import Array, ArrayLike


class ThresholdMetric(Metric):
    """The base of metrics that count decisions: 1 for what exceeds a threshold.

    Args:
        thresholds: One number, or several for as many results; 0.5 by default.
        name: What logs call it; the class's name in lower case by default.

    Attributes:
        true_positives: The weights of targets 1 that were decided 1, by threshold.
        false_positives: Of targets 0 that were decided 1.
        true_negatives: Of targets 0 that were decided 0.
        false_negatives: Of targets 1 that were decided 0.
    """

    thresholds: float | Sequence[float] | None
    top_k: int | None = None
    class_id: int | None = None
    true_positives: Array  # (thresholds,)
    false_positives: Array  # (thresholds,)
    true_negatives: Array  # (thresholds,)
    false_negatives: Array  # (thresholds,)
    _limits: Array  # the thresholds, ascending or as they were given

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
    ) -> None:
        self.thresholds = thresholds
        self._limits = _check_thresholds(type(self).__name__, thresholds)
        super().__init__(name)

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account; targets are 0 or 1."""
        owner = type(self).__name__
        targets, scores = pair(owner, y_true, y_pred)
        same_shape(owner, targets, scores)
        wrong = (targets != 0) & (targets != 1)
        if wrong.any():
            where = first_index(wrong)
            raise ValueError(
                f"{owner}: y_true must hold 0 and 1 only, got {targets[where]:g} in "
                f"row {where[0]}"
            )
        weight = weight_of_each(owner, sample_weight, targets.shape)
        if self.top_k is not None:
            scores = _only_largest(scores, self.top_k)
        if self.class_id is not None:
            if targets.ndim < 2 or self.class_id >= targets.shape[-1]:
                raise ShapeError(
                    f"{owner}: class_id={self.class_id}, but y_pred has shape "
                    f"{scores.shape}"
                )
            one = (..., self.class_id)
            targets, scores, weight = targets[one], scores[one], weight[one]
        self._count(targets.ravel(), self._scores(scores).ravel(), weight.ravel())

    def reset_state(self) -> None:
        """Forget all decisions."""
        zeros = np.zeros(len(self._limits))
        self.true_positives, self.false_positives = zeros, zeros
        self.true_negatives, self.false_negatives = zeros, zeros

    def _scores(self, y_pred: Array) -> Array:
        """Return what is compared with the thresholds."""
        return y_pred

    def _count(self, targets: Array, scores: Array, weight: Array) -> None:
        order = np.argsort(self._limits)
        # how many of the ascending thresholds each score exceeds, and so at which of
        # them it is decided 1: one pass, however many thresholds there are
        exceeded = np.searchsorted(self._limits[order], scores, side="left")
        back = np.empty_like(order)
        back[order] = np.arange(len(order))

        def positives(weight: Array) -> Array:
            size = len(order) + 1
            sums = np.bincount(exceeded, weights=weight, minlength=size)
            decided: Array = np.cumsum(sums[::-1], dtype=float)[::-1][1:]
            return decided[back]

        true, false = weight * targets, weight * (1 - targets)
        hits, alarms = positives(true), positives(false)
        self.true_positives = self.true_positives + hits
        self.false_positives = self.false_positives + alarms
        self.false_negatives = self.false_negatives + (true.sum() - hits)
        self.true_negatives = self.true_negatives + (false.sum() - alarms)

    def _one_or_all(self, results: Array) -> float | Array:
        """Return a number for one threshold, or all results."""
        return float(results[0]) if len(results) == 1 else results.copy()


class TruePositives(ThresholdMetric):
    """How many targets of 1 were decided 1.

    Value:     value = (y_true * (y_pred > threshold)).sum()

    Source: `keras.metrics.TruePositives`.
    """

    def result(self) -> float | Array:
        """Return the sum of their weights."""
        return self._one_or_all(self.true_positives)


class FalsePositives(ThresholdMetric):
    """How many targets of 0 were decided 1.

    Value:     value = ((1 - y_true) * (y_pred > threshold)).sum()

    Source: `keras.metrics.FalsePositives`.
    """

    def result(self) -> float | Array:
        """Return the sum of their weights."""
        return self._one_or_all(self.false_positives)


class TrueNegatives(ThresholdMetric):
    """How many targets of 0 were decided 0.

    Value:     value = ((1 - y_true) * (y_pred <= threshold)).sum()

    Source: `keras.metrics.TrueNegatives`.
    """

    def result(self) -> float | Array:
        """Return the sum of their weights."""
        return self._one_or_all(self.true_negatives)


class FalseNegatives(ThresholdMetric):
    """How many targets of 1 were decided 0.

    Value:     value = (y_true * (y_pred <= threshold)).sum()

    Source: `keras.metrics.FalseNegatives`.
    """

    def result(self) -> float | Array:
        """Return the sum of their weights."""
        return self._one_or_all(self.false_negatives)


class _ColumnMetric(ThresholdMetric):
    """The part that `Precision` and `Recall` share: which predictions they look at."""

    top_k: int | None
    class_id: int | None

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(thresholds, name)
        self.top_k, self.class_id = _check_columns(type(self).__name__, top_k, class_id)
        if top_k is not None and thresholds is None:
            self._limits = np.array([-1e10])


class Precision(_ColumnMetric):
    """How many of those decided 1 are: true positives / (true + false positives).

    Value:     decided = y_pred > threshold
               value = (y_true * decided).sum() / decided.sum()

    Args:
        thresholds: One number, or several for as many results; 0.5 by default.
        top_k: How many of a row's largest predictions can be decided 1; None (default)
            for all. Without thresholds they are, whatever their values.
        class_id: The column to look at; None (default) for all.
        name: "precision" by default.

    Source: `keras.metrics.Precision`.
    """

    def result(self) -> float | Array:
        """Return true_positives / (true_positives + false_positives), 0 for 0 / 0."""
        decided = self.true_positives + self.false_positives
        return self._one_or_all(_ratio(self.true_positives, decided))


class Recall(_ColumnMetric):
    """How many targets of 1 are found: true positives / (true pos. + false negatives).

    Value:     value = (y_true * (y_pred > threshold)).sum() / y_true.sum()

    Args:
        thresholds: One number, or several for as many results; 0.5 by default.
        top_k: How many of a row's largest predictions can be decided 1; None (default)
            for all. Without thresholds they are, whatever their values.
        class_id: The column to look at; None (default) for all.
        name: "recall" by default.

    Source: `keras.metrics.Recall`.
    """

    def result(self) -> float | Array:
        """Return true_positives / (true_positives + false_negatives), 0 for 0 / 0."""
        present = self.true_positives + self.false_negatives
        return self._one_or_all(_ratio(self.true_positives, present))


class AUC(ThresholdMetric):
    """The area under a curve through all thresholds: how well 0 and 1 are set apart.

    Value:     threshold = arange(num_thresholds)[:, None] / (num_thresholds - 1)
               decided = y_pred.ravel() > threshold
               recall = decided @ y_true.ravel() / y_true.sum()
               alarms = decided @ (1 - y_true).ravel() / (1 - y_true).sum()
               steps = alarms[:-1] - alarms[1:]
               value = (steps * (recall[:-1] + recall[1:]) / 2).sum()

    Args:
        num_thresholds: How many, evenly spread over [0, 1]; 200 by default.
        curve: "ROC" (default), the true over the false positive rate, or "PR",
            precision over recall.
        summation_method: "interpolation" (default), or "minoring" or "majoring" for a
            bound from below or above.
        name: "auc" by default.
        thresholds: Thresholds in [0, 1] of one's own instead.
        from_logits: Whether predictions are logits; False by default.

    Of the thresholds, the first lies just below 0, so that everything exceeds it.

    Source: `keras.metrics.AUC`; Davis and Goadrich, "The relationship between
    precision-recall and ROC curves" (2006) for the interpolation of "PR".
    """

    _keras_only = ("dtype", "label_weights", "multi_label", "num_labels")
    thresholds: float | Sequence[float] | None
    num_thresholds: int
    curve: str
    summation_method: str
    from_logits: bool

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Literal["ROC", "PR"] = "ROC",
        summation_method: Literal[
            "interpolation", "minoring", "majoring"
        ] = "interpolation",
        name: str | None = "auc",
        *,
        thresholds: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        count = arguments.whole_number("AUC", "num_thresholds", num_thresholds, least=2)
        inner = np.arange(1, count - 1) / (count - 1)
        if thresholds is not None:
            inner = np.sort(_check_thresholds("AUC", thresholds))
        super().__init__(0.5 if thresholds is None else thresholds, name)
        self.thresholds = thresholds
        # the ends lie outside [0, 1], so that everything and nothing exceeds them
        self._limits = np.concatenate([[-1e-7], inner, [1 + 1e-7]])
        self.num_thresholds = len(self._limits)
        self.curve = arguments.choice("AUC", "curve", curve, ("ROC", "PR"))
        methods = ("interpolation", "minoring", "majoring")
        self.summation_method = arguments.choice(
            "AUC", "summation_method", summation_method, methods
        )
        self.from_logits = arguments.flag("AUC", "from_logits", from_logits)
        self.reset_state()

    def result(self) -> float:
        """Return the area, 0 for no decisions."""
        recall = _ratio(self.true_positives, self.true_positives + self.false_negatives)
        decided = self.true_positives + self.false_positives
        if self.curve == "ROC":
            negatives = self.false_positives + self.true_negatives
            x, y = _ratio(self.false_positives, negatives), recall
        elif self.summation_method == "interpolation":
            return self._interpolated(decided)
        else:
            x, y = recall, _ratio(self.true_positives, decided)
        heights = {
            "interpolation": (y[:-1] + y[1:]) / 2,
            "minoring": np.minimum(y[:-1], y[1:]),
            "majoring": np.maximum(y[:-1], y[1:]),
        }[self.summation_method]
        return float(((x[:-1] - x[1:]) * heights).sum())

    def _interpolated(self, decided: Array) -> float:
        """Return the area under precision over recall, in which counts are linear."""
        hits = self.true_positives
        slope = _ratio(hits[:-1] - hits[1:], decided[:-1] - decided[1:])
        intercept = hits[1:] - slope * decided[1:]
        both = (decided[:-1] > 0) & (decided[1:] > 0)
        growth = np.where(both, _ratio(decided[:-1], decided[1:]), 1)
        area = slope * (hits[:-1] - hits[1:] + intercept * np.log(growth))
        return float(_ratio(area, hits[1:] + self.false_negatives[1:]).sum())

    def _scores(self, y_pred: Array) -> Array:
        if self.from_logits:
            return (1 + np.tanh(y_pred / 2)) / 2  # a sigmoid that cannot overflow
        if ((y_pred < 0) | (y_pred > 1)).any():
            raise ValueError(
                "AUC: y_pred must lie in [0, 1]: end the model with a sigmoid, or pass "
                "from_logits=True"
            )
        return y_pred


def _ratio(a: Array, b: Array) -> Array:
    """Return a / b, and 0 where b is not positive."""
    positive = b > 0
    quotient: Array = np.where(positive, a / np.where(positive, b, 1), 0)
    return quotient


def _only_largest(scores: Array, k: int) -> Array:
    """Return scores in which all but the k largest of a row are -inf."""
    order = np.argsort(-scores, axis=-1, kind="stable")
    kept = np.full_like(scores, -np.inf)
    top = order[..., :k]
    np.put_along_axis(kept, top, np.take_along_axis(scores, top, -1), -1)
    return kept


def _check_thresholds(owner: str, thresholds: object) -> Array:
    given = [0.5] if thresholds is None else thresholds
    several = list(given) if isinstance(given, Sequence | np.ndarray) else [given]
    if not several:
        raise ValueError(f"{owner}: thresholds is empty: pass numbers from 0 to 1")
    for each in several:
        number = arguments.real_number(owner, "a threshold", each, least=0.0)
        if number > 1:
            raise ValueError(f"{owner}: a threshold must be at most 1, got {each!r}")
    return np.array(several, float)


def _check_columns(
    owner: str, top_k: int | None, class_id: int | None
) -> tuple[int | None, int | None]:
    if top_k is not None:
        top_k = arguments.whole_number(owner, "top_k", top_k)
    if class_id is not None:
        class_id = arguments.whole_number(owner, "class_id", class_id, least=0)
    return top_k, class_id
