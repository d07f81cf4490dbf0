"""How a model learns: compile, fit, evaluate, predict.

`_train_epoch` and `_train_step` are the algorithm; the rest prepares for them.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Never

import numpy as np

from minidl import arguments, data, losses, optimizers, parameter, progress
from minidl.callbacks import History
from minidl.data import Batches, Pair
from minidl.errors import DivergenceError, NotCompiledError, ShapeError
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.optimizers import Optimizer
from minidl.progress import Verbose
from minidl.types import Array, ArrayLike

KERAS_COMPILE = (
    "auto_scale_loss",
    "jit_compile",
    "loss_weights",
    "metrics",
    "run_eagerly",
    "steps_per_execution",
    "weighted_metrics",
)
KERAS_FIT = (
    "callbacks",
    "class_weight",
    "sample_weight",
    "steps_per_epoch",
    "validation_batch_size",
    "validation_freq",
    "validation_steps",
)
KERAS_EVALUATE = ("callbacks", "return_dict", "sample_weight", "steps")
KERAS_BATCH = ("class_weight", "return_dict", "sample_weight")


class Model(Layer):
    """A layer that can be trained: it adds an optimizer and a loss to the contract.

    `Sequential` is the model to use; this is the part of it that learns.

    Attributes:
        optimizer: What `compile` was given.
        loss: What `compile` was given.
        history: The `History` of the last `fit`.
    """

    optimizer: Optimizer
    loss: Loss
    history: History
    layers: list[Layer]
    _shuffling: np.random.Generator
    _values: Array  # all weights, end to end
    _last_good: Array  # the weights at the last finite loss

    def compile(
        self, optimizer: Optimizer | str, loss: Loss | str, **_unknown: Never
    ) -> None:
        """Choose how to learn.

        Args:
            optimizer: An `Optimizer`, or its name, such as "sgd".
            loss: A `Loss`, or its name, such as "mse".

        Raises:
            TypeError: for something else; a class instead of an instance, say.
            ValueError: for an unknown name.

        Source: `keras.Model.compile`.
        """
        arguments.unsupported("compile()", _unknown, KERAS_COMPILE)
        self.optimizer = optimizers.get(optimizer)
        self.loss = losses.get(loss)

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Verbose = "auto",
        *,
        validation_split: float = 0.0,
        validation_data: Sequence[ArrayLike] | None = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        **_unknown: Never,
    ) -> History:
        """Train on x and y, going on from where the last `fit` stopped.

        Args:
            x: The inputs, one sample a row; a 1-D array is n samples of one feature.
            y: The targets, as many as inputs, in the shape of the model's output; a 1-D
                array for one output.
            batch_size: Samples an update, 32 by default. The last batch may have fewer.
            epochs: The epoch at which to stop, 1 by default.
            verbose: 0 for silence; 1 or "auto" (default) for a line that updates in
                place on a terminal and at most ten lines elsewhere; 2 for a line an
                epoch.
            validation_split: The fraction of the samples, from the end, to keep out of
                training for the validation loss; 0 by default.
            validation_data: The pair (x, y) for the validation loss, instead of a
                split.
            shuffle: Whether to draw the samples in a new order in each epoch; True by
                default.
            initial_epoch: The number of the first epoch, 0 by default.

        Returns:
            The losses of this run; also kept as `model.history`.

        Raises:
            NotCompiledError: before `compile`.
            ShapeError, NonFiniteError, TypeError: if the data is not what it must be.
            DivergenceError: when the loss stops being finite.

        Source: `keras.Model.fit`. Losses are averaged over an epoch as in Keras.
        """
        arguments.unsupported("fit()", _unknown, KERAS_FIT)
        epochs = arguments.whole_number("fit()", "epochs", epochs, least=0)
        first = arguments.whole_number("fit()", "initial_epoch", initial_epoch, least=0)
        _check_verbose("fit()", verbose)
        size = _batch_size("fit()", batch_size)
        random = (
            self._shuffling if arguments.flag("fit()", "shuffle", shuffle) else None
        )
        pairs = self._pairs(x, y, validation_split, validation_data)
        training, *validation = (Batches(*pair, size) for pair in pairs)
        training.random = random
        self.history = history = History()
        with self._learning(), progress.start(verbose, first, epochs) as report:
            for epoch in range(first, epochs):
                logs = {"loss": self._train_epoch(training, epoch)}
                for batches in validation:
                    logs["val_loss"] = self._validate(batches, epoch)
                history.append(epoch, logs)
                report.update(epoch, logs)
            self._refuse_divergence(
                training.x[:1], f"epoch {epochs}, after the last batch"
            )
        return history

    def evaluate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        **_unknown: Never,
    ) -> float:
        """Return the loss on x and y, averaged over the samples; nothing is trained.

        Args:
            x: The inputs, as in `fit`.
            y: The targets, as in `fit`.
            batch_size: Samples computed at a time, 32 by default.
            verbose: 1 or 2 to print the loss; "auto" (default) and 0 print nothing.

        Source: `keras.Model.evaluate`, which prints by default.
        """
        arguments.unsupported("evaluate()", _unknown, KERAS_EVALUATE)
        _check_verbose("evaluate()", verbose)
        pair = self._pair("evaluate()", x, y)
        with np.errstate(all="ignore"):
            loss = self._mean_loss(
                Batches(*pair, _batch_size("evaluate()", batch_size))
            )
        if verbose in (1, 2):
            print(progress.format_logs({"loss": loss}))
        return loss

    def predict(
        self,
        x: ArrayLike,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        **_unknown: Never,
    ) -> Array:
        """Return the model's output for every sample.

        Args:
            x: The inputs, as in `fit`.
            batch_size: Samples computed at a time, 32 by default.
            verbose: As in Keras, but nothing is printed at any setting.

        Returns:
            One output a row. For a 1-D x and a model of one output it is 1-D too, so
            that `y - model.predict(x)` is what it looks like.

        Raises:
            NotBuiltError: if the model has not seen data and has no declared input
            shape.

        Source: `keras.Model.predict`.
        """
        arguments.unsupported("predict()", _unknown, KERAS_EVALUATE)
        _check_verbose("predict()", verbose)
        size = _batch_size("predict()", batch_size)
        self._require_built("predict()")
        given = arguments.real_array("predict()", "x", x, self.dtype)
        samples = arguments.samples("predict()", "x", given)
        shape = self.connect(samples.shape[1:])
        y = np.empty((len(samples), *shape), self.dtype)
        for start in range(0, len(samples), size):
            part = slice(start, start + size)
            y[part] = self.forward(samples[part])
        return y[:, 0] if given.ndim == 1 and shape == (1,) else y

    def train_on_batch(self, x: ArrayLike, y: ArrayLike, **_unknown: Never) -> float:
        """Update the weights once, on one batch, and return its loss before the update.

        Source: `keras.Model.train_on_batch`.
        """
        arguments.unsupported("train_on_batch()", _unknown, KERAS_BATCH)
        x, y = self._pair("train_on_batch()", x, y)
        with self._learning():
            loss = self._train_step(x, y)
            self._refuse_divergence(x, "this batch", loss)
        return loss

    def predict_on_batch(self, x: ArrayLike) -> Array:
        """Return the model's output for one batch, computed in one go.

        Source: `keras.Model.predict_on_batch`.
        """
        self._require_built("predict_on_batch()")
        return self(x)

    def _train_epoch(self, batches: Batches, epoch: int) -> float:
        """Train on every batch once and return the mean loss of the samples."""
        total = 0.0
        for number, (x, y) in enumerate(batches, start=1):
            loss = self._train_step(x, y)
            if not math.isfinite(loss):
                self._refuse_divergence(x, f"epoch {epoch + 1}, batch {number}", loss)
            total += loss * len(x)
        return total / batches.samples

    def _train_step(self, x: Array, y: Array) -> float:
        """Forward, loss, backward, update: one step of training."""
        loss = self.loss.forward(y, self.forward(x))
        if math.isfinite(loss):
            self._last_good[:] = self._values
            self.backward(self.loss.gradient())
            self.optimizer.step()
        return loss

    def _mean_loss(self, batches: Batches) -> float:
        total = 0.0
        for x, y in batches:
            total += self.loss.forward(y, self.forward(x)) * len(x)
        return total / batches.samples

    def _validate(self, batches: Batches, epoch: int) -> float:
        self._set_training(False)
        loss = self._mean_loss(batches)
        self._set_training(True)
        if not math.isfinite(loss):
            where = f"the validation of epoch {epoch + 1}"
            self._refuse_divergence(batches.x, where, loss)
        return loss

    @contextmanager
    def _learning(self) -> Iterator[None]:
        """Make ready for training steps, and put everything back afterwards."""
        self._values, gradients = parameter.pack(self.weights)
        self._last_good = self._values.copy()
        self.optimizer.prepare(self._values, gradients, self._trainable_parts())
        first = self._first_layer()
        first.needs_dx = False
        self._set_training(True)
        try:
            with np.errstate(all="ignore"):  # divergence is told in words
                yield
        finally:
            self._set_training(False)
            first.needs_dx = True

    def _trainable_parts(self) -> list[slice]:
        """Return the parts of the vector of values that training may change."""
        trainable = set(self.trainable_weights)
        parts: list[slice] = []
        start = 0
        for weight in self.weights:
            stop = start + weight.size
            if weight in trainable:
                if parts and parts[-1].stop == start:
                    start = parts.pop().start
                parts.append(slice(start, stop))
            start = stop
        return parts

    def _set_training(self, training: bool) -> None:
        for layer in self.walk():
            layer.training = training

    def _first_layer(self) -> Layer:
        first = self.layers[0]
        return first._first_layer() if isinstance(first, Model) else first

    def _pairs(
        self,
        x: ArrayLike,
        y: ArrayLike,
        validation_split: float,
        validation_data: Sequence[ArrayLike] | None,
    ) -> list[Pair]:
        """Return the training pair and, if asked for, the validation pair."""
        fraction = arguments.real_number(
            "fit()", "validation_split", validation_split, least=0.0, below=1.0
        )
        pair = self._pair("fit()", x, y)
        if validation_data is not None:
            if (
                not isinstance(validation_data, tuple | list)
                or len(validation_data) != 2
            ):
                raise TypeError("fit(): validation_data must be the pair (x, y)")
            return [pair, self._pair("fit(), validation_data", *validation_data)]
        return list(data.split("fit()", *pair, fraction)) if fraction else [pair]

    def _pair(self, owner: str, x: ArrayLike, y: ArrayLike) -> Pair:
        """Return x and y checked against each other and against the model."""
        if "loss" not in vars(self):
            raise NotCompiledError(
                f"{owner}: the model has no optimizer and no loss yet: call "
                f"model.compile(optimizer=..., loss=...) first"
            )
        pair = data.pair(owner, x, y, self.dtype)
        if not self.layers:
            raise ValueError(f"{owner}: {self.label} has no layers: add() one first")
        input_shape = pair[0].shape[1:]
        data.check_targets(owner, pair[1], self.output_shape(input_shape))
        self.connect(input_shape)
        self._check_outputs(pair[0][:1])
        return pair

    def _check_outputs(self, x: Array) -> None:
        """Raise if a layer's output is not what the layer says it is."""
        for layer in self.layers:
            expected = layer.output_shape(x.shape[1:])
            x = layer.forward(x)
            if x.shape[1:] != expected:
                raise ShapeError(
                    f"{layer.label}: forward() returned samples of shape "
                    f"{x.shape[1:]}, but output_shape() says {expected}: define it"
                )
            if x.dtype != self.dtype:
                raise TypeError(
                    f"{layer.label}: forward() returned {x.dtype} in a model of "
                    f"{self.dtype}: make its arrays of dtype self.dtype"
                )

    def _refuse_divergence(
        self, x: Array, where: str, loss: float | None = None
    ) -> None:
        """Raise if the loss or a weight is not finite, with the last good weights."""
        finite = loss is None or math.isfinite(loss)
        if finite and np.isfinite(self._values).all():
            return
        what = f"the loss became {loss}" if not finite else "a weight became infinite"
        cause = self._first_overflow(x)
        self._values[:] = self._last_good
        rate = self.optimizer.learning_rate
        self.optimizer.reset()
        raise DivergenceError(
            f"{what} in {where}{cause}. The weights are back at the last finite loss "
            f"and the optimizer starts afresh. Try a smaller learning_rate (now "
            f"{rate:g}), or scale x and y to about 1"
        )

    def _first_overflow(self, x: Array) -> str:
        for layer in self.layers:
            x = layer.forward(x)
            if not np.isfinite(x).all():
                return f", first in the output of {layer.label}"
        return ""


def _batch_size(owner: str, batch_size: int | None) -> int:
    if batch_size is None:
        return 32
    return arguments.whole_number(owner, "batch_size", batch_size)


def _check_verbose(owner: str, verbose: object) -> None:
    if isinstance(verbose, bool) or verbose not in ("auto", 0, 1, 2):
        raise ValueError(f"{owner}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
