"""What watches a model while it trains."""

from os import PathLike
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class History:
    """What `fit` returns: the loss of every epoch.

    Attributes:
        epoch: The numbers of the epochs, from 0, as in Keras.
        history: A list for each of "loss" and, with validation data, "val_loss". The
            loss of an epoch is the mean over its samples, each taken when its batch
            came up, before the update; the validation loss is taken at the end of the
            epoch.
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def append(self, epoch: int, logs: dict[str, float]) -> None:
        """Add the numbers of one epoch."""
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)

    def plot(self, path: str | PathLike[str] | None = None) -> "Figure":
        """Draw every curve over the epochs, the loss on a log axis.

        Args:
            path: Where to write the picture; nowhere by default.

        Returns:
            The matplotlib figure.

        Raises:
            ImportError: without matplotlib; it is in the extra "plot".
        """
        from minidl.plotting import plot_curves

        return plot_curves(self.epoch, self.history, path)

    def __repr__(self) -> str:
        last = ", ".join(
            f"{name}={curve[-1]:.4g}" for name, curve in self.history.items()
        )
        return f"<History of {len(self.epoch)} epochs{': ' + last if last else ''}>"
