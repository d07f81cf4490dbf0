"""The loops: what `fit` and `evaluate` do with checked batches."""

import math
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

import numpy as np

from minidl import arrays, blame, inspection, packing, parameter
from minidl.attributes import quicken
from minidl.batches import Batch, Source
from minidl.callbacks.callback import Callbacks
from minidl.callbacks.history import History
from minidl.divergence import LastGood
from minidl.interrupts import Interrupts
from minidl.layers.layer import Layer
from minidl.layers.mode import at_rest, in_mode, set_mode
from minidl.losses import Loss
from minidl.optimizers import Optimizer
from minidl.progress import Progress
from minidl.scores import Scores
from minidl.types import Array

Validate: TypeAlias = Callable[[int], dict[str, Any]]
"""Returns the numbers on other samples after an epoch, or none."""


class Training:
    """Trains a model for as long as it is entered, and then puts everything back.

    Args:
        model: What to train, a layer that is built.
        optimizer: How gradients change the weights.
        loss: What to make small.
        scores: What to measure.
        callbacks: Who is told of every epoch and batch.
        batches: The batches of an epoch.
        unseen: What to validate on; None (default) if there is nothing.

    Attributes:
        history: The numbers of every epoch.
        epoch: How many epochs are over.
        batch: How many batches of the next one are.
        good: The weights of the last finite loss, while it is entered.
    """

    model: Layer
    optimizer: Optimizer
    loss: Loss
    scores: Scores
    callbacks: Callbacks
    batches: Source
    unseen: Source | None
    history: History
    epoch: int
    batch: int
    good: LastGood

    def __init__(
        self,
        model: Layer,
        optimizer: Optimizer,
        loss: Loss,
        scores: Scores,
        callbacks: Callbacks,
        batches: Source,
        unseen: Source | None = None,
    ) -> None:
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self.scores, self.history = scores, History()
        self.batches, self.unseen = batches, unseen
        self.callbacks, self.epoch, self.batch = callbacks, 0, 0
        self._before_epoch = callbacks.hooks("on_epoch_begin")
        self._before_batch = callbacks.hooks("on_train_batch_begin")
        self._after_batch = callbacks.hooks("on_train_batch_end")
        self._after_batch += callbacks.hooks("on_train_batch_settled")
        self._after_epoch = callbacks.hooks("on_epoch_end")
        self._settled_epoch = callbacks.hooks("on_epoch_settled")
        self._quiet = np.errstate(all="ignore")  # divergence is told in words
        self._interrupts = Interrupts()

    def __enter__(self) -> Self:
        weights, trainable = self.model.weights, self.model.trainable_weights
        self._values, gradients = packing.pack(weights)
        self.good = LastGood(self.model, self.optimizer, self.loss, self._values)
        parts = packing.parts(weights, trainable)
        self.optimizer.prepare(weights, self._values, gradients, parts)
        self._regularized = [w for w in trainable if w.regularizer is not None]
        self._constrained = [w for w in trainable if w.constraint is not None]
        self._penalized_layers = penalized_layers(self.model)
        self._measured = bool(self.scores.each)
        quicken((*self.model.walk(), self.loss, self.optimizer))
        self.model.ask_for_dx(False)
        set_mode(self.model, training=True)
        self._quiet.__enter__()
        self._interrupts.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        blame.name_the_part(error)
        self._quiet.__exit__(kind, error, trace)
        self.loss.sample_weight = None
        set_mode(self.model, training=False)
        self.model.ask_for_dx(True)
        self._interrupts.__exit__(kind, error, trace)

    def run(
        self,
        epochs: range,
        validate: Validate | None,
        report: Progress,
        restore: Callable[[], None] | None = None,
    ) -> None:
        """Train on every batch in every epoch.

        Args:
            epochs: The numbers of the epochs.
            validate: Returns the validation's numbers at the end of an epoch; None
                if there is nothing to validate on.
            report: Who shows the numbers of an epoch.
            restore: Brings this run to where another one stood; None (default) for a
                run from the beginning.
        """
        scores, watchers = self.scores, self.callbacks
        watched = watchers.present
        listened = bool(self._before_batch or self._after_batch)
        self.epoch = epochs.start
        if restore is not None:
            restore()
        for epoch in epochs:
            if watched and watchers.stopping:
                break
            for hook in self._before_epoch:
                hook(epoch, {})
            scores.reset()
            if restore is not None and self.batch:
                restore()  # again: the lines above began an epoch that was half done
            for x, y, weights in self.batches:
                for hook in self._before_batch:
                    hook(self.batch, {})
                loss = self.step(x, y, weights)
                self.batch += 1
                if not math.isfinite(loss):
                    self.good.refuse(x, f"epoch {epoch + 1}, batch {self.batch}", loss)
                scores.add_loss(loss, len(x))
                if listened:
                    self._tell(self.batch - 1)
                    if watchers.stopping:
                        break
            self._end(epoch, validate)
            report.update(epoch, watchers.logs)
            restore = None
        self.good.refuse(self.batches.first(1)[0], f"epoch {self.epoch}")

    def _end(self, epoch: int, validate: Validate | None) -> None:
        """End an epoch: validate, tell the callbacks and write the numbers down."""
        logs = self.scores.logs()
        if validate is not None:
            logs = dict(sorted((logs | validate(epoch)).items()))
        for hook in self._after_epoch:
            hook(epoch, logs)
        self._interrupts.held = True
        self.history.append(epoch, logs)
        self.epoch, self.batch, self.callbacks.logs = epoch + 1, 0, logs
        self._interrupts.held = False
        if self._interrupts.came:
            raise KeyboardInterrupt
        for hook in self._settled_epoch:
            hook(epoch, logs)

    def step(self, x: Array, y: Array, weights: Array | None = None) -> float:
        """Forward, loss, backward, update; return the loss before the update."""
        interrupts = self._interrupts
        interrupts.held = True
        prediction = self.model.forward(x)
        self.loss.sample_weight = weights
        loss = self.loss.forward(y, prediction)
        if self._regularized:
            loss += parameter.penalty(self._regularized)
        for layer in self._penalized_layers:
            loss += layer.activity_penalty
        if math.isfinite(loss):
            self.good.values[...], self.good.loss = self._values, loss
            if self._measured:
                self.scores.add_metrics(y, prediction, weights)
            self.model.backward(self.loss.gradient())
            if self._regularized:
                parameter.add_penalty_gradients(self._regularized)
            self.optimizer.step()
            if self._constrained:
                parameter.constrain(self._constrained)
        interrupts.held = False
        if interrupts.came:
            raise KeyboardInterrupt
        return loss

    def validate(self, batches: Source, scores: Scores, number: int) -> dict[str, Any]:
        """Return the numbers on other samples, at the end of an epoch."""
        batches.begin_anew()  # on the same samples after every epoch
        with in_mode(self.model, training=False):
            logs = measure(self.model, self.loss, batches, scores, self.callbacks)
        where = f"the validation of epoch {number + 1}"
        self.good.refuse(batches.first(2)[0], where, logs["loss"])
        return {f"val_{name}": value for name, value in logs.items()}

    def _tell(self, batch: int) -> None:
        """Tell the callbacks of a batch that is done."""
        if self._after_batch:
            logs = self.scores.logs()
            for hook in self._after_batch:
                hook(batch, logs)


