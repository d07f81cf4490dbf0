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

from abc import ABC, abstractmethod
from typing import Self

import numpy as np

from minidl import aliases, arguments, config
from minidl.errors import ShapeError
from minidl.types import Array, ArrayLike


class Loss(ABC):
    """The contract: `forward` gives the number, `gradient` its derivative."""

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
        dtype = np.result_type(np.asarray(y_pred).dtype, np.float32)
        predictions = arguments.real_array(owner, "y_pred", y_pred, dtype)
        targets = arguments.real_array(owner, "y_true", y_true, dtype)
        if targets.shape != predictions.shape:
            raise ShapeError(
                f"{owner}: y_true has shape {targets.shape} and y_pred "
                f"{predictions.shape}: they must be the same"
            )
        return self.forward(targets, predictions)

    def get_config(self) -> config.Config:
        """Return the constructor's arguments."""
        return config.get_config(self)

    @classmethod
    def from_config(cls, config: config.Config) -> Self:
        """Make a loss from its `get_config`."""
        return cls(**config)

    def __repr__(self) -> str:
        return config.call_text(self)


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
        return (2 / self._error.size) * self._error


MSE = MeanSquaredError


def get(identifier: object) -> Loss:
    """Return the loss that a name, a configuration or an instance means."""
    return aliases.resolve("loss", identifier, Loss, aliases.LOSSES, globals())
