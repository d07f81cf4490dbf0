"""The cross-entropy of targets that are labels."""

import numpy as np

from minidl import arguments
from minidl.constants import constant, ones, starts
from minidl.errors import ShapeError
from minidl.losses.loss import Reduction
from minidl.losses.probability import ProbabilityLoss
from minidl.losses.targets import (
    EPSILON,
    bounded,
    check_labels,
    count_classes,
)
from minidl.types import Array, Shape


class SparseCategoricalCrossentropy(ProbabilityLoss):
    """The categorical cross-entropy of targets that are labels, 0 for the first class.

    Forward:   one_hot = 1.0 * (y_true[:, None] == arange(y_pred.shape[1]))
               s = y_pred.sum(axis=-1, keepdims=True)
               loss = -(one_hot * log(y_pred / s)).sum(axis=-1).mean()
    Gradient:  dy_pred = (1 / s - one_hot / y_pred) / len(y_pred)
    Logits:    p = exp(y_pred) / exp(y_pred).sum(axis=-1, keepdims=True)
               one_hot = 1.0 * (y_true[:, None] == arange(y_pred.shape[1]))
               loss = -(one_hot * log(p)).sum(axis=-1).mean()
               dy_pred = (p - one_hot) / len(p)
    Shapes:    y_true (batch,), y_pred, one_hot, p (batch, classes), loss one number
    Keeps:     y_pred or its exp, s, where the labels are, until the next forward

    Probabilities are divided by their sum s and clipped to [1e-7, 1 - 1e-7], as in
    Keras.

    Args:
        from_logits: Whether predictions are logits; False by default.
        ignore_class: A label whose samples do not count, -1 say; None by default.
        reduction: As for every `SampleLoss`.
        axis: The axis of the classes, -1 by default.
        name: "sparse_categorical_crossentropy" by default.

    Raises:
        ValueError: before the first step of a run, if predictions are negative without
            `from_logits`; called directly, the loss clips them.

    Source: `keras.losses.SparseCategoricalCrossentropy`.
    """

    ignore_class: int | None
    _p: Array  # probabilities that are not divided by their sum yet, (values, classes)
    _sum: Array  # of each row of them, (values,)
    _chosen: Array  # the probability of each label, (values,), without logits
    _clipped: Array  # _chosen within its bounds, (values,)
    _places: np.ndarray  # of the labels among all predictions, (values,)
    _shape: Shape  # of the predictions with the classes last

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: Reduction = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name)
        if ignore_class is not None:
            ignore_class = arguments.whole_number(
                type(self).__name__, "ignore_class", ignore_class, least=-(2**31)
            )
        self.ignore_class = ignore_class

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Return the labels, one for each value; or raise."""
        owner = type(self).__name__
        classes = count_classes(owner, self.axis, output_shape)
        axes = (len(y), *output_shape)
        expected = tuple(np.delete(axes, range(len(axes))[self.axis]).tolist())
        if y.shape == (*expected, 1):
            y = y[..., 0]
        if y.shape == axes and y.shape != expected:
            raise ShapeError(
                f"{owner}: y has shape {y.shape}, as if they were one-hot, "
                f"but it takes labels, {expected}: use CategoricalCrossentropy, or "
                f"y.argmax(axis={self.axis})"
            )
        if y.shape != expected:
            raise ShapeError(
                f"{owner}: y has shape {y.shape}, but one label for each of "
                f"the predictions, {axes}, makes {expected}"
            )
        return check_labels(owner, y, classes, self.ignore_class)

    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return -log(p) of each label's class."""
        rows, labels = self._rows(y_pred), y_true
        if self.ignore_class is not None:
            counted: Array = (y_true != self.ignore_class).astype(y_pred.dtype)
            self._counted, labels = counted, y_true * counted
        size, classes = rows.shape
        self._places = labels.ravel().astype(np.intp)
        self._places += starts(size, classes)
        if self.from_logits:
            rows = rows - _row_max(rows)  # so that exp is <= 1
            self._p = np.exp(rows)
            self._sum = self._p.dot(ones(classes, rows.dtype))
            values: Array = np.log(self._sum)
            values -= rows.take(self._places)
        else:
            self._p, self._sum = rows, rows.dot(ones(classes, rows.dtype))
            self._chosen = rows.take(self._places) / self._sum
            self._clipped = bounded(self._chosen, EPSILON, 1 - EPSILON)
            values = -np.log(self._clipped)
        values = values.reshape(y_true.shape)
        return values if self._counted is None else values * self._counted

    def slopes(self) -> Array:
        """Return what a change of each prediction adds to its sample's value."""
        if self.from_logits:
            slopes = self._p / self._sum[:, np.newaxis]
            slopes.reshape(-1)[self._places] -= constant(1.0, slopes.dtype)
        else:
            by_sum = 1 / self._sum
            by_sum *= self._chosen == self._clipped  # where clipped, it is constant
            slopes = np.repeat(by_sum[:, np.newaxis], self._p.shape[1], axis=1)
            slopes.reshape(-1)[self._places] -= by_sum / self._clipped
        if self._counted is not None:
            slopes *= self._counted.reshape(-1, 1)
        if len(self._shape) == 2:
            return slopes
        return np.moveaxis(slopes.reshape(self._shape), -1, self.axis)

    def _rows(self, y_pred: Array) -> Array:
        """Return the predictions with the classes as the second axis of two."""
        last = y_pred if y_pred.ndim == 2 else np.moveaxis(y_pred, self.axis, -1)
        self._shape = last.shape
        return last.reshape(-1, last.shape[-1])


def _row_max(x: Array) -> Array:
    """Return the largest of each row, for few columns three times as fast as max."""
    by_column: Array = np.asfortranarray(x)
    largest: Array = by_column.max(axis=1, keepdims=True)
    return largest
