"""What users call on a compiled model: fit, evaluate, predict, save.

The methods check what they are given; the loops are in `training.py`.
"""

import sys
from collections.abc import Sequence
from typing import Any, Never

from minidl import arguments, feeding, keywords, progress, runs
from minidl.callbacks.callback import Callback, Callbacks
from minidl.callbacks.history import History
from minidl.compiled import Compiled
from minidl.feeding import Inputs, Targets, Validation
from minidl.files import checkpoint, snapshot
from minidl.files.paths import Path
from minidl.layers.mode import apart, at_rest
from minidl.progress import Verbose
from minidl.training import predict
from minidl.types import Array, ArrayLike

# of older versions of Keras, for `fit`, `evaluate` and `predict`
KERAS_FIT = ("max_queue_size", "use_multiprocessing", "workers")
ONE_BATCH = sys.maxsize  # the size of a batch that has all samples there are


class Model(Compiled):
    """A layer that can be trained: what `compile` chose, and what to do with it.

    `Sequential` is the model to use; this is the part of it that learns.
    """

    def fit(
        self,
        x: Inputs = None,
        y: Targets = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Verbose = "auto",
        callbacks: Sequence[Callback] | Callback | None = None,
        validation_split: float = 0.0,
        validation_data: Validation = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        *,
        resume: Path | None = None,
        **_unknown: Never,
    ) -> History:
        """Train on x and y, going on from where the last `fit` stopped.

        Args:
            x: The inputs, one sample a row; a 1-D array is n samples of one feature. Or
                an iterable of batches (x, y) or (x, y, sample_weight), and y is left
                out.
            y: The targets, as many as inputs.
            batch_size: Samples an update, 32 by default. The last batch may have fewer.
            epochs: The epoch at which to stop, 1 by default.
            verbose: 0 for silence; 1 or "auto" (default) for a line that updates in
                place on a terminal and at most ten lines elsewhere; 2 for a line an
                epoch.
            callbacks: Who watches, and may act; none by default.
            validation_split: The fraction of the samples, from the end, to keep out of
                training for the validation numbers; 0 by default.
            validation_data: The samples for the validation numbers: (x, y) or
                (x, y, sample_weight), or an iterable of batches. With it nothing is
                split off.
            shuffle: Whether to draw the samples in a new order in each epoch; True by
                default. An iterable's batches stay in its order.
            class_weight: What the samples of each class count in the loss, by class.
            sample_weight: What each sample counts in the loss, at least 0.
            initial_epoch: The number of the first epoch, 0 by default.
            steps_per_epoch: How many batches an epoch has; by default all there are.
                The next epoch goes on where one stopped; of arrays one at the end of a
                pass has only the batches that are left.
            validation_steps: How many batches to validate on; all by default.
            validation_batch_size: Samples a validation batch; `batch_size` by default.
            validation_freq: After how many epochs to validate, or a list of the epochs,
                counted from 1, after which to; 1 by default.
            resume: A file that was saved while an equal model ran `fit`: go on where it
                was, as if it had not stopped, in the place of `initial_epoch`. None
                (default) to begin a run.

        Returns:
            The numbers of every epoch; also kept as `model.history`.

        Raises:
            NotCompiledError: before `compile`.
            ShapeError, NonFiniteError, TypeError: if the data is not what it must be.
            DivergenceError: when the loss stops being finite.
            FileFormatError: if the file to resume from is damaged.

        Source: `keras.Model.fit`, but for `resume`. Numbers are averaged over an epoch
        as in Keras.
        """
        keywords.refuse("fit()", Model.fit, _unknown, KERAS_FIT)
        epochs = arguments.whole_number("fit()", "epochs", epochs, least=0)
        progress.check_verbose("fit()", verbose)
        source = runs.feed(self, "fit()", batch_size, steps_per_epoch, shuffle)
        size = batch_size if validation_batch_size is None else validation_batch_size
        unseen = runs.feed(self, "fit(), validation_data", size, validation_steps)
        given = x, y, sample_weight, class_weight
        kept, held_out = source.split(given, unseen, validation_split, validation_data)
        run = {"epochs": epochs, "steps": kept.steps, "verbose": verbose}
        watchers = Callbacks(callbacks, self, run | {"validates": held_out is not None})
        training = runs.training(self, watchers, kept, held_out)
        validate = runs.validation(self, training, validation_freq)
        first, restore = runs.resumption(self, training, resume, initial_epoch)
        runs.begin(self, training)
        report = progress.start(verbose, first, epochs)
        with watchers, runs.running(self, training), report:
            training.run(range(first, epochs), validate, report, restore)
        return training.history

    def evaluate(
        self,
        x: Inputs = None,
        y: Targets = None,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        sample_weight: ArrayLike | None = None,
        steps: int | None = None,
        callbacks: Sequence[Callback] | Callback | None = None,
        return_dict: bool = False,
        **_unknown: Never,
    ) -> Any:
        """Return the loss and the metrics on x and y; nothing is trained.

        Args:
            x: The inputs, or an iterable of batches, as in `fit`.
            y: The targets, as in `fit`.
            batch_size: Samples computed at a time, 32 by default.
            verbose: 1 or 2 to print the numbers; "auto" (default) and 0 print nothing.
            sample_weight: What each sample counts in the loss.
            steps: How many batches to evaluate; all by default.
            callbacks: Who watches.
            return_dict: Whether to return the numbers by name; False by default.

        Returns:
            The loss, a float, without metrics; with metrics a list that begins with the
            loss, in the order of `compile`; or a dictionary.

        Source: `keras.Model.evaluate`, which prints by default.
        """
        keywords.refuse("evaluate()", Model.evaluate, _unknown, KERAS_FIT)
        progress.check_verbose("evaluate()", verbose)
        given = x, y, sample_weight
        batches = runs.feed(self, "evaluate()", batch_size, steps).source(*given)
        watchers = Callbacks(callbacks, self, {"verbose": verbose})
        scores = runs.measured(self, "evaluate()", batches, watchers)
        if verbose in (1, 2):
            print(progress.format_logs(scores.logs()))
        return scores.result(return_dict)

    def predict(
        self,
        x: Inputs,
        batch_size: int | None = None,
        verbose: Verbose = "auto",
        steps: int | None = None,
        callbacks: Sequence[Callback] | Callback | None = None,
        **_unknown: Never,
    ) -> Array:
        """Return the model's output for every sample.

        Args:
            x: The inputs, as in `fit`, or an iterable of batches of inputs.
            batch_size: Samples computed at a time, 32 by default.
            verbose: As in Keras, but nothing is printed at any setting.
            steps: How many batches to predict; all by default.
            callbacks: Who watches.

        Returns:
            One output a row. For a 1-D x and a model of one output it is 1-D too, so
            that `y - model.predict(x)` is what it looks like.

        Raises:
            NotBuiltError: if the model has not seen data and has no declared input
                shape.

        Source: `keras.Model.predict`.
        """
        keywords.refuse("predict()", Model.predict, _unknown, KERAS_FIT)
        progress.check_verbose("predict()", verbose)
        self._require_built("predict()")
        watchers = Callbacks(callbacks, self, {"verbose": verbose})
        inputs, flat = feeding.inputs("predict()", self, x, batch_size, steps)
        y = predict(self, self.layers, inputs, watchers)
        return y[:, 0] if flat and y.shape[1:] == (1,) else y

    def train_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Update the weights once, on one batch, and return its numbers before that.

        Returns:
            As `evaluate`.

        Source: `keras.Model.train_on_batch`.
        """
        source = runs.feed(self, "train_on_batch()", batch_size=ONE_BATCH)
        batches = source.batches(source.samples(x, y, sample_weight, class_weight))
        (batch,) = batches
        nobody = Callbacks(None, self, {})
        with apart(self), runs.training(self, nobody, batches) as training:
            loss = training.step(*batch)
            training.good.refuse(batch[0], "this batch", loss)
            training.scores.add_loss(loss, len(batch[0]))
        return training.scores.result(return_dict)

    def test_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics of one batch; nothing is trained.

        Source: `keras.Model.test_on_batch`.
        """
        owner, nobody = "test_on_batch()", Callbacks(None, self, {})
        source = runs.feed(self, owner, batch_size=ONE_BATCH)
        batch = source.batches(source.samples(x, y, sample_weight))
        return runs.measured(self, owner, batch, nobody).result(return_dict)

    def predict_on_batch(self, x: ArrayLike) -> Array:
        """Return the model's output for one batch, computed in one go.

        Source: `keras.Model.predict_on_batch`.
        """
        self._require_built("predict_on_batch()")
        with at_rest(self):
            return self(x)

    def save(self, filepath: Path, overwrite: bool = True) -> None:
        """Write the model into a file, with its optimizer and its random streams.

        `minidl.saving.load_model` makes the model again. The file is in the format
        safetensors, and whole at every moment: if anything happens before the new one
        is complete, the old one is there.

        Args:
            filepath: Where; it ends in ".safetensors".
            overwrite: False to raise if the file is there; True by default.

        Raises:
            NotBuiltError: before the model is built.
            TypeError: if something in the model cannot be saved.
            OSError: if the file cannot be written.

        Source: `keras.Model.save`.
        """
        checkpoint.save(self, filepath, overwrite)

    def save_weights(self, filepath: Path, overwrite: bool = True) -> None:
        """Write the weights alone into a file, as `save` does.

        Source: `keras.Model.save_weights`.
        """
        snapshot.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Path, skip_mismatch: bool = False) -> None:
        """Set the weights from a file that `save_weights` wrote.

        Args:
            filepath: The file.
            skip_mismatch: True to take what fits and leave the rest as it is; False by
                default.

        Raises:
            FileFormatError: if the file is no such file, is damaged, or has other
                weights than this model; all differences are named, nothing is changed.

        Source: `keras.Model.load_weights`.
        """
        snapshot.load_weights(self, filepath, skip_mismatch)
