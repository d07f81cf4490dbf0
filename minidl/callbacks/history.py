"""What a run leaves behind: its numbers, epoch by epoch."""

import math
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from minidl.callbacks.callback import Callback, Logs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class History(Callback):
    """What `fit` returns: the numbers of every epoch.

    One of your own among the callbacks gets the numbers, too.

    Attributes:
        params: "epochs", "steps" and "verbose" of the run, as in every callback.
        epoch: The numbers of the epochs, from 0, as in Keras.
        history: A list for "loss" and each metric and, with validation data, for
            "val_loss" and the like. The loss of an epoch is the mean over its samples,
            each taken when its batch came up, before the update; the validation loss
            is taken at the end of the epoch.
    """

    only_watches = True
    _adds_numbers = False
    epoch: list[int]
    history: dict[str, list[float]]  # or of arrays, for metrics that are arrays

    def __init__(self) -> None:
        self.epoch, self.history = [], {}
        self._late: dict[str, list[int]] = {}  # places of what came after a gap

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin anew, as one that `fit` returns does."""
        self.epoch, self.history, self._late = [], {}, {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Add the numbers of the epoch."""
        self.append(epoch, logs or {})

    def append(self, epoch: int, logs: dict[str, Any]) -> None:
        """Add the numbers of one epoch."""
        row = len(self.epoch)
        self.epoch.append(epoch)
        for name, value in logs.items():
            column = self.history.setdefault(name, [])
            if len(column) < row:  # some epoch before had no such number
                self._late.setdefault(name, []).append(row)
            column.append(value)

    def curves(self) -> dict[str, list[float]]:
        """Return what is one number an epoch, with NaN where an epoch lacks it."""
        found: dict[str, list[float]] = {}
        for name, values in self.history.items():
            if np.ndim(values[0]) == 0:
                found[name] = [math.nan] * len(self.epoch)
                late = self._late.get(name, [])
                rows = [*range(len(values) - len(late)), *late]
                for row, value in zip(rows, values, strict=True):
                    found[name][row] = value
        return found

    def plot(self, path: str | PathLike[str] | None = None) -> "Figure":
        """Draw the loss over the epochs on a log axis, and metrics from 0 to 1 beside.

        Args:
            path: Where to write the picture; nowhere by default.

        Returns:
            The matplotlib figure.

        Raises:
            ImportError: without matplotlib; it is in the extra "plot".
        """
        from minidl.plotting import plot_curves

        return plot_curves(self.epoch, self.curves(), path)

    def __repr__(self) -> str:
        last = ", ".join(
            f"{name}={values[-1]:.4g}"
            for name, values in self.history.items()
            if np.ndim(values[-1]) == 0
        )
        return f"<History of {len(self.epoch)} epochs{': ' + last if last else ''}>"
