"""The losses of predictions that are probabilities of classes, or their logits.

A logit is what a sigmoid or a softmax is taken of. With `from_logits=True` the last
layer has no activation and the loss takes it, which loses nothing to rounding.
"""

import numpy as np

from minidl.errors import ShapeError
from minidl.losses.loss import Reduction, SampleLoss
from minidl.losses.probability import ProbabilityLoss
from minidl.losses.sparse_crossentropy import SparseCategoricalCrossentropy
from minidl.losses.targets import (
    EPSILON,
    bounded,
    check_probabilities,
    check_smoothing,
    count_classes,
    kind_of_targets,
    refuse_improbable,
    refuse_missing_axis,
)
from minidl.types import Array, Shape


class KLDivergence(SampleLoss):
    """How far predicted probabilities are from the targets' own; 0 if they are equal.

    Forward:   loss = (y_true * log(y_true / y_pred)).sum(axis=-1).mean()
    Gradient:  dy_pred = -y_true / y_pred / len(y_pred)
    Shapes:    y_true, y_pred (batch, classes), loss one number
    Keeps:     y_true and y_pred, until the next forward

    Both are clipped to [1e-7, 1].

    Raises:
        ValueError: before the first step of a run, if predictions lie outside [0, 1].

    Source: `keras.losses.KLDivergence`.
    """

    _y_true: Array  # (batch, classes)
    _y_pred: Array  # (batch, classes)
    _clipped: Array  # y_pred within its bounds, (batch, classes)

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Return y if it has the predictions' shape and lies in [0, 1]; or raise."""
        y = super().check_targets(y, output_shape)
        return check_probabilities(type(self).__name__, y)

    def check_predictions(self, y_pred: Array, /) -> None:
        """Raise unless they lie in [0, 1]."""
        remedy = "end it with activation 'softmax'"
        refuse_improbable(type(self).__name__, y_pred, 1, remedy)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return (y_true * log(y_true / y_pred)).sum(axis=-1)."""
        self._y_true, self._y_pred = bounded(y_true, EPSILON, 1), y_pred
        self._clipped = bounded(y_pred, EPSILON, 1)
        nats: Array = np.log(self._y_true / self._clipped)
        nats *= self._y_true
        values: Array = nats.sum(axis=-1)
        return values

    def slopes(self) -> Array:
        """Return -y_true / y_pred."""
        slopes = -self._y_true / self._clipped
        slopes *= self._y_pred == self._clipped
        return slopes


class SmoothingLoss(ProbabilityLoss):
    """The part that the cross-entropies of targets that are probabilities share.

    Args:
        from_logits: Whether predictions are logits; False by default.
        label_smoothing: How much of each target is replaced by its share, 0.0 by
            default.
        axis: The axis of the outputs, -1 by default.
        reduction: As for every `SampleLoss`.
        name: The class's name in lower case by default.
    """

    label_smoothing: float

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name)
        self.label_smoothing = check_smoothing(type(self).__name__, label_smoothing)

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Return y if it has the predictions' shape and lies in [0, 1]; or raise."""
        owner = type(self).__name__
        refuse_missing_axis(owner, self.axis, output_shape)
        return check_probabilities(owner, super().check_targets(y, output_shape))


class BinaryCrossentropy(SmoothingLoss):
    """How unlikely the targets are, if each prediction is the probability of a 1.

    Forward:   loss = -(y_true * log(y_pred) + (1 - y_true) * log(1 - y_pred)).mean()
    Gradient:  dy_pred = (y_pred - y_true) / (y_pred * (1 - y_pred)) / y_pred.size
    Logits:    p = 1 / (1 + exp(-y_pred))
               loss = -(y_true * log(p) + (1 - y_true) * log(1 - p)).mean()
               dy_pred = (p - y_true) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_true and the probabilities, until the next forward

    Probabilities are clipped to [1e-7, 1 - 1e-7], as in Keras.

    Args:
        from_logits: Whether predictions are logits; False by default.
        label_smoothing: How much of each target is replaced by 1/2, 0.0 by default.
        axis: The axis of the outputs, over which the mean is taken first; -1 by
            default.
        reduction: As for every `SampleLoss`.
        name: "binary_crossentropy" by default.

    Raises:
        ValueError: before the first step of a run, if predictions lie outside [0, 1]
            without `from_logits`; called directly, the loss clips them.

    Source: `keras.losses.BinaryCrossentropy`.
    """

    _divides = False
    _y_true: Array  # smoothed, (batch, outputs)
    _y_pred: Array  # (batch, outputs)
    _p: Array  # probabilities, (batch, outputs)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return -(y_true * log(p) + (1 - y_true) * log(1 - p)).mean(axis)."""
        smoothing = self.label_smoothing
        if smoothing:
            y_true = y_true * (1 - smoothing) + 0.5 * smoothing
        self._y_true, self._y_pred = y_true, y_pred
        if self.from_logits:
            # log(p) of p near 0 overflows; -log(p) is log(1 + exp(-x)), which does not
            small = np.exp(-np.abs(y_pred))  # exp of what is never positive
            self._p = np.where(y_pred >= 0, 1, small) / (1 + small)
            loss: Array = np.maximum(y_pred, 0) - y_pred * y_true
            loss += np.log1p(small)
        else:
            self._p = bounded(y_pred, EPSILON, 1 - EPSILON)
            loss = (y_true - 1) * np.log1p(-self._p)
            loss -= y_true * np.log(self._p)
        values: Array = loss.mean(axis=self.axis)
        return values

    def slopes(self) -> Array:
        """Return (p - y_true) / (p * (1 - p)), or p - y_true for logits, / outputs."""
        slopes = self._p - self._y_true
        if not self.from_logits:
            slopes /= self._p * (1 - self._p)
            slopes *= self._y_pred == self._p  # where clipped, it is constant
        slopes /= slopes.shape[self.axis]
        return slopes


