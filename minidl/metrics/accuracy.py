"""How often predictions are right."""

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.losses.targets import check_labels
from minidl.metrics.metric import MeanMetric, pair, same_shape
from minidl.types import Array, ArrayLike


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 where a prediction equals its target, and 0 elsewhere."""
    targets, predictions = pair("accuracy()", y_true, y_pred)
    same_shape("accuracy()", targets, predictions)
    return _ones(targets == predictions)


def binary_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5
) -> Array:
    """Return 1 where a prediction is above the threshold exactly if its target is 1."""
    targets, predictions = pair("binary_accuracy()", y_true, y_pred)
    same_shape("binary_accuracy()", targets, predictions)
    return _ones(targets == (predictions > threshold))


def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 where the largest prediction is that of the one-hot target."""
    targets, predictions = pair("categorical_accuracy()", y_true, y_pred)
    same_shape("categorical_accuracy()", targets, predictions)
    return _ones(targets.argmax(axis=-1) == predictions.argmax(axis=-1))


def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 where the largest prediction is that of the label."""
    labels, predictions = _labels("sparse_categorical_accuracy()", y_true, y_pred)
    return _ones(labels == predictions.argmax(axis=-1))


def top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5
) -> Array:
    """Return 1 where the one-hot target is among the k largest predictions."""
    targets, predictions = pair("top_k_categorical_accuracy()", y_true, y_pred)
    same_shape("top_k_categorical_accuracy()", targets, predictions)
    return _in_top(targets.argmax(axis=-1), predictions, k)


def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5
) -> Array:
    """Return 1 where the label is among the k largest predictions."""
    owner = "sparse_top_k_categorical_accuracy()"
    labels, predictions = _labels(owner, y_true, y_pred)
    return _in_top(labels.astype(np.intp), predictions, k)


class Accuracy(MeanMetric):
    """How often predictions equal their targets exactly.

    Value:     value = (y_true == y_pred).mean()

    The string "accuracy" means, by the shapes, one of the three that follow.

    Source: `keras.metrics.Accuracy`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return y_true == y_pred."""
        return accuracy(y_true, y_pred)


class BinaryAccuracy(MeanMetric):
    """How often predictions are on the right side of a threshold.

    Value:     value = (y_true == (y_pred > threshold)).mean()

    Args:
        name: "binary_accuracy" by default.
        threshold: A larger prediction means 1, another 0; 0.5 by default.

    Source: `keras.metrics.BinaryAccuracy`.
    """

    threshold: float

    def __init__(self, name: str | None = None, *, threshold: float = 0.5) -> None:
        super().__init__(name)
        owner = "BinaryAccuracy"
        self.threshold = arguments.real_number(owner, "threshold", threshold)

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return y_true == (y_pred > threshold)."""
        return binary_accuracy(y_true, y_pred, self.threshold)


class CategoricalAccuracy(MeanMetric):
    """How often the largest prediction is that of the one-hot target.

    Value:     value = (y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)).mean()

    Source: `keras.metrics.CategoricalAccuracy`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)."""
        return categorical_accuracy(y_true, y_pred)


class SparseCategoricalAccuracy(MeanMetric):
    """How often the largest prediction is that of the label.

    Value:     value = (y_true == y_pred.argmax(axis=-1)).mean()

    Source: `keras.metrics.SparseCategoricalAccuracy`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return y_true == y_pred.argmax(axis=-1)."""
        return sparse_categorical_accuracy(y_true, y_pred)


class TopKCategoricalAccuracy(MeanMetric):
    """How often the one-hot target is among the k largest predictions.

    Value:     own = (y_true * y_pred).sum(axis=-1, keepdims=True)
               value = ((y_pred > own).sum(axis=-1) < k).mean()

    Args:
        k: How many predictions count, 5 by default.
        name: "top_k_categorical_accuracy" by default.

    Source: `keras.metrics.TopKCategoricalAccuracy`.
    """

    k: int

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        self.k = arguments.whole_number("TopKCategoricalAccuracy", "k", k)

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return whether y_true.argmax(axis=-1) is among the k largest."""
        return top_k_categorical_accuracy(y_true, y_pred, self.k)


class SparseTopKCategoricalAccuracy(MeanMetric):
    """How often the label is among the k largest predictions.

    Value:     one_hot = y_true[:, None] == arange(y_pred.shape[1])
               own = (one_hot * y_pred).sum(axis=-1, keepdims=True)
               value = ((y_pred > own).sum(axis=-1) < k).mean()

    Args:
        k: How many predictions count, 5 by default.
        name: "sparse_top_k_categorical_accuracy" by default.

    Source: `keras.metrics.SparseTopKCategoricalAccuracy`.
    """

    _keras_only = ("dtype", "from_sorted_ids")
    k: int

    def __init__(self, k: int = 5, name: str | None = None) -> None:
        super().__init__(name)
        self.k = arguments.whole_number("SparseTopKCategoricalAccuracy", "k", k)

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return whether y_true is among the k largest."""
        return sparse_top_k_categorical_accuracy(y_true, y_pred, self.k)


def _ones(right: np.ndarray) -> Array:
    ones: Array = right.astype(float)
    return ones


def _labels(owner: str, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    """Return labels, one for each row of predictions, and the predictions."""
    labels, predictions = pair(owner, y_true, y_pred)
    expected = predictions.shape[:-1]
    if labels.shape == (*expected, 1):
        labels = labels[..., 0]
    if labels.shape != expected:
        raise ShapeError(
            f"{owner}: y_true has shape {labels.shape}, but predictions of shape "
            f"{predictions.shape} need labels of shape {expected}"
        )
    return check_labels(owner, labels, predictions.shape[-1]), predictions


def _in_top(labels: np.ndarray, predictions: Array, k: int) -> Array:
    """Return 1 where the label's prediction has fewer than k larger ones."""
    own = np.take_along_axis(predictions, labels[..., np.newaxis], axis=-1)
    return _ones((predictions > own).sum(axis=-1) < k)
