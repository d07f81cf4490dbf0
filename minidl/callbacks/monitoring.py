"""The base of callbacks that watch a number: is it better than before?"""

import math
from typing import Literal, TypeAlias

import numpy as np

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs
from minidl.metrics import get_all

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
    """Tells whether the number that a callback watches has become better.

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
