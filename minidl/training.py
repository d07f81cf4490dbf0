"""The training loop: what `fit` does with checked data, epoch by epoch."""

import math
from types import TracebackType
from typing import Self

import numpy as np

from minidl import inspection, parameter
from minidl.data import Batches
from minidl.errors import DivergenceError
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.optimizers import Optimizer
from minidl.types import Array


class Training:
    """Trains a model for as long as it is entered, and then puts everything back.

    Args:
        model: What to train, a layer that is built.
        optimizer: How gradients change the weights.
        loss: What to make small.
    """

    model: Layer
    optimizer: Optimizer
    loss: Loss

    def __init__(self, model: Layer, optimizer: Optimizer, loss: Loss) -> None:
        self.model, self.optimizer, self.loss = model, optimizer, loss
        self._quiet = np.errstate(all="ignore")  # divergence is told in words

    def __enter__(self) -> Self:
        weights, trainable = self.model.weights, self.model.trainable_weights
        self._values, gradients = parameter.pack(weights)
        self._last_good, self._last_loss = self._values.copy(), math.nan
        parts = parameter.parts(weights, trainable)
        self.optimizer.prepare(weights, self._values, gradients, parts)
        self._penalized = [w for w in trainable if w.regularizer is not None]
        self._constrained = [w for w in trainable if w.constraint is not None]
        self.model.ask_for_dx(False)
        self._set_mode(training=True)
        self._quiet.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._quiet.__exit__(kind, error, trace)
        self._set_mode(training=False)
        self.model.ask_for_dx(True)

    def epoch(self, batches: Batches, number: int) -> float:
        """Train on every batch once and return the mean loss of the samples."""
        total = 0.0
        for i, (x, y) in enumerate(batches, start=1):
            loss = self.step(x, y)
            if not math.isfinite(loss):
                self.refuse_divergence(x, f"epoch {number + 1}, batch {i}", loss)
            total += loss * len(x)
        return total / batches.samples

    def step(self, x: Array, y: Array) -> float:
        """Forward, loss, backward, update; return the loss before the update."""
        loss = self.loss.forward(y, self.model.forward(x))
        if self._penalized:
            loss += parameter.penalty(self._penalized)
        if math.isfinite(loss):
            self._last_good[:], self._last_loss = self._values, loss
            self.model.backward(self.loss.gradient())
            if self._penalized:
                parameter.add_penalty_gradients(self._penalized)
            self.optimizer.step()
            if self._constrained:
                parameter.constrain(self._constrained)
        return loss

    def validate(self, batches: Batches, number: int) -> float:
        """Return the mean loss at the end of an epoch, without training."""
        self._set_mode(training=False)
        loss = mean_loss(self.model, self.loss, batches)
        self._set_mode(training=True)
        self.refuse_divergence(batches.x, f"the validation of epoch {number + 1}", loss)
        return loss

    def refuse_divergence(self, x: Array, where: str, loss: float = 0.0) -> None:
        """Raise if the loss or a weight is not finite, with the last good weights."""
        if math.isfinite(loss) and np.isfinite(self._values).all():
            return
        what = (
            "a weight overflowed" if math.isfinite(loss) else f"the loss became {loss}"
        )
        culprit = inspection.first_overflow(self.model.sublayers, x)
        place = "the loss itself" if culprit is None else culprit.label
        rate = self.optimizer.learning_rate
        if math.isnan(self._last_loss):
            raise DivergenceError(
                f"{what} in {where}, first in {place}, before any step was taken: look "
                f"for weights that are huge or not finite, or scale x and y to about 1"
            )
        self._values[:] = self._last_good
        self.optimizer.reset()
        raise DivergenceError(
            f"{what} in {where}, first in {place}. The weights are back at the last "
            f"finite loss, {self._last_loss:.4g}, and the optimizer starts afresh. Try "
            f"a smaller learning_rate (now {rate:g}), or scale x and y to about 1"
        )

    def _set_mode(self, training: bool) -> None:
        for layer in self.model.walk():
            layer.training = training


def mean_loss(model: Layer, loss: Loss, batches: Batches) -> float:
    """Return the loss of a model on some batches, averaged over the samples.

    What regularizers add is part of it, as it is while training.
    """
    total = 0.0
    for x, y in batches:
        total += loss.forward(y, model.forward(x)) * len(x)
    penalty = parameter.penalty(model.trainable_weights)
    return total / batches.samples + penalty
