"""What users call on a model: compile, fit, evaluate, predict.

The methods check what they are given; the algorithm is in `training.py`.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Never

import numpy as np

from minidl import arguments, data, inspection, losses, optimizers, progress
from minidl.callbacks import History
from minidl.data import Batches, Pair
from minidl.errors import NotCompiledError
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.optimizers import Optimizer
from minidl.progress import Verbose
from minidl.training import Training, mean_loss
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
    _shuffling: np.random.Generator
    _rehearsed: bool  # whether every layer and the loss were seen to keep the contract

    @property
    @abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, from the first to the last."""

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
        self.optimizer, self.loss = optimizers.get(optimizer), losses.get(loss)
        self._rehearsed = False

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
        shuffle = arguments.flag("fit()", "shuffle", shuffle)
        pairs = self._split(x, y, validation_split, validation_data)
        batches, *validation = (Batches(*pair, size) for pair in pairs)
        batches.random = self._shuffling if shuffle else None
        self.history = history = History()
        training = Training(self, self.optimizer, self.loss)
        with training, progress.start(verbose, first, epochs) as report:
            for epoch in range(first, epochs):
                logs = {"loss": training.epoch(batches, epoch)}
                for unseen in validation:
                    logs["val_loss"] = training.validate(unseen, epoch)
                history.append(epoch, logs)
                report.update(epoch, logs)
            training.refuse_divergence(batches.x[:1], f"epoch {epochs}")
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
        size = _batch_size("evaluate()", batch_size)
        pair = self._pair("evaluate()", x, y)
        with np.errstate(all="ignore"):
            loss = mean_loss(self, self.loss, Batches(*pair, size))
            layers, x = self.layers, pair[0]
            inspection.refuse_overflow("evaluate()", layers, x, np.array(loss))
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
        arguments.unsupported("predict()", _unknown, ("callbacks", "steps"))
        _check_verbose("predict()", verbose)
        size = _batch_size("predict()", batch_size)
        self._require_built("predict()")
        given = arguments.real_array("predict()", "x", x, self.dtype)
        samples = arguments.samples("predict()", "x", given)
        shape = self.connect(samples.shape[1:])
        y = np.empty((len(samples), *shape), self.dtype)
        with np.errstate(all="ignore"):
            inspection.check_outputs(self.layers, samples[:2])
            for start in range(0, len(samples), size):
                part = slice(start, start + size)
                y[part] = self.forward(samples[part])
            inspection.refuse_overflow("predict()", self.layers, samples, y)
        return y[:, 0] if given.ndim == 1 and shape == (1,) else y

    def train_on_batch(self, x: ArrayLike, y: ArrayLike, **_unknown: Never) -> float:
        """Update the weights once, on one batch, and return its loss before the update.

        Source: `keras.Model.train_on_batch`.
        """
        arguments.unsupported("train_on_batch()", _unknown, KERAS_BATCH)
        x, y = self._pair("train_on_batch()", x, y)
        with Training(self, self.optimizer, self.loss) as training:
            loss = training.step(x, y)
            training.refuse_divergence(x, "this batch", loss)
        return loss

    def predict_on_batch(self, x: ArrayLike) -> Array:
        """Return the model's output for one batch, computed in one go.

        Source: `keras.Model.predict_on_batch`.
        """
        self._require_built("predict_on_batch()")
        return self(x)

    def _split(
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
                raise TypeError(
                    f"fit(): validation_data must be the pair (x, y), got a "
                    f"{type(validation_data).__name__}"
                )
            return [pair, self._pair("fit(), validation_data", *validation_data)]
        return list(data.split("fit()", *pair, fraction)) if fraction else [pair]

    def _pair(self, owner: str, x: ArrayLike, y: ArrayLike) -> Pair:
        """Return x and y checked against each other and against the model."""
        if "loss" not in vars(self):
            raise NotCompiledError(
                f"{owner}: {self.label} has no optimizer and no loss yet: call "
                f"compile(optimizer=..., loss=...) first"
            )
        pair = data.pair(owner, x, y, self.dtype)
        if not self.layers:
            raise ValueError(f"{owner}: {self.label} has no layers: add() one first")
        input_shape = pair[0].shape[1:]
        data.check_targets(owner, pair[1], self.output_shape(input_shape))
        self.connect(input_shape)
        if not self._rehearsed:
            with np.errstate(all="ignore"):
                inspection.rehearse(self.layers, self.loss, pair[0][:2], pair[1][:2])
            self._rehearsed = True
        return pair

    if not TYPE_CHECKING:  # type checkers shall still find misspelt attributes

        def __getattr__(self, name: str) -> object:
            """Say what to call first."""
            if name in ("optimizer", "loss"):
                raise NotCompiledError(f"{self.label} has no {name}: compile() it")
            if name == "history":
                raise AttributeError(f"{self.label} has no history: fit() it")
            return super().__getattr__(name)


def _batch_size(owner: str, batch_size: int | None) -> int:
    if batch_size is None:
        return 32
    return arguments.whole_number(owner, "batch_size", batch_size)


def _check_verbose(owner: str, verbose: object) -> None:
    if not isinstance(verbose, str | int) or isinstance(verbose, bool):
        raise TypeError(f"{owner}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
    if verbose not in ("auto", 0, 1, 2):
        raise ValueError(f"{owner}: verbose must be 'auto', 0, 1 or 2, got {verbose!r}")
