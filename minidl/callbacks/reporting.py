"""Callbacks that tell of a run: to functions, and to a file of numbers."""

import csv
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs
from minidl.configuration import value_text

EpochHook: TypeAlias = Callable[[int, Logs | None], object]
TrainHook: TypeAlias = Callable[[Logs | None], object]


class LambdaCallback(Callback):
    """Calls functions at the moments that its arguments are named for.

    Args:
        on_epoch_begin: Called with the epoch and the logs.
        on_epoch_end: Called with the epoch and the logs.
        on_train_begin: Called with the logs.
        on_train_end: Called with the logs.
        on_train_batch_begin: Called with the batch and the logs.
        on_train_batch_end: Called with the batch and the logs.
        others: Functions for any other hook of a `Callback`, by its name.

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
        **others: EpochHook | TrainHook | None,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **others,
        }
        for name, hook in given.items():
            if not (name.startswith("on_") and hasattr(Callback, name)):
                raise TypeError(f"LambdaCallback: there is no hook {name!r}")
            if hook is None:
                continue
            if not callable(hook):
                raise TypeError(
                    f"LambdaCallback: {name} must be a function, got {hook!r}"
                )
            setattr(self, name, hook)

    def __repr__(self) -> str:
        hooks = {n: hook for n, hook in vars(self).items() if n.startswith("on_")}
        shown = ", ".join(f"{name}={value_text(hook)}" for name, hook in hooks.items())
        return f"LambdaCallback({shown})"


class CSVLogger(Callback):
    """Writes the numbers of every epoch as a line of a CSV file.

    The columns are those of the first epoch, in alphabetical order, and `val_` with
    each if that epoch was not validated; what an epoch lacks is "NA". As in Keras.

    Args:
        filename: Where to write.
        separator: Between two numbers, one character; "," by default.
        append: Whether to go on with a file that is there, under its columns; False by
            default.

    Raises:
        ValueError: if the file to go on with has other columns.

    Source: `keras.callbacks.CSVLogger`.
    """

    _adds_numbers = False
    only_watches = True
    filename: Path
    separator: str
    append: bool
    _file: IO[str] | None
    _columns: list[str]

    def __init__(
        self, filename: str | PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        if not isinstance(filename, str | PathLike):
            raise TypeError(f"CSVLogger: filename must be a path, got {filename!r}")
        self.filename = Path(filename)
        self.separator = arguments.text("CSVLogger", "separator", separator)
        if len(separator) != 1:
            raise ValueError(
                f"CSVLogger: separator must be one character, got {separator!r}"
            )
        self.append = arguments.flag("CSVLogger", "append", append)
        self._file = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the file, and read the names of the columns that it has."""
        self._columns = []
        if self.append and self.filename.exists():
            with self.filename.open(newline="") as file:
                self._columns = next(csv.reader(file, delimiter=self.separator), [])
        self._file = self.filename.open("a" if self.append else "w", newline="")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line, and before the first the names."""
        if self._file is None:
            return
        found: dict[str, object] = {"epoch": epoch}
        for name, value in sorted((logs or {}).items()):
            found[name] = value.tolist() if isinstance(value, np.ndarray) else value
        begun = bool(self._columns)
        self._columns = self._columns or _with_validation(list(found))
        unknown = found.keys() - set(self._columns)
        if unknown:
            raise ValueError(
                f"CSVLogger: {self.filename} has no column for "
                f"{', '.join(sorted(unknown))}: write to another file"
            )
        writer = csv.DictWriter(
            self._file, self._columns, restval="NA", delimiter=self.separator
        )
        if not begun:
            writer.writeheader()
        writer.writerow(found)
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _with_validation(names: list[str]) -> list[str]:
    """Return "epoch", the names, and "val_" with each if there is none yet."""
    if any(name.startswith("val_") for name in names):
        return names
    return names + [f"val_{name}" for name in names[1:]]
