"""The losses of classifiers, as metrics: their means over the samples."""

from minidl import losses
from minidl.metrics.metric import MeanMetric, pair, weight_of_each
from minidl.types import Array, ArrayLike


class KLDivergence(MeanMetric):
    """The mean of `losses.KLDivergence` over the samples.

    Value:     value = (y_true * log(y_true / y_pred)).sum(axis=-1).mean()

    Source: `keras.metrics.KLDivergence`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return (y_true * log(y_true / y_pred)).sum(axis=-1)."""
        return losses.kl_divergence(y_true, y_pred)


class Poisson(MeanMetric):
    """The mean of `losses.Poisson` over the samples.

    Value:     value = (y_pred - y_true * log(y_pred + 1e-7)).mean()

    Source: `keras.metrics.Poisson`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return (y_pred - y_true * log(y_pred)).mean(axis=-1)."""
        return losses.poisson(y_true, y_pred)


class BinaryCrossentropy(MeanMetric):
    """The mean of `losses.BinaryCrossentropy` over the samples.

    Value:     value = -(y_true * log(y_pred) + (1 - y_true) * log(1 - y_pred)).mean()

    Args:
        name: "binary_crossentropy" by default.
        from_logits: Whether predictions are logits; False by default.
        label_smoothing: How much of each target is replaced by 1/2, 0.0 by default.

    Source: `keras.metrics.BinaryCrossentropy`.
    """

    from_logits: bool
    label_smoothing: float

    def __init__(
        self,
        name: str | None = None,
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(name)
        self._loss = losses.BinaryCrossentropy(from_logits, label_smoothing)
        self.from_logits = self._loss.from_logits
        self.label_smoothing = self._loss.label_smoothing

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return the loss of each sample."""
        return self._loss.each(y_true, y_pred)


class CategoricalCrossentropy(MeanMetric):
    """The mean of `losses.CategoricalCrossentropy` over the samples.

    Value:     p = y_pred / y_pred.sum(axis=-1, keepdims=True)
               value = -(y_true * log(p)).sum(axis=-1).mean()

    Args:
        name: "categorical_crossentropy" by default.
        from_logits: Whether predictions are logits; False by default.
        label_smoothing: How much of each target is spread over the classes, 0.0 by
            default.
        axis: The axis of the classes, -1 by default.

    Source: `keras.metrics.CategoricalCrossentropy`.
    """

    from_logits: bool
    label_smoothing: float
    axis: int

    def __init__(
        self,
        name: str | None = None,
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        super().__init__(name)
        self._loss = losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)
        self.from_logits, self.axis = self._loss.from_logits, self._loss.axis
        self.label_smoothing = self._loss.label_smoothing

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return the loss of each sample."""
        return self._loss.each(y_true, y_pred)


class SparseCategoricalCrossentropy(MeanMetric):
    """The mean of `losses.SparseCategoricalCrossentropy` over the samples.

    Value:     one_hot = y_true[:, None] == arange(y_pred.shape[1])
               p = y_pred / y_pred.sum(axis=-1, keepdims=True)
               value = -(one_hot * log(p)).sum(axis=-1).mean()

    Args:
        name: "sparse_categorical_crossentropy" by default.
        from_logits: Whether predictions are logits; False by default.
        ignore_class: A label whose samples do not count; None by default. Keras counts
            them as samples of loss 0.
        axis: The axis of the classes, -1 by default.

    Source: `keras.metrics.SparseCategoricalCrossentropy`.
    """

    from_logits: bool
    ignore_class: int | None
    axis: int

    def __init__(
        self,
        name: str | None = None,
        *,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        super().__init__(name)
        self._loss = losses.SparseCategoricalCrossentropy(
            from_logits, ignore_class, axis=axis
        )
        self.from_logits, self.axis = self._loss.from_logits, self._loss.axis
        self.ignore_class = self._loss.ignore_class

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return the loss of each sample."""
        return self._loss.each(y_true, y_pred)

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account, less what is to be ignored."""
        if self.ignore_class is not None:
            owner = type(self).__name__
            y_true, y_pred = pair(owner, y_true, y_pred)
            counted = (y_true != self.ignore_class).astype(float)
            if sample_weight is not None:
                counted *= weight_of_each(owner, sample_weight, counted.shape)
            sample_weight = counted
        super().update_state(y_true, y_pred, sample_weight)


class Hinge(MeanMetric):
    """The mean of `losses.Hinge` over the samples.

    Value:     value = maximum(1 - y_true * y_pred, 0).mean()

    Source: `keras.metrics.Hinge`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return maximum(1 - y_true * y_pred, 0).mean(axis=-1)."""
        return losses.hinge(y_true, y_pred)


class SquaredHinge(MeanMetric):
    """The mean of `losses.SquaredHinge` over the samples.

    Value:     value = (maximum(1 - y_true * y_pred, 0)**2).mean()

    Source: `keras.metrics.SquaredHinge`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return (maximum(1 - y_true * y_pred, 0)**2).mean(axis=-1)."""
        return losses.squared_hinge(y_true, y_pred)


class CategoricalHinge(MeanMetric):
    """The mean of `losses.CategoricalHinge` over the samples.

    Value:     target = (y_true * y_pred).sum(axis=-1)
               other = ((1 - y_true) * y_pred).max(axis=-1)
               value = maximum(other - target + 1, 0).mean()

    Source: `keras.metrics.CategoricalHinge`.
    """

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return maximum(other - target + 1, 0)."""
        return losses.categorical_hinge(y_true, y_pred)
