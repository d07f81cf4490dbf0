"""Callbacks that set the learning rate."""

import inspect
from collections.abc import Callable

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs
from minidl.callbacks.monitoring import Mode, Monitor


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch.

    Args:
        schedule: A function of the epoch, from 0, and the learning rate, or of the
            epoch alone, which returns the new one.
        verbose: 1 to print it; 0 by default.

    The logs and the history get "learning_rate".

    Source: `keras.callbacks.LearningRateScheduler`.
    """

    _adds_numbers = False
    schedule: Callable[..., float]
    verbose: int

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        owner = "LearningRateScheduler"
        if not callable(schedule):
            raise TypeError(
                f"{owner}: schedule must be a function of the epoch and the learning "
                f"rate, got {schedule!r}"
            )
        self.schedule = schedule
        self._of_rate = _takes_two(schedule)
        self.verbose = arguments.whole_number(owner, "verbose", verbose, least=0)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Raise if the optimizer has a schedule."""
        _refuse_schedule(self)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate of the epoch."""
        optimizer = self.model.optimizer
        given = (epoch, optimizer.learning_rate) if self._of_rate else (epoch,)
        rate = self.schedule(*given)
        rate = arguments.real_number(
            "LearningRateScheduler", "schedule's rate", rate, 0
        )
        optimizer.learning_rate = rate
        if self.verbose:
            print(
                f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to "
                f"{rate}."
            )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the learning rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


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
        """Forget what an earlier run left; raise if the optimizer has a schedule."""
        _refuse_schedule(self)
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


def _refuse_schedule(callback: Callback) -> None:
    """Raise if the learning rate, which the callback sets, has a schedule."""
    owner, schedule = type(callback).__name__, callback.model.optimizer.schedule
    if schedule is not None:
        raise ValueError(
            f"{owner} sets the learning rate, and so does the optimizer's schedule "
            f"{schedule!r}: leave one of them out"
        )


def _takes_two(function: Callable[..., object]) -> bool:
    """Return whether a function can be called with two arguments."""
    try:
        inspect.signature(function).bind(0, 0.0)
    except TypeError:
        return False
    except ValueError:  # a function in C that does not tell
        return True
    return True