def penalized_layers(model: Layer) -> list[Layer]:
    """Return the layers whose outputs add a penalty to the loss."""
    return [
        layer
        for layer in model.walk()
        if getattr(layer, "activity_regularizer", None) is not None
    ]


def measure(
    model: Layer,
    loss: Loss,
    batches: Iterable[Batch],
    scores: Scores,
    callbacks: Callbacks,
) -> dict[str, Any]:
    """Return a model's loss and metrics on some batches, without training it.

    What regularizers add is part of the loss, as it is while training.
    """
    before = callbacks.hooks("on_test_batch_begin")
    after = callbacks.hooks("on_test_batch_end")
    penalty = parameter.penalty(model.trainable_weights)
    active = penalized_layers(model)
    scores.reset()
    callbacks.call("on_test_begin", {})
    for i, (x, y, weights) in enumerate(batches):
        for hook in before:
            hook(i, {})
        prediction = model.forward(x)
        activity = sum(layer.activity_penalty for layer in active)
        value = _weighted(loss, y, prediction, weights) + penalty + activity
        scores.add_loss(value, len(x))
        scores.add_metrics(y, prediction, weights)
        for hook in after:
            hook(i, scores.logs())
    logs = scores.logs()
    callbacks.call("on_test_end", logs)
    return logs


def _weighted(loss: Loss, y: Array, prediction: Array, weights: Array | None) -> float:
    """Return the loss of a batch, and leave the loss without weights."""
    loss.sample_weight = weights
    try:
        return loss.forward(y, prediction)
    finally:
        loss.sample_weight = None


def predict(
    model: Layer,
    layers: Sequence[Layer],
    inputs: Iterable[Array],
    callbacks: Callbacks,
) -> Array:
    """Return a model's outputs for batches of inputs, end to end."""
    before = callbacks.hooks("on_predict_batch_begin")
    after = callbacks.hooks("on_predict_batch_end")
    callbacks.call("on_predict_begin", {})
    outputs: list[Array] = []
    quiet, rest = np.errstate(all="ignore"), at_rest(model)
    with quiet, rest, blame.naming_the_part():
        for i, x in enumerate(inputs):
            for hook in before:
                hook(i, {})
            if i == 0:
                inspection.check_outputs(layers, x[:2])
            outputs.append(arrays.unshared(model.forward(x), x))
            inspection.refuse_overflow("predict()", layers, x, outputs[-1])
            for hook in after:
                hook(i, {"outputs": outputs[-1]})
    callbacks.call("on_predict_end", {})
    return np.concatenate(outputs)
