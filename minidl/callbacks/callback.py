"""What a callback is, and how to write your own."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, ClassVar, Self, TypeAlias

from minidl import configuration, keywords
from minidl.errors import DivergenceError

Logs: TypeAlias = dict[str, float]
"""The numbers so far, by name: "loss", the metrics, and "val_" with each."""

Hook: TypeAlias = Callable[..., None]


class Callback:
    """Watches a model and may act on it, at the moments that its methods are named for.

    To write your own, subclass `Callback` and define the hooks you need. A hook that is
    not defined costs nothing, in no batch and in no epoch:

        >>> class Rounds(Callback):
        ...     '''Stops once the loss is below a bound.'''
        ...
        ...     def __init__(self, bound: float) -> None:
        ...         self.bound = bound
        ...
        ...     def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        ...         if logs and logs["loss"] < self.bound:
        ...             self.model.stop_training = True
        >>> Rounds(0.5).bound
        0.5

    The order in `fit` is: train_begin; in each epoch epoch_begin, train_batch_begin and
    train_batch_end for each batch, with validation data test_begin, the test batches
    and test_end, then epoch_end; train_end. Batches and epochs are counted from 0.

    The two "settled" hooks are minidl's own, for whoever saves the model: there every
    callback has seen the batch or the epoch, and the history has it. What a callback
    keeps in attributes, numbers, texts, lists and arrays, is saved with the run, and is
    there again when `fit` goes on from the file.

    Attributes:
        model: The model that is trained, evaluated or asked to predict; in the hooks.
        params: "epochs", "steps" and "verbose" of the run, and whether it "validates";
            in the hooks.

    The hooks of a training batch may also be called `on_batch_begin` and
    `on_batch_end`, as in older programs.

    Source: `keras.callbacks.Callback`.
    """

    model: Any  # a Model, whose module imports this one
    bears_divergence: bool = False  # whether `fit` is to end quietly at a loss of NaN
    only_watches: bool = False  # whether a run is the same without it
    params: dict[str, Any]
    _adds_numbers: bool = True  # whether it may write some that a validation would
    _keras_only: ClassVar[tuple[str, ...]] = ()  # arguments that Keras alone has

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        keywords.guard(cls, cls._keras_only)

    def __repr__(self) -> str:
        return configuration.call_text(self)

    @property
    def resume_path(self) -> Path | None:
        """A file from which `fit` is to go on; None, as here, if there is none."""
        return None

    def set_model(self, model: Any) -> None:
        """Take the model of the run that begins."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Take the facts of the run that begins."""
        self.params = params

    @property
    def _unused(self) -> tuple[str, ...]:
        """Return the hooks of its class that this object does not need: none."""
        return ()

    def _check_run(self) -> None:
        """Raise before a run that cannot have the numbers which this one needs."""

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Act when `fit` begins."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Act when `fit` ends, after an error too; logs are those of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Act before the first batch of an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Act after the last batch and the validation of an epoch."""

    def on_epoch_settled(self, epoch: int, logs: Logs | None = None) -> None:
        """Act when every callback has seen the end of an epoch."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a training step."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a training step; logs are the means since the epoch began."""

    def on_train_batch_settled(self, batch: int, logs: Logs | None = None) -> None:
        """Act when every callback has seen the end of a training step."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Act when `evaluate`, or a validation, begins."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Act when `evaluate`, or a validation, ends."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a batch is evaluated."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a batch was evaluated."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Act when `predict` begins."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Act when `predict` ends."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Act before a batch is predicted."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Act after a batch was predicted; logs["outputs"] are its outputs."""


class Callbacks:
    """The callbacks of one run, called together; only those that define a hook.

    Args:
        callbacks: What the user passed.
        model: The model of the run.
        params: The facts of the run.

    Attributes:
        each: The callbacks, in their order.
        params: The facts of the run.
        logs: The numbers of the last epoch, for `on_train_end`.

    Raises:
        TypeError: if one is no callback, or a callback's class.
    """

    each: Sequence[Callback]
    params: dict[str, Any]
    logs: Logs

    def __init__(
        self,
        callbacks: Sequence[Callback] | Callback | None,
        model: object,
        params: dict[str, Any],
    ) -> None:
        several = [callbacks] if isinstance(callbacks, Callback) else callbacks or []
        if not isinstance(several, list | tuple):
            raise TypeError(f"callbacks must be a list of callbacks, got {callbacks!r}")
        self._model: Any = model
        self.params, self.logs = params, {}
        self.each = several
        for callback in several:
            _check(callback)
            callback.set_model(model)
            callback.set_params(params)

    def __enter__(self) -> Self:
        if not any(callback._adds_numbers for callback in self.each):
            for callback in self.each:
                callback._check_run()
        try:
            self.call("on_train_begin", {})
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        self._end()
        return isinstance(error, DivergenceError) and self.bear(error)

    def _end(self) -> None:
        """Tell every callback that training has ended, even if one of them raises."""
        with ExitStack() as stack:  # which calls in reverse order
            for hook in reversed(self.hooks("on_train_end")):
                stack.callback(hook, self.logs)

    def bear(self, error: DivergenceError) -> bool:
        """Return whether `fit` is to end quietly, and print what happened."""
        quiet = any(callback.bears_divergence for callback in self.each)
        if quiet:
            print(error)
        return quiet

    @property
    def present(self) -> bool:
        """Whether there is a callback at all."""
        return bool(self.each)

    @property
    def resume_path(self) -> Path | None:
        """The file from which a callback wants `fit` to go on, if one does."""
        paths = (callback.resume_path for callback in self.each)
        return next((path for path in paths if path is not None), None)

    @property
    def stopping(self) -> bool:
        """Whether a callback has told the model to stop training."""
        return bool(self._model.stop_training)

    def hooks(self, name: str) -> list[Hook]:
        """Return the methods of that name which callbacks define themselves.

        An error in one of them says which callback raised it.
        """
        plain = getattr(Callback, name)
        found = []
        for callback in self.each:
            if name in callback._unused:
                continue
            own = getattr(type(callback), name) is not plain or name in vars(callback)
            if own:
                found.append(_telling(callback, name))
            older = name.replace("on_train_batch", "on_batch")
            if older != name and not own and hasattr(callback, older):
                found.append(_telling(callback, older))
        return found

    def call(self, name: str, *arguments: object) -> None:
        """Call the hooks of that name."""
        for hook in self.hooks(name):
            hook(*arguments)


def _telling(callback: Callback, name: str) -> Hook:
    """Return a callback's method, whose errors get a note of where they were raised."""
    hook: Hook = getattr(callback, name)

    def called(*arguments: object) -> None:
        try:
            hook(*arguments)
        except Exception as error:
            owner = type(callback).__name__
            error.add_note(f"raised by {name} of the callback {owner}")
            raise

    return called


def _check(callback: object) -> None:
    if isinstance(callback, type):
        name = callback.__name__
        raise TypeError(f"{name} is a class: pass an instance of it, {name}(...)")
    if not isinstance(callback, Callback):
        raise TypeError(
            f"{callback!r} is no callback: subclass minidl.callbacks.Callback"
        )
