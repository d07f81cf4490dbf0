"""What training makes small: one number that says how wrong the predictions are.

A loss is used like a layer: called on targets and predictions it returns the number and
keeps what `gradient` needs, which returns dLoss/dprediction, the first `dy` of
`backward`.

To write your own, subclass `Loss` and define `forward` and `gradient`:

    >>> class SumOfSquares(Loss):
    ...     def forward(self, y_true, y_pred, /):
    ...         self._error = y_pred - y_true
    ...         return float((self._error**2).sum())
    ...
    ...     def gradient(self):
    ...         return 2 * self._error
    >>> SumOfSquares()([[1.0], [2.0]], [[1.5], [1.0]])
    1.25

A loss that has a value for each sample, of which it is the mean, is less to write and
can do more: see `SampleLoss`. Either way, let
`minidl.gradient_check.check_loss(SumOfSquares())` prove the gradient.
"""

from abc import ABCMeta, abstractmethod
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from minidl import arguments, arrays
from minidl.announced import announce
from minidl.configuration import Configurable, snake_case
from minidl.constants import constant, ones
from minidl.errors import NotForwardedError, ShapeError
from minidl.types import Array, ArrayLike, Shape

Reduction: TypeAlias = Literal[
    "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight"
]
"""How the values of the samples become one number."""

REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight")


