"""Which class was taken for which."""

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.losses.targets import check_labels
from minidl.metrics.metric import Metric, pair, weight_of_each
from minidl.types import Array, ArrayLike


class ConfusionMatrix(Metric):
    """How often each class was taken for each: a row for every true class.

    Value:     classes = arange(num_classes)[:, None]
               taken = 1 * (y_pred.argmax(axis=-1) == classes)
               value = 1 * (y_true == classes) @ taken.T

    Args:
        num_classes: How many classes there are.
        name: "confusion_matrix" by default.

    Targets are labels or one-hot. Predictions are one for each class, or, for two
    classes, the probability of the second. Keras has no such metric.
    """

    num_classes: int
    _weights: Array  # (true class, predicted class)

    def __init__(self, num_classes: int, name: str | None = None) -> None:
        owner = "ConfusionMatrix"
        self.num_classes = arguments.whole_number(owner, "num_classes", num_classes, 2)
        super().__init__(name)

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account."""
        owner, n = "ConfusionMatrix", self.num_classes
        targets, predictions = pair(owner, y_true, y_pred)
        if predictions.ndim == 2 and predictions.shape[1] == n:
            chosen = predictions.argmax(axis=1)
        elif predictions.shape[1:] == (1,) and n == 2:
            chosen = (predictions[:, 0] > 0.5).astype(int)
        else:
            raise ShapeError(
                f"{owner}: y_pred has shape {predictions.shape}, which is not one "
                f"prediction for each of {n} classes"
            )
        if targets.shape == (len(chosen), n):
            targets = targets.argmax(axis=1).astype(float)
        if targets.size != len(chosen):
            raise ShapeError(
                f"{owner}: y_true has shape {targets.shape}, which is neither a label "
                f"nor one-hot for each of {len(chosen)} samples"
            )
        labels = check_labels(owner, targets.reshape(-1), n).astype(int)
        weight = weight_of_each(owner, sample_weight, chosen.shape)
        cells = np.bincount(labels * n + chosen, weights=weight, minlength=n * n)
        self._weights = self._weights + cells.reshape(n, n)

    def result(self) -> Array:
        """Return the counts, integers unless there were weights that are not."""
        shape = (self.num_classes, self.num_classes)
        weights = np.broadcast_to(self._weights, shape)
        counts = np.rint(weights)
        whole = bool((counts == weights).all())
        return counts.astype(int) if whole else weights.copy()

    def reset_state(self) -> None:
        """Forget all samples."""
        self._weights = np.zeros(())  # which takes its shape with the first batch
