"""What is measured and not trained on: numbers that are gathered batch by batch.

To write your own, subclass `Metric` and define three methods:

    >>> class WorstError(Metric):
    ...     '''The largest error of all.'''
    ...
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         error = np.abs(np.asarray(y_pred) - np.asarray(y_true)).max()
    ...         self.worst = max(self.worst, float(error))
    ...
    ...     def result(self):
    ...         return self.worst
    ...
    ...     def reset_state(self):
    ...         self.worst = 0.0
    >>> metric = WorstError()
    >>> metric.update_state([1.0, 2.0], [1.5, 2.0])
    >>> metric.update_state([3.0], [0.0])
    >>> metric.result()
    3.0
    >>> metric.name
    'worst_error'

`reset_state` runs once in the constructor, and later at the start of each epoch. A
metric that is a mean over the samples needs less: see `MeanMetric`.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from minidl import arguments, arrays
from minidl.configuration import Config, Configurable, snake_case
from minidl.errors import ShapeError
from minidl.types import Array, ArrayLike

FLOAT64 = np.dtype("float64")  # of all sums, whatever a model computes in


class Statistic(Configurable, metaclass=ABCMeta):
    """The base of metrics and of `Mean` and `Sum`: a name, a result and a reset.

    Args:
        name: What logs call it; the class's name in lower case by default.
    """

    name: str
    _keras_only: ClassVar[tuple[str, ...]] = ("dtype",)

    def __init__(self, name: str | None = None) -> None:
        owner = type(self).__name__
        given = snake_case(owner) if name is None else name
        self.name = arguments.text(owner, "name", given)
        try:
            self.reset_state()
        except AttributeError as error:
            error.add_note(
                f"{owner}: the constructor of metrics calls reset_state(), which is to "
                f"set all that update_state() changes"
            )
            raise

    @property
    def label(self) -> str:
        """How error messages call it: "metric 'mse'"."""
        return f"metric {self.name!r}"

    @abstractmethod
    def result(self) -> float | Array:
        """Return the value for everything since the last reset."""

    @abstractmethod
    def reset_state(self) -> None:
        """Forget everything."""


class Metric(Statistic):
    """The contract of what compares predictions with targets, batch by batch.

    Args:
        name: What logs call it; the class's name in lower case by default.

    Source: `keras.metrics.Metric`.
    """

    @abstractmethod
    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account.

        Args:
            y_true: The targets, one sample a row.
            y_pred: The predictions.
            sample_weight: What each sample counts; None (default) is 1.
        """

    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> float | Array:
        """Take a batch into account and return the result so far."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()


class Mean(Statistic):
    """The mean of numbers, by their weights.

    Args:
        name: "mean" by default.

    Source: `keras.metrics.Mean`.
    """

    total: float
    count: float

    def update_state(
        self, values: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take numbers into account, one or several a row."""
        array = arrays.real_array("Mean", "values", values, FLOAT64)
        total, count = sums("Mean", array, sample_weight)
        self.total += total
        self.count += count

    def result(self) -> float:
        """Return the mean, 0 for nothing."""
        return self.total / self.count if self.count else 0.0

    def reset_state(self) -> None:
        """Forget all numbers."""
        self.total = self.count = 0.0


