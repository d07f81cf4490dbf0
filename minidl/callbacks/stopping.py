"""Callbacks that end training before its last epoch."""

from minidl import arguments
from minidl.callbacks.callback import Callback, Logs
from minidl.callbacks.monitoring import Mode, Monitor
from minidl.types import Array


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


class TerminateOnNaN(Callback):
    """Ends `fit` without an error when the loss is not finite.

    Without this callback `fit` raises a `DivergenceError` at once. With it the sentence
    is printed, the weights are those of the last finite loss, and `fit` returns.

    Args:
        raise_error: Whether to raise all the same; False by default.

    Source: `keras.callbacks.TerminateOnNaN`.
    """

    _adds_numbers = False
    raise_error: bool
    bears_divergence: bool

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = arguments.flag("TerminateOnNaN", "raise_error", raise_error)
        self.bears_divergence = not self.raise_error
