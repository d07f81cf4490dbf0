"""Callbacks that write down, call functions, set the rate, guard against NaN."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import IO

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs

EpochHook = Callable[[int, Logs | None], object]
TrainHook = Callable[[Logs | None], object]


class LambdaCallback(Callback):
    """Calls functions at the moments that its arguments are named for.

    Args:
        on_epoch_begin: Called with the epoch and the logs.
        on_epoch_end: Called with the epoch and the logs.
        on_train_begin: Called with the logs.
        on_train_end: Called with the logs.
        on_train_batch_begin: Called with the batch and the logs.
        on_train_batch_end: Called with the batch and the logs.

    Source: `keras.callbacks.LambdaCallback`.
    """

    def __init__(
        self,
        on_epoch_begin: EpochHook | None = None,
        on_epoch_end: EpochHook | None = None,
        on_train_begin: TrainHook | None = None,
        on_train_end: TrainHook | None = None,
        on_train_batch_begin: EpochHook | None = None,
        on_train_batch_end: EpochHook | None = None,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, hook in given.items():
            if hook is None:
                continue
            if not callable(hook):
                raise TypeError(f"LambdaCallback: {name} must be a function")
            setattr(self, name, hook)


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch.

    Args:
        schedule: A function of the epoch, from 0, and the learning rate, which returns
            the new one.
        verbose: 1 to print it; 0 by default.

    The logs and the history get "learning_rate". Source:
    `keras.callbacks.LearningRateScheduler`.
    """

    schedule: Callable[[int, float], float]
    verbose: int

    def __init__(
        self, schedule: Callable[[int, float], float], verbose: int = 0
    ) -> None:
        owner = "LearningRateScheduler"
        if not callable(schedule):
            raise TypeError(
                f"{owner}: schedule must be a function of the epoch and the learning "
                f"rate, got {schedule!r}"
            )
        self.schedule = schedule
        self.verbose = arguments.whole_number(owner, "verbose", verbose, least=0)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate of the epoch."""
        rate = self.schedule(epoch, self.model.optimizer.learning_rate)
        rate = arguments.real_number(
            "LearningRateScheduler", "schedule's rate", rate, 0
        )
        self.model.optimizer.learning_rate = rate
        if self.verbose:
            print(
                f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                f"{rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the learning rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


class CSVLogger(Callback):
    """Writes the numbers of every epoch as a line of a CSV file.

    Args:
        filename: Where to write.
        separator: Between two numbers; "," by default.
        append: Whether to go on with a file that is there; False by default.

    Source: `keras.callbacks.CSVLogger`.
    """

    filename: Path
    separator: str
    append: bool
    _file: IO[str] | None

    def __init__(
        self, filename: str | Path, separator: str = ",", append: bool = False
    ) -> None:
        self.filename = Path(filename)
        self.separator = arguments.text("CSVLogger", "separator", separator)
        self.append = arguments.flag("CSVLogger", "append", append)
        self._file = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file."""
        going_on = self.append and self.filename.exists()
        self._headed = going_on and self.filename.stat().st_size > 0
        self._file = self.filename.open("a" if going_on else "w", newline="")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line, and before the first the names."""
        logs = logs or {}
        if self._file is None:
            return
        names = ["epoch", *sorted(logs)]
        writer = csv.DictWriter(self._file, names, delimiter=self.separator)
        if not self._headed:
            writer.writeheader()
            self._headed = True
        writer.writerow({"epoch": epoch, **logs})
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class TerminateOnNaN(Callback):
    """Ends `fit` without an error when the loss is not finite.

    Without this callback `fit` raises a `DivergenceError` at once. With it the sentence
    is printed, the weights are those of the last finite loss, and `fit` returns.

    Args:
        raise_error: Whether to raise all the same; False by default.

    Source: `keras.callbacks.TerminateOnNaN`.
    """

    raise_error: bool
    bears_divergence: bool

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = arguments.flag("TerminateOnNaN", "raise_error", raise_error)
        self.bears_divergence = not self.raise_error