class Sum(Statistic):
    """The sum of numbers, by their weights.

    Args:
        name: "sum" by default.

    Source: `keras.metrics.Sum`.
    """

    total: float

    def update_state(
        self, values: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take numbers into account, one or several a row."""
        array = arrays.real_array("Sum", "values", values, FLOAT64)
        if sample_weight is not None:
            array = array * weight_of_each("Sum", sample_weight, array.shape)
        self.total += float(array.sum())

    def result(self) -> float:
        """Return the sum."""
        return self.total

    def reset_state(self) -> None:
        """Forget all numbers."""
        self.total = 0.0


class MeanMetric(Metric):
    """A metric that is the mean of a value that each sample has.

    Value:     value = (values * sample_weight).sum() / sample_weight.sum()

    To write your own, define `values`:

        >>> class Overshoot(MeanMetric):
        ...     '''By how much predictions exceed their targets.'''
        ...
        ...     def values(self, y_true, y_pred):
        ...         return np.maximum(y_pred - y_true, 0)
        >>> Overshoot()([1.0, 2.0], [1.5, 1.0])
        0.25

    Args:
        name: What logs call it; the class's name in lower case by default.
    """

    total: float
    count: float

    @abstractmethod
    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return the values of a batch, one or several for each sample, in float64."""

    def update_state(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> None:
        """Take a batch into account."""
        owner = type(self).__name__
        values = self.values(*pair(owner, y_true, y_pred))
        total, count = sums(owner, values, sample_weight)
        self.total += total
        self.count += count

    def result(self) -> float:
        """Return the mean over the samples, 0 for none."""
        return self.total / self.count if self.count else 0.0

    def reset_state(self) -> None:
        """Forget all samples."""
        self.total = self.count = 0.0


class MeanMetricWrapper(MeanMetric):
    """The mean of what a function of (y_true, y_pred) returns.

    Args:
        fn: The function: one or several values for each sample, or one for the batch.
        name: The function's name by default.
        options: What else the function takes.

    Source: `keras.metrics.MeanMetricWrapper`.
    """

    fn: Callable[..., ArrayLike]
    options: dict[str, Any]

    def __init__(
        self, fn: Callable[..., ArrayLike], name: str | None = None, **options: Any
    ) -> None:
        if not callable(fn):
            raise TypeError(
                f"MeanMetricWrapper: fn must be a function of (y_true, y_pred), got "
                f"{fn!r}"
            )
        if name is None:
            name = getattr(fn, "__name__", type(fn).__name__).strip("<>")
        super().__init__(name)
        self.fn, self.options = fn, options

    def values(self, y_true: Array, y_pred: Array) -> Array:
        """Return what the function returns."""
        values = np.asarray(self.fn(y_true, y_pred, **self.options))
        if values.dtype.kind not in "fiub":
            raise TypeError(
                f"the metric {self.name!r} returned {values.tolist()!r:.60}: it must "
                f"return a number for each sample, or one for the batch"
            )
        return values.astype(FLOAT64)

    def get_config(self) -> Config:
        """Return the constructor's arguments, those for the function among them."""
        return {**super().get_config(), **self.options}


def pair(owner: str, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    """Return targets and predictions in float64, as many of each, or raise.

    Where one is (n,) and the other (n, 1), both become (n, 1).
    """
    targets = arrays.real_array(owner, "y_true", y_true, FLOAT64)
    predictions = arrays.real_array(owner, "y_pred", y_pred, FLOAT64)
    for name, array in (("y_true", targets), ("y_pred", predictions)):
        if array.ndim == 0:
            raise ShapeError(f"{owner}: {name} is a number: pass one sample a row")
    if len(targets) != len(predictions):
        raise ShapeError(
            f"{owner}: y_true has {len(targets)} samples, y_pred {len(predictions)}: "
            f"each prediction needs one target"
        )
    if {targets.shape[1:], predictions.shape[1:]} == {(), (1,)}:
        return targets.reshape(-1, 1), predictions.reshape(-1, 1)
    return targets, predictions


def same_shape(owner: str, y_true: Array, y_pred: Array) -> None:
    """Raise unless targets and predictions have one shape."""
    if y_true.shape != y_pred.shape:
        classes = y_pred.shape[-1]
        labels = y_true.shape in (y_pred.shape[:-1], (*y_pred.shape[:-1], 1))
        hint = f"; labels become so by utils.to_categorical(y, {classes})"
        raise ShapeError(
            f"{owner}: y_true has shape {y_true.shape} and y_pred {y_pred.shape}: "
            f"they must be the same{hint if labels else ''}"
        )


def weights(owner: str, sample_weight: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return the weights of values of a shape, or raise."""
    weight = arrays.real_array(owner, "sample_weight", sample_weight, FLOAT64)
    if weight.ndim == len(shape) + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    if weight.shape != shape[: weight.ndim]:
        raise ShapeError(
            f"{owner}: sample_weight has shape {weight.shape}, but there are values of "
            f"shape {shape}: each sample needs one weight"
        )
    return weight


def weight_of_each(
    owner: str, sample_weight: ArrayLike | None, shape: tuple[int, ...]
) -> Array:
    """Return the weight of each value of a shape, 1 without weights; or raise."""
    if sample_weight is None:
        return np.ones(shape)
    weight = weights(owner, sample_weight, shape)
    missing = (1,) * (len(shape) - weight.ndim)
    return np.broadcast_to(weight.reshape(weight.shape + missing), shape)


def sums(
    owner: str, values: Array, sample_weight: ArrayLike | None
) -> tuple[float, float]:
    """Return the sum of the samples' values, by their weights, and of the weights."""
    if sample_weight is None:
        if values.size == 0:
            return 0.0, 0.0
        count = len(values) if values.ndim else 1
        return float(values.mean()) * count, float(count)
    weight = weights(owner, sample_weight, values.shape)
    if values.size == 0:
        return 0.0, 0.0
    values = values.mean(axis=tuple(range(weight.ndim, values.ndim)))
    rows = len(weight) / weight.size if weight.ndim else 1.0  # weights a row, inverted
    return float((values * weight).sum()) * rows, float(weight.sum()) * rows