class Loss(Configurable, metaclass=ABCMeta):
    """The contract: `forward` gives the number, `gradient` its derivative."""

    sample_weight: Array | None = None  # set by training; a `SampleLoss` heeds it
    _keras_only: ClassVar[tuple[str, ...]] = ("reduction", "name", "dtype")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        announce(cls)

    def __init__(self) -> None:  # guarded, as object's own is not: see keywords.py
        super().__init__()

    @abstractmethod
    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        """Return the loss of a batch, and keep what `gradient` needs.

        The targets are as `check_targets` returned them: of the predictions' shape, if
        the loss does not say otherwise. The number is the mean over the samples or a
        sum; training reports it weighted by the size of the batch.
        """

    @abstractmethod
    def gradient(self) -> Array:
        """Return dLoss/dy_pred at the last `forward`, in the shape of y_pred."""

    def explain(self, y_pred: Array, /) -> str:
        """Return why predictions have no finite loss; "" (default) if it cannot tell.

        Training asks this when the loss is not finite and all predictions are.
        """
        return ""

    def check_targets(self, y: Array, output_shape: Shape) -> Array:
        """Return the targets as `forward` takes them, or raise if they fit nothing.

        Training calls this once, for all targets. Here they must have the shape of the
        predictions, of which a last axis of 1 may be left out. Override it for a loss
        whose targets are something else: labels, or numbers within bounds.

        Args:
            y: The targets, one sample a row.
            output_shape: The shape of one sample's prediction.

        Raises:
            ShapeError: if the shapes differ; nothing is broadcast.
            ValueError: if the numbers are not what they must be.
        """
        if y.ndim > 0 and (*y.shape[1:], 1) == output_shape:
            return y[..., np.newaxis]
        if y.shape[1:] != output_shape:
            raise ShapeError(
                f"y has shape {y.shape}, but the predictions have shape "
                f"{(len(y), *output_shape)}: make the last layer and y agree"
            )
        return y

    def check_predictions(self, y_pred: Array, /) -> None:
        """Raise if a model's predictions are not what the loss is for.

        A run calls this once, before its first step, with the finite predictions of two
        samples. Here nothing is refused. Override it for a loss of probabilities, say.

        Raises:
            ValueError: if they are not.
        """

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike) -> float:
        """Return the loss of predictions given as anything array-like, checked.

        Raises:
            ShapeError: if the shapes do not fit; nothing is broadcast.
            ValueError: if the targets are not what the loss is for.
        """
        with np.errstate(over="ignore"):
            return self.forward(*self._checked(y_true, y_pred))

    def _checked(self, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
        """Return targets and predictions as `forward` takes them, or raise."""
        owner = type(self).__name__
        single = getattr(y_pred, "dtype", None) == np.float32
        dtype = np.dtype("float32" if single else "float64")
        predictions = arrays.real_array(owner, "y_pred", y_pred, dtype)
        targets = arrays.real_array(owner, "y_true", y_true, dtype)
        if predictions.ndim == 0 or targets.ndim == 0:
            raise ShapeError(f"{owner}: y_true and y_pred must be arrays, not numbers")
        if targets.size == 0 or predictions.size == 0:
            raise ShapeError(f"{owner}: y_true and y_pred hold 0 samples")
        if predictions.ndim > 1 and len(targets) != len(predictions):
            raise ShapeError(
                f"{owner}: y_true has {len(targets)} samples, y_pred "
                f"{len(predictions)}: each prediction needs one target"
            )
        if predictions.ndim == 1:  # one sample, as Keras takes it
            targets = self.check_targets(targets[np.newaxis], predictions.shape)
            return targets[0], predictions
        return self.check_targets(targets, predictions.shape[1:]), predictions

    def _missing(self, name: str) -> AttributeError:
        owner = type(self).__name__
        if not name.startswith("_"):
            return AttributeError(f"{owner} has no {name!r}")
        return NotForwardedError(
            f"{owner} has no {name!r}, which forward() keeps for gradient(): call the "
            f"loss on y_true and y_pred before gradient()"
        )


class SampleLoss(Loss):
    """A loss that has a value for each sample, and is their mean or their sum.

    Forward:   loss = (values * sample_weight).sum() / N
    Gradient:  dy_pred = slopes * sample_weight / N
    Shapes:    values (batch, ...), slopes (batch, ..., outputs), loss one number
    Keeps:     sample_weight / N, until the next forward

    N is the number of values, whatever the weights, as in Keras. To write your own,
    define `values` and their derivatives, `slopes`:

        >>> class SumOfSquares(SampleLoss):
        ...     def values(self, y_true, y_pred, /):
        ...         self._error = y_pred - y_true
        ...         return (self._error**2).sum(axis=-1)
        ...
        ...     def slopes(self):
        ...         return 2 * self._error
        >>> SumOfSquares()([[1.0], [2.0]], [[1.5], [1.0]])
        0.625

    Args:
        reduction: "sum_over_batch_size" (default) or "mean": N is the number of values;
            "sum": N is 1; "mean_with_sample_weight": N is the sum of the weights.
        name: The class's name in lower case by default.

    Attributes:
        sample_weight: What each sample counts, (batch,); None, as at first, is 1.
        axis: The axis of the predictions that `values` does not have, the last one.

    Source: `keras.losses.Loss`.
    """

    reduction: Reduction
    name: str
    axis: int = -1
    _scale: Array  # sample_weight / N, which multiplies predictions
    _counted: Array | None = None  # 1 where a value counts and 0 where not; or all do

    def __init__(
        self,
        reduction: Reduction = "sum_over_batch_size",
        name: str | None = None,
    ) -> None:
        super().__init__()
        owner = type(self).__name__
        if name is None:
            name = snake_case(owner)
        self.reduction = _check_reduction(owner, reduction)
        self.name = arguments.text(owner, "name", name)

    @abstractmethod
    def values(self, y_true: Array, y_pred: Array, /) -> Array:
        """Return each sample's value, and keep what `slopes` needs."""

    @abstractmethod
    def slopes(self) -> Array:
        """Return d value / d y_pred of each value, in the shape of y_pred, afresh."""

    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        """Return the mean or the sum of the values, each by its weight."""
        values = self.values(y_true, y_pred)
        weight = self._weight(values)
        count = self._count(values, weight)
        if weight is None:
            self._scale = constant(1 / count, values.dtype)
        else:
            self._scale = np.expand_dims(weight / count, self.axis)
            values = values * weight
        each = values.ravel()
        return float(ones(each.size, each.dtype).dot(each)) / count  # ones: a sum

    def gradient(self) -> Array:
        """Return slopes * sample_weight / N."""
        slopes = self.slopes()
        slopes *= self._scale
        return slopes

    def each(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Return each sample's value, for anything array-like, checked.

        Raises:
            ShapeError, ValueError: as a call of the loss does.
        """
        with np.errstate(over="ignore"):
            return self.values(*self._checked(y_true, y_pred))

    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the loss of predictions given as anything array-like, checked.

        Args:
            y_true: The targets.
            y_pred: The predictions.
            sample_weight: What each sample counts; None (default) is 1.

        Raises:
            ShapeError: if the shapes do not fit; nothing is broadcast.
            ValueError: if the targets are not what the loss is for.
        """
        targets, predictions = self._checked(y_true, y_pred)
        kept = self.sample_weight
        if sample_weight is not None:
            self.sample_weight = arrays.real_array(
                type(self).__name__, "sample_weight", sample_weight, predictions.dtype
            )
        try:
            with np.errstate(over="ignore"):
                return self.forward(targets, predictions)
        finally:
            self.sample_weight = kept

    def _weight(self, values: Array) -> Array | None:
        """Return the samples' weights in the shape of their values."""
        weight = self.sample_weight
        if weight is None:
            return None
        if weight.shape != values.shape[: weight.ndim]:
            raise ShapeError(
                f"{type(self).__name__}: sample_weight has shape {weight.shape}, but "
                f"there are {values.shape} values: each sample needs one weight"
            )
        missing = (1,) * (values.ndim - weight.ndim)
        return np.broadcast_to(weight.reshape(weight.shape + missing), values.shape)

    def _count(self, values: Array, weight: Array | None) -> float:
        """Return N, the number by which the sum of the values is divided."""
        if self.reduction == "sum":
            return 1.0
        counted = self._counted
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            count = float((weight if counted is None else weight * counted).sum())
        else:
            count = float(values.size if counted is None else counted.sum())
        return count or 1.0  # of nothing that counts the mean is 0, not NaN


def _check_reduction(owner: str, reduction: Reduction) -> Reduction:
    given: object = reduction
    if given is None or (isinstance(given, str) and given == "none"):
        raise ValueError(
            f"{owner}: reduction={given!r} leaves a number for each sample, which "
            f"nothing can train on: call each(y_true, y_pred) for those numbers"
        )
    arguments.choice(owner, "reduction", given, REDUCTIONS)
    return reduction
