"""The losses as functions that return one value a sample, as in Keras.

`compile(loss=mean_squared_error)` means the class of that name.
"""

from minidl.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
)
from minidl.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from minidl.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from minidl.losses.sparse_crossentropy import SparseCategoricalCrossentropy
from minidl.types import Array, ArrayLike


def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `MeanSquaredError` for each sample."""
    return MeanSquaredError().each(y_true, y_pred)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `MeanAbsoluteError` for each sample."""
    return MeanAbsoluteError().each(y_true, y_pred)


def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `MeanAbsolutePercentageError` for each sample."""
    return MeanAbsolutePercentageError().each(y_true, y_pred)


def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `MeanSquaredLogarithmicError` for each sample."""
    return MeanSquaredLogarithmicError().each(y_true, y_pred)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """Return the value of `Huber` for each sample."""
    return Huber(delta).each(y_true, y_pred)


def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `LogCosh` for each sample."""
    return LogCosh().each(y_true, y_pred)


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `Poisson` for each sample."""
    return Poisson().each(y_true, y_pred)


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    """Return the value of `CosineSimilarity` for each sample."""
    return CosineSimilarity(axis).each(y_true, y_pred)


def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `KLDivergence` for each sample."""
    return KLDivergence().each(y_true, y_pred)


def binary_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Return the value of `BinaryCrossentropy` for each sample."""
    loss = BinaryCrossentropy(from_logits, label_smoothing, axis)
    return loss.each(y_true, y_pred)


def categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Return the value of `CategoricalCrossentropy` for each sample."""
    loss = CategoricalCrossentropy(from_logits, label_smoothing, axis)
    return loss.each(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Array:
    """Return the value of `SparseCategoricalCrossentropy` for each sample."""
    loss = SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
    return loss.each(y_true, y_pred)


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `Hinge` for each sample."""
    return Hinge().each(y_true, y_pred)


def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `SquaredHinge` for each sample."""
    return SquaredHinge().each(y_true, y_pred)


def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the value of `CategoricalHinge` for each sample."""
    return CategoricalHinge().each(y_true, y_pred)
