"""Callbacks that watch one number: to stop, and to lower the learning rate."""

import math
from typing import Literal, TypeAlias

import numpy as np

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs
from minidl.metrics import get_all
from minidl.types import Array

Mode: TypeAlias = Literal["auto", "min", "max"]

RISING = (
    *("acc", "auc", "precision", "recall", "f1", "fbeta", "f_beta", "r2", "top_k"),
    *("sensitivity", "specificity", "cosine", "true_"),
)
FALLING = (
    *("loss", "error", "mse", "mae", "mape", "msle", "entropy", "hinge", "divergence"),
    *("poisson", "huber", "log_cosh", "logcosh", "false_"),
)


class Monitor(Callback):
    """The part that the callbacks below share: is a watched number better than before?

    Args:
        monitor: The name of the number in the logs, such as "val_loss".
        min_delta: By how much it must change to count as better, at least 0.
        mode: "min" if less is better, "max" if more is, "auto" (default) to tell by the
            name: more is better for accuracies, AUC, precision and the like, less for
            losses and errors.

    Raises:
        ValueError: if the name does not tell whether less or more is better.
    """

    monitor: str
    min_delta: float
    mode: Mode
    best: float
    _adds_numbers = False

    def __init__(self, monitor: str, min_delta: float, mode: Mode) -> None:
        owner = type(self).__name__
        self.monitor = arguments.text(owner, "monitor", monitor)
        self.min_delta = arguments.real_number(owner, "min_delta", min_delta, least=0.0)
        if mode not in ("auto", "min", "max"):
            raise ValueError(
                f"{owner}: mode must be 'auto', 'min' or 'max', got {mode!r}"
            )
        self.mode = mode
        name = self.monitor.lower()
        if mode == "auto" and not any(part in name for part in RISING + FALLING):
            raise ValueError(
                f"{owner} monitors {monitor!r}, a name that does not tell whether less "
                f"or more is better: pass mode='min' or mode='max'"
            )
        self.forget()

    @property
    def rising(self) -> bool:
        """Whether more is better."""
        if self.mode == "auto":
            return any(part in self.monitor.lower() for part in RISING)
        return self.mode == "max"

    def forget(self) -> None:
        """Begin anew: the next number is the best so far."""
        self.best = -math.inf if self.rising else math.inf

    def is_better(self, value: float, than: float) -> bool:
        """Return whether a value is better than another by more than `min_delta`."""
        if self.rising:
            return value - self.min_delta > than
        return value + self.min_delta < than

    def _check_run(self) -> None:
        """Raise for a number of the validation if there is none."""
        known = {"val_loss", *(f"val_{n}" for n in get_all(self.model._metrics))}
        if self.monitor in known and not self.params["validates"]:
            raise ValueError(
                f"{type(self).__name__} monitors {self.monitor!r}, but nothing is "
                f"validated: pass validation_data or validation_split to fit(), or "
                f"monitor {self.monitor.removeprefix('val_')!r}"
            )

    def current(self, logs: Logs | None) -> float | None:
        """Return the watched number; None after an epoch without validation.

        Raises:
            ValueError: if it is not among the logs, whose names are given.
            TypeError: if it is several numbers.
        """
        logs, owner, name = logs or {}, type(self).__name__, self.monitor
        if name not in logs:
            validated = any(known.startswith("val_") for known in logs)
            unseen = name.startswith("val_") and not validated
            if unseen and self.params.get("validates"):
                return None  # it is not due after this epoch
            names = ", ".join(repr(known) for known in logs)
            hint = ": pass validation data" if unseen else ""
            raise ValueError(f"{owner} monitors {name!r}, but there is {names}{hint}")
        if np.ndim(logs[name]) > 0:
            raise TypeError(
                f"{owner} monitors {name!r}, which is {np.size(logs[name])} numbers: "
                f"watch a single one"
            )
        return logs[name]


