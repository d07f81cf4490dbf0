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

Then let `minidl.gradient_check.check_loss(SumOfSquares())` prove `gradient`.
"""

from abc import ABCMeta, abstractmethod
from typing import TYPE_CHECKING, Never

import numpy as np

from minidl import aliases, arguments
from minidl.configuration import Configurable
from minidl.constants import constant
from minidl.errors import NotForwardedError, ShapeError
from minidl.types import Array, ArrayLike


class Loss(Configurable, metaclass=ABCMeta):
    """The contract: `forward` gives the number, `gradient` its derivative."""

    def __init__(self, **_unknown: Never) -> None:
        keras_only = ("reduction", "name", "dtype")
        arguments.unsupported(type(self).__name__, _unknown, keras_only)

    @abstractmethod
    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        """Return the loss of a batch, and keep what `gradient` needs.

        Both arrays have the same shape. The number is the mean over the samples or a
        sum; training reports it weighted by the size of the batch.
        """

    @abstractmethod
    def gradient(self) -> Array:
        """Return dLoss/dy_pred at the last `forward`, in the shape of y_pred."""

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike) -> float:
        """Return the loss of predictions given as anything array-like, checked.

        Raises:
            ShapeError: if the shapes differ; nothing is broadcast.
        """
        owner = type(self).__name__
        single = getattr(y_pred, "dtype", None) == np.float32
        dtype = np.dtype("float32" if single else "float64")
        predictions = arguments.real_array(owner, "y_pred", y_pred, dtype)
        targets = arguments.real_array(owner, "y_true", y_true, dtype)
        if targets.shape != predictions.shape:
            raise ShapeError(
                f"{owner}: y_true has shape {targets.shape} and y_pred "
                f"{predictions.shape}: they must be the same"
            )
        if targets.size == 0:
            raise ShapeError(f"{owner}: y_true and y_pred hold 0 samples")
        with np.errstate(over="ignore"):
            return self.forward(targets, predictions)

    if not TYPE_CHECKING:  # type checkers shall still find misspelt attributes

        def __getattr__(self, name: str) -> object:
            """Say why an attribute that `forward` keeps is missing."""
            owner = type(self).__name__
            if name.startswith("_") and not name.startswith("__"):
                raise NotForwardedError(
                    f"{owner} has no {name!r}, which forward() keeps for gradient(): "
                    f"call the loss on y_true and y_pred before gradient()"
                )
            raise AttributeError(f"{owner} has no attribute {name!r}")


class MeanSquaredError(Loss):
    """The square of the error, averaged over all samples and outputs.

    Forward:   loss = ((y_pred - y_true)**2).mean()
    Gradient:  dy_pred = 2 * (y_pred - y_true) / y_pred.size
    Shapes:    y_true, y_pred (batch, outputs), loss one number
    Keeps:     y_pred - y_true, until the next forward

    Books differ in the factor: many halve the sum or divide by the batch alone. The
    conventions page of the documentation has the table. Also importable as `MSE`.
    Source: `keras.losses.MeanSquaredError`.
    """

    _error: Array  # (batch, outputs)

    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        """Return ((y_pred - y_true)**2).mean()."""
        self._error = y_pred - y_true
        return float(np.vdot(self._error, self._error)) / self._error.size

    def gradient(self) -> Array:
        """Return 2 * (y_pred - y_true) / y_pred.size."""
        return self._error * constant(2 / self._error.size, self._error.dtype)


MSE = MeanSquaredError


def get(identifier: object) -> Loss:
    """Return the loss that a name, a configuration or an instance means."""
    return aliases.resolve("loss", identifier, Loss, aliases.LOSSES, globals())
