"""What `fit` prints while it runs: one line that updates in place, or a few plain."""

import sys
from time import perf_counter
from typing import Any, Literal, Self, TypeAlias

import numpy as np

Verbose: TypeAlias = Literal["auto", 0, 1, 2] | bool
"""0 or False for silence, 1, True or "auto" for progress, 2 for a line an epoch."""


WITH_BAR = "{n_fmt}/{total_fmt} {desc} {elapsed}<{remaining} |{bar}|"
NUMBERS = "{n_fmt}/{total_fmt} {desc}"


class Progress:
    """Silence, and the contract: `update` after every epoch, `close` after the last."""

    def update(self, epoch: int, logs: dict[str, Any]) -> None:
        """Take the numbers of an epoch, counted from 0."""

    def close(self) -> None:
        """End the line, if there is one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class Lines(Progress):
    """Plain lines, for a log file or a pipe.

    Args:
        first: The first epoch, counted from 0.
        epochs: The epoch at which the run ends.
        most: How many lines there may be; None for one an epoch.
    """

    def __init__(self, first: int, epochs: int, most: int | None = None) -> None:
        run = epochs - first
        self._stride = 1 if most is None else max(1, -(-run // most))
        self._epochs = epochs

    def update(self, epoch: int, logs: dict[str, Any]) -> None:
        """Print every so many epochs, counted back from the last."""
        if (self._epochs - epoch - 1) % self._stride == 0:
            print(f"Epoch {epoch + 1}/{self._epochs} - {format_logs(logs)}", flush=True)


class Bar(Progress):
    """One line that updates in place, at most ten times a second.

    The numbers come first: a narrow terminal has no room for the time and the bar.

    Args:
        tqdm: The class `tqdm.tqdm`.
        first: The first epoch, counted from 0.
        epochs: The epoch at which the run ends.
    """

    def __init__(self, tqdm: Any, first: int, epochs: int) -> None:
        self._bar = tqdm(
            total=epochs,
            initial=first,
            file=sys.stdout,
            mininterval=0.0,
            ncols=columns(),
            nrows=20,  # tqdm shows nothing on a terminal that says it has none
            bar_format=WITH_BAR,
        )
        self._epochs = epochs
        self._due = 0.0

    def update(self, epoch: int, logs: dict[str, Any]) -> None:
        """Redraw the line if it is time, or the last epoch."""
        now = perf_counter()
        if now >= self._due or epoch + 1 == self._epochs:
            self._due = now + 0.1
            self._bar.ncols = width = columns()  # the window may have changed
            numbers = format_logs(logs)
            others = 2 * len(str(self._epochs)) + len("/  00:00<00:00 |-|")
            fits = len(numbers) + others <= width
            self._bar.bar_format = WITH_BAR if fits else NUMBERS
            self._bar.set_description_str(numbers, refresh=False)
            self._bar.update(epoch + 1 - self._bar.n)

    def close(self) -> None:
        """Leave the line as it stands and go to the next."""
        self._bar.close()


def columns() -> int:
    """Return how many characters a line of the terminal has, 80 if it does not say."""
    import shutil  # takes a millisecond, which few programs need

    return shutil.get_terminal_size().columns


def check_verbose(owner: str, verbose: object) -> None:
    """Raise unless `verbose` is one of the values that `fit` takes."""
    if not isinstance(verbose, str | int):
        raise TypeError(f"{owner}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(f"{owner}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")


def start(verbose: Verbose, first: int, epochs: int) -> Progress:
    """Return what shows the progress of a run from epoch `first` to `epochs`."""
    if verbose == 0 or first >= epochs or sys.stdout is None:
        return Progress()
    if verbose == 2:
        return Lines(first, epochs)
    if sys.stdout.isatty():
        try:
            from tqdm import tqdm  # the extra "progress"
        except ImportError:
            return Lines(first, epochs, most=10)
        return Bar(tqdm, first, epochs)
    return Lines(first, epochs, most=10)


def format_logs(logs: dict[str, Any]) -> str:
    """Return "loss: 0.1234 - val_loss: 5.678e-05"."""
    return " - ".join(
        f"{name}: {_short(value)}"
        for name, value in logs.items()
        if np.ndim(value) == 0
    )


def _short(value: float) -> str:
    return f"{value:.4f}" if 1e-3 < abs(value) < 1e6 or value == 0 else f"{value:.4e}"