class EarlyStopping(Monitor):
    """Stops training once a number has not become better for some epochs.

    Args:
        monitor: The number to watch; "val_loss" by default.
        min_delta: By how much it must change to count as better; 0 by default.
        patience: How many epochs without improvement to bear; 0 by default.
        verbose: 1 to print when it stops; 0 by default.
        mode: "min" if less is better, "max" if more is, "auto" (default) to tell by the
            name: more is better for accuracies, AUC, precision and the like.
        baseline: A value that must be beaten for an improvement to count; None by
            default.
        restore_best_weights: Whether the model gets the weights of its best epoch back
            at the end, whether it stopped early or not; False by default.
        start_from_epoch: How many epochs to let pass before watching; 0 by default.

    Attributes:
        best: The best value so far.
        best_epoch: The epoch of the best value.
        stopped_epoch: The epoch after which training stopped, 0 if it was not stopped.

    Source: `keras.callbacks.EarlyStopping`.
    """

    best: float
    patience: int
    verbose: int
    baseline: float | None
    restore_best_weights: bool
    start_from_epoch: int
    wait: int
    best_epoch: int
    stopped_epoch: int
    _best_weights: list[Array] | None

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: Mode = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, min_delta, mode)
        owner = "EarlyStopping"
        self.patience = arguments.whole_number(owner, "patience", patience, least=0)
        self.verbose = arguments.whole_number(owner, "verbose", verbose, least=0)
        if baseline is not None:
            baseline = arguments.real_number(owner, "baseline", baseline)
        self.baseline = baseline
        self.restore_best_weights = arguments.flag(
            owner, "restore_best_weights", restore_best_weights
        )
        self.start_from_epoch = arguments.whole_number(
            owner, "start_from_epoch", start_from_epoch, least=0
        )
        self._best_weights = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget what an earlier run left."""
        self.forget()
        self.wait = self.best_epoch = self.stopped_epoch = 0
        self._best_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best, and stop when patience is at an end."""
        value = self.current(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self._best_weights is None:
            self._best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self._best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Say that training was stopped, and bring the best weights back."""
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self._best_weights is not None:
            if self.verbose:
                print(
                    f"Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
            self.model.set_weights(self._best_weights)


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate once a number has not become better for some epochs.

    Args:
        monitor: The number to watch; "val_loss" by default.
        factor: What the learning rate is multiplied by, less than 1; 0.1 by default.
        patience: How many epochs without improvement to bear; 10 by default.
        verbose: 1 to print when it lowers the rate; 0 by default.
        mode: "min" if less is better, "max" if more is, "auto" (default) to tell by the
            name: more is better for accuracies, AUC, precision and the like.
        min_delta: By how much it must change to count as better; 0.0001 by default.
        cooldown: How many epochs to wait after lowering before watching again; 0 by
            default.
        min_lr: Where to stop; 0 by default.

    The logs and the history get "learning_rate".

    Source: `keras.callbacks.ReduceLROnPlateau`.
    """

    best: float
    factor: float
    patience: int
    verbose: int
    cooldown: int
    min_lr: float
    wait: int
    cooldown_counter: int

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: Mode = "auto",
        min_delta: float = 0.0001,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, min_delta, mode)
        owner = "ReduceLROnPlateau"
        self.factor = arguments.real_number(owner, "factor", factor, 0.0, 1.0)
        self.patience = arguments.whole_number(owner, "patience", patience, least=0)
        self.verbose = arguments.whole_number(owner, "verbose", verbose, least=0)
        self.cooldown = arguments.whole_number(owner, "cooldown", cooldown, least=0)
        self.min_lr = arguments.real_number(owner, "min_lr", min_lr, least=0.0)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget what an earlier run left."""
        self.forget()
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare with the best, and lower the rate when patience is at an end."""
        value = self.current(logs)
        optimizer = self.model.optimizer
        if logs is not None:
            logs["learning_rate"] = optimizer.learning_rate
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience and optimizer.learning_rate > self.min_lr:
                rate = max(optimizer.learning_rate * self.factor, self.min_lr)
                optimizer.learning_rate = rate
                self.cooldown_counter, self.wait = self.cooldown, 0
                if self.verbose:
                    print(
                        f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate "
                        f"to {rate}."
                    )
