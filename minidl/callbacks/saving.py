"""Callbacks that save the model while it trains."""

import math
import os
from os import PathLike
from pathlib import Path
from typing import Literal, TypeAlias

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs
from minidl.callbacks.monitoring import Mode, Monitor
from minidl.files import paths

SaveFrequency: TypeAlias = int | Literal["epoch"]


class ModelCheckpoint(Monitor):
    """Saves the model after every epoch, or after so many batches.

    A file holds the whole run, so `fit(resume=path)` goes on from it as if it had never
    stopped. It is whole at every moment, whatever happens while it is written.

    Args:
        filepath: Where to save: a path that ends in ".safetensors". It may have
            {epoch}, counted from 1, and each name of the logs in braces, such as
            "{epoch:03d}-{val_loss:.2f}.safetensors", and {batch} with batches.
        monitor: The number that tells which is the best; "val_loss" by default.
        verbose: 1 to print when it saves; 0 by default.
        save_best_only: Whether to save only when the number is better than ever; False
            by default.
        save_weights_only: Whether to save the weights alone; False by default.
        mode: "min" if less is better, "max" if more is, "auto" (default) to tell by the
            name.
        save_freq: "epoch" (default), or after how many batches to save.
        initial_value_threshold: The value that must be beaten from the first; None
            (default) for any.

    Source: `keras.callbacks.ModelCheckpoint`.
    """

    only_watches = True
    best: float
    mode: Mode
    filepath: str
    verbose: int
    save_best_only: bool
    save_weights_only: bool
    save_freq: SaveFrequency
    initial_value_threshold: float | None
    _since: int  # batches since it last saved
    _epoch: int

    def __init__(
        self,
        filepath: str | PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: Mode = "auto",
        save_freq: SaveFrequency = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, 0.0, mode if save_best_only else "min")
        owner = "ModelCheckpoint"
        self.mode = mode
        self.filepath = os.fspath(paths.check(owner, filepath))
        self.verbose = arguments.whole_number(owner, "verbose", verbose, least=0)
        self.save_best_only = arguments.flag(owner, "save_best_only", save_best_only)
        self.save_weights_only = arguments.flag(
            owner, "save_weights_only", save_weights_only
        )
        self.save_freq = _frequency(owner, save_freq)
        if initial_value_threshold is not None:
            initial_value_threshold = arguments.real_number(
                owner, "initial_value_threshold", initial_value_threshold
            )
        self.initial_value_threshold = initial_value_threshold
        if initial_value_threshold is not None:
            self.best = initial_value_threshold
        self._since = self._epoch = 0

    @property
    def _unused(self) -> tuple[str, ...]:
        return _unused_at(self.save_freq)

    def _check_run(self) -> None:
        """Raise if what tells the best is missing, and is asked for."""
        if self.save_best_only:
            super()._check_run()

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the epoch."""
        self._epoch = epoch

    def on_train_batch_settled(self, batch: int, logs: Logs | None = None) -> None:
        """Save after so many batches."""
        if self.save_freq == "epoch":
            return
        self._since += 1
        if self._since >= self.save_freq:
            self._since = 0
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_settled(self, epoch: int, logs: Logs | None = None) -> None:
        """Save after an epoch."""
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: Logs) -> None:
        """Save unless it is not worth it."""
        path, begin = self._path(epoch, logs), f"Epoch {epoch + 1}:"
        if self.save_best_only:
            value = self.current(logs)
            if value is None:
                return
            best = f"{self.best:.5f}" if math.isfinite(self.best) else "None"
            if not self.is_better(value, self.best):
                self._say(f"{begin} {self.monitor} did not improve from {best}")
                return
            begin += f" {self.monitor} improved from {best} to {value:.5f},"
            self.best = value
        self._say(f"{begin} saving model to {path}")
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _path(self, epoch: int, logs: Logs) -> str:
        try:
            return self.filepath.format(**{"epoch": epoch + 1, **logs})
        except (KeyError, IndexError) as error:
            names = ", ".join(["epoch", *logs])
            raise ValueError(
                f"ModelCheckpoint: filepath {self.filepath!r} has a name that is not "
                f"among {names}: {error}"
            ) from None

    def _say(self, text: str) -> None:
        if self.verbose:
            print(text)


class BackupAndRestore(Callback):
    """Lets the same program, run again after an interruption, go on where it was.

    While `fit` runs, the run is saved in a folder. If there is a file in it when `fit`
    begins, it goes on from there, in the middle of an epoch too, with the same numbers
    as a run that was never interrupted. At the end of `fit` the file is removed.

    Args:
        backup_dir: The folder; it is made if need be.
        save_freq: "epoch" (default), or after how many batches to save.
        delete_checkpoint: Whether to remove the file when `fit` is done; True by
            default.

    Source: `keras.callbacks.BackupAndRestore`, which goes on from the beginning of an
    epoch. Its `double_checkpoint` is not needed: a save cannot damage the last file.
    """

    _adds_numbers = False
    _keras_only = ("double_checkpoint",)
    only_watches = True
    backup_dir: Path
    save_freq: SaveFrequency
    delete_checkpoint: bool
    _since: int  # batches since it last saved

    def __init__(
        self,
        backup_dir: str | PathLike[str],
        save_freq: SaveFrequency = "epoch",
        *,
        delete_checkpoint: bool = True,
    ) -> None:
        owner = "BackupAndRestore"
        if not isinstance(backup_dir, str | PathLike):
            raise TypeError(f"{owner}: backup_dir must be a path, got {backup_dir!r}")
        self.backup_dir = Path(backup_dir)
        self.save_freq = _frequency(owner, save_freq)
        self.delete_checkpoint = arguments.flag(
            owner, "delete_checkpoint", delete_checkpoint
        )
        self._since = 0

    @property
    def _unused(self) -> tuple[str, ...]:
        return _unused_at(self.save_freq)

    @property
    def path(self) -> Path:
        """The file in the folder."""
        return self.backup_dir / f"backup{paths.SUFFIX}"

    @property
    def resume_path(self) -> Path | None:
        """The file, if it is there."""
        return self.path if self.path.exists() else None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Make the folder."""
        self.backup_dir.mkdir(parents=True, exist_ok=True)

    def on_train_batch_settled(self, batch: int, logs: Logs | None = None) -> None:
        """Save after so many batches."""
        if self.save_freq == "epoch":
            return
        self._since += 1
        if self._since >= self.save_freq:
            self._since = 0
            self.model.save(self.path)

    def on_epoch_settled(self, epoch: int, logs: Logs | None = None) -> None:
        """Save after an epoch, and remove the file after the last one."""
        if self.save_freq == "epoch":
            self.model.save(self.path)
        last = epoch + 1 == self.params["epochs"] or self.model.stop_training
        if last and self.delete_checkpoint:
            self.path.unlink(missing_ok=True)


def _unused_at(save_freq: SaveFrequency) -> tuple[str, ...]:
    """Return the hooks that are not needed to save so often."""
    return ("on_train_batch_settled",) if save_freq == "epoch" else ()


def _frequency(owner: str, given: SaveFrequency) -> SaveFrequency:
    if given == "epoch":
        return given
    if isinstance(given, str):
        raise ValueError(
            f"{owner}: save_freq must be 'epoch' or a number of batches, got {given!r}"
        )
    return arguments.whole_number(owner, "save_freq", given)