class CategoricalCrossentropy(SmoothingLoss):
    """How unlikely the target class is, if predictions are the classes' probabilities.

    Forward:   s = y_pred.sum(axis=-1, keepdims=True)
               loss = -(y_true * log(y_pred / s)).sum(axis=-1).mean()
    Gradient:  dy_pred = (y_true.sum(axis=-1, keepdims=True) / s - y_true / y_pred)
               dy_pred = dy_pred / len(y_pred)
    Logits:    p = exp(y_pred) / exp(y_pred).sum(axis=-1, keepdims=True)
               loss = -(y_true * log(p)).sum(axis=-1).mean()
               dy_pred = (y_true.sum(axis=-1, keepdims=True) * p - y_true) / len(p)
    Shapes:    y_true, y_pred, p (batch, classes), s (batch, 1), loss one number
    Keeps:     y_true, the probabilities and s, until the next forward

    Targets are one-hot, or probabilities too. Probabilities are divided by their sum
    and clipped to [1e-7, 1 - 1e-7], as in Keras.

    Args:
        from_logits: Whether predictions are logits; False by default.
        label_smoothing: How much of each target is spread evenly over the classes, 0.0
            by default.
        axis: The axis of the classes, -1 by default.
        reduction: As for every `SampleLoss`.
        name: "categorical_crossentropy" by default.

    Raises:
        ValueError: before the first step of a run, if predictions are negative
            without `from_logits`; called directly, the loss clips them.

    Source: `keras.losses.CategoricalCrossentropy`.
    """

    _y_true: Array  # smoothed, (batch, classes)
    _p: Array  # probabilities, (batch, classes)
    _clipped: Array  # _p within its bounds, (batch, classes)
    _sum: Array  # of the predictions, (batch, 1)

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Return y if it is one-hot, in the predictions' shape; or raise."""
        owner = type(self).__name__
        classes = count_classes(owner, self.axis, output_shape)
        sample = y.shape[1:]
        if sample != output_shape and sample in (output_shape[:-1], (1,)):
            raise ShapeError(
                f"{owner}: y has shape {y.shape}, one label a row, but for "
                f"{classes} classes they must be one-hot, {(len(y), *output_shape)}: "
                f"use SparseCategoricalCrossentropy, or one-hot targets"
            )
        return super().check_targets(y, output_shape)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return -(y_true * log(p)).sum(axis)."""
        smoothing, axis = self.label_smoothing, self.axis
        if smoothing:
            y_true = y_true * (1 - smoothing) + smoothing / y_pred.shape[axis]
        self._y_true = y_true
        if self.from_logits:
            log = y_pred - y_pred.max(axis=axis, keepdims=True)  # so that exp is <= 1
            self._p = np.exp(log)
            total = self._p.sum(axis=axis, keepdims=True)
            self._p /= total
            log -= np.log(total)
        else:
            self._sum = y_pred.sum(axis=axis, keepdims=True)
            self._p = y_pred / self._sum
            self._clipped = bounded(self._p, EPSILON, 1 - EPSILON)
            log = np.log(self._clipped)
        log *= y_true
        values: Array = -log.sum(axis=axis)
        return values

    def slopes(self) -> Array:
        """Return what a change of each prediction adds to its sample's value."""
        target, p, axis = self._y_true, self._p, self.axis
        slopes: Array
        if self.from_logits:
            slopes = p * target.sum(axis=axis, keepdims=True)
            slopes -= target
            return slopes
        slopes = target / -self._clipped  # by p, the quotient
        slopes *= p == self._clipped  # where clipped, it is constant
        slopes -= (slopes * p).sum(axis=axis, keepdims=True)  # by the sum that divides
        slopes /= self._sum
        return slopes


class Crossentropy(SampleLoss):
    """The one of the three cross-entropies that the shapes ask for.

    One output asks for the binary one, labels for the sparse one, and targets in the
    shape of several outputs for the categorical one. It is known by the names
    "crossentropy" and "ce" in Keras, which has no class for it.

    Shapes:    y_true, y_pred as the chosen one has them, loss one number
    Keeps:     what the chosen one keeps, until the next forward
    """

    chosen: SampleLoss

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Choose, and return the targets as the chosen one takes them; or raise."""
        self.chosen = {
            "binary": BinaryCrossentropy,
            "sparse": SparseCategoricalCrossentropy,
            "categorical": CategoricalCrossentropy,
        }[kind_of_targets(y.shape[1:], output_shape)]()
        return self.chosen.check_targets(y, output_shape)

    def check_predictions(self, y_pred: Array, /) -> None:
        """Raise where the chosen one does."""
        self.chosen.check_predictions(y_pred)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return the chosen one's values."""
        return self.chosen.values(y_true, y_pred)

    def explain(self, y_pred: Array, /) -> str:
        """Return what the chosen one says."""
        return self.chosen.explain(y_pred)

    def slopes(self) -> Array:
        """Return the chosen one's slopes."""
        return self.chosen.slopes()
