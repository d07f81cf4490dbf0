"""What a file says of a run of `fit`, and how another process goes on with it.

Under "run" stands where the run is: so many epochs, so many batches of the next one,
the sums of the loss and of each metric since it began, where the data stands, and what
each callback remembers.
"""

import warnings
from typing import Any

import numpy as np

from minidl.batches import Position, Source
from minidl.callbacks.callback import Callback
from minidl.compiled import Compiled
from minidl.files import container, paths, plain, snapshot, streams
from minidl.files.container import Arrays, OpenFile
from minidl.files.paths import Path
from minidl.files.plain import Decoder, Encoder, Json
from minidl.scores import Scores
from minidl.training import Training

RUN = {"epoch", "batch", "stopped", "scores", "batches", "unseen", "callbacks", "good"}
NOT_OF_CALLBACKS = {"model", "params"}


def save(model: Compiled, filepath: object, overwrite: bool) -> None:
    """Write a model into a file, with the run of `fit` if one is on."""
    model._require_built("save()")
    path = paths.check("save()", filepath, overwrite)
    arrays: Arrays = {}
    document = snapshot.describe(model, arrays)
    run = None if model._running is None else describe(model._running, arrays)
    snapshot.write(path, {**document, "run": run}, arrays)


def describe(training: Training, arrays: Arrays) -> Json:
    """Return where a run stands; arrays go beside it."""
    encoder = Encoder(arrays)
    within = training.batch > 0
    return {
        "epoch": training.epoch,
        "batch": training.batch,
        "stopped": training.callbacks.stopping,
        "scores": _scores(training.scores, encoder),
        "batches": _position(training.batches, within),
        "unseen": _position(training.unseen, within=False),
        "callbacks": [
            {
                "class_name": type(callback).__name__,
                "only_watches": callback.only_watches,
                "state": encoder.encode_dict(_memory(callback), f"run/callbacks/{i}"),
            }
            for i, callback in enumerate(training.callbacks.each)
        ],
        "good": encoder.encode_dict(training.good.state(), "run/good"),
    }


def _scores(scores: Scores, encoder: Encoder) -> Json:
    metrics = {name: plain.state(metric) for name, metric in scores.each.items()}
    counted = {"loss": plain.state(scores), "metrics": metrics}
    return encoder.encode_dict(counted, "run/scores")


def _position(source: Source | None, within: bool) -> Json:
    """Return where the data stands, if there is any."""
    if source is None:
        return None
    position = source.position(within)
    drawn_at = position.drawn_at
    return {
        "taken": position.taken,
        "extent": position.extent and list(position.extent),
        "drawn_at": drawn_at and streams.as_text("the shuffling", drawn_at),
    }


def _memory(callback: Callback) -> dict[str, Any]:
    """Return what a callback remembers."""
    kept = plain.state(callback).items()
    return {name: value for name, value in kept if name not in NOT_OF_CALLBACKS}


class Checkpoint:
    """A run that was saved, for a model that is like the one that ran.

    Args:
        path: The file.
        model: The model to go on with.

    Attributes:
        epoch: The number of the epoch in which it goes on, from 0.
        batch: How many batches of it are done.

    Raises:
        FileFormatError: if the file is not what minidl saves, or is damaged.
        ValueError: if it holds another model than this one.
    """

    epoch: int
    batch: int

    def __init__(self, path: Path, model: Compiled) -> None:
        self._path, self._model = path, model
        self._missing: list[str] = []  # callbacks
        with OpenFile(path) as file:
            self._document = snapshot.read_document(file, "model")
            self._decoder = Decoder(file.arrays())
        _refuse_other(path, self._document, model)
        run = self._document["run"]
        if run is None:
            with container.telling(path):
                self.epoch = _epochs_done(self._document, self._decoder)
            self.batch = 0
            return
        if not isinstance(run, dict) or set(run) != RUN:
            container.refuse(path, "it does not say where its run stands")
        for name in ("epoch", "batch"):
            if type(run[name]) is not int or not 0 <= run[name] < 2**63:
                container.refuse(path, f"{run[name]!r:.40} is no {name}")
        self.epoch, self.batch = run["epoch"], run["batch"]

    def restore(self, training: Training) -> None:
        """Bring a run that has begun to where this one stood."""
        with container.telling(self._path):
            decoder, run = self._decoder, self._document["run"]
            snapshot.restore(self._model, self._document, decoder)
            self._restore_rate()
            if self._document["history"] is not None:
                history = snapshot.history(self._document, decoder)
                vars(training.history).update(history)
            if run is not None:
                self._restore_run(training, run)
        if self._missing:
            warnings.warn(
                f"{str(self._path)!r}: its run had a callback "
                f"{self._missing[0]!r:.60}, which is not among those of this one: the "
                f"numbers may be others",
                stacklevel=5,  # where `fit` was called
            )

    def _restore_rate(self) -> None:
        """Set the learning rate if it is a number, which a callback may have set."""
        config = self._document["compiled"]["optimizer"]["object"]["config"]
        rate = config.get("learning_rate")
        if isinstance(rate, int | float):
            self._model.optimizer.learning_rate = rate

    def _restore_run(self, training: Training, run: dict[str, Json]) -> None:
        decoder = self._decoder
        training.epoch, training.batch = self.epoch, self.batch
        self._model.stop_training = run["stopped"] is True
        self._restore_good(training, decoder.decode_dict(run["good"]))
        loss, metrics = _fields(decoder.decode_dict(run["scores"]), "loss", "metrics")
        scores = training.scores
        if set(metrics) != set(scores.each):
            raise ValueError(f"it counts {sorted(metrics)} and not the model's metrics")
        plain.give(scores, loss)
        for name, metric in scores.each.items():
            plain.give(metric, metrics[name])
        self._restore_callbacks(training, run["callbacks"])
        _start(training.batches, run["batches"], self.batch)
        _start(training.unseen, run["unseen"], 0)

    def _restore_good(self, training: Training, state: dict[str, Any]) -> None:
        values, loss = _fields(state, "values", "loss")
        shape = np.shape(training.good.values)
        if np.shape(values) != shape or not isinstance(loss, float):
            raise ValueError("its last good weights are not those of its model")
        training.good.take(state)

    def _restore_callbacks(self, training: Training, said: Json) -> None:
        """Let each callback remember what the one of its class remembered."""
        present, self._missing = list(training.callbacks.each), []
        if not isinstance(said, list):
            raise ValueError(f"{said!r:.60} are no callbacks")
        for one in said:
            name, watches, state = _fields(one, "class_name", "only_watches", "state")
            state = self._decoder.decode_dict(state)
            equal = [each for each in present if type(each).__name__ == name]
            if not equal and not watches:
                self._missing.append(name)
            for callback in equal[:1]:
                plain.give(callback, state, but=NOT_OF_CALLBACKS)
                present.remove(callback)


def _fields(said: Json, *names: str) -> list[Json]:
    """Return what a dictionary says under these names, and under no others."""
    if not isinstance(said, dict) or said.keys() != set(names):
        raise ValueError(f"{said!r:.60} does not say {' and '.join(names)} alone")
    return [said[name] for name in names]


def _start(source: Source | None, said: Json, done: int) -> None:
    """Let data begin where it stood, with so many batches of the epoch done."""
    if source is None or said is None:
        return
    taken, extent, drawn_at = _fields(said, "taken", "extent", "drawn_at")
    if type(taken) is not int or taken < 0:
        raise ValueError(f"{taken!r:.40} is no number of batches")
    if drawn_at is not None:
        drawn_at = streams.check("the shuffling", drawn_at)
    if isinstance(extent, list):
        extent = extent[0], extent[1]
    source.start_at(Position(taken, extent, drawn_at, done))


def _epochs_done(document: dict[str, Json], decoder: Decoder) -> int:
    """Return after which epoch the last `fit` of a saved model ended."""
    if document["history"] is None:
        return 0
    epochs = snapshot.history(document, decoder)["epoch"]
    return 1 + int(epochs[-1]) if epochs else 0


def _refuse_other(path: Path, document: dict[str, Json], model: Compiled) -> None:
    """Raise unless a file describes a model that is compiled like this one."""
    mine = snapshot.describe(model, {})
    for part in ("model", "input_shape", "compiled"):
        found = _difference(part, document[part], mine[part])
        if found is not None:
            raise ValueError(
                f"fit(): the run in {str(path)!r} is not of this model: {found}"
            )


def _difference(place: str, theirs: Json, mine: Json) -> str | None:
    """Return where two descriptions part first; learning rates may."""
    if place.endswith("/learning_rate") and isinstance(theirs, int | float):
        return None
    if isinstance(theirs, dict) and isinstance(mine, dict):
        keys = list(dict.fromkeys((*theirs, *mine)))
        pairs = [(f"{place}/{k}", theirs.get(k), mine.get(k)) for k in keys]
    elif isinstance(theirs, list) and isinstance(mine, list):
        if len(theirs) != len(mine):
            return f"{place} has {len(theirs)} entries there and {len(mine)} here"
        both = enumerate(zip(theirs, mine, strict=True))
        pairs = [(f"{place}/{i}", their, my) for i, (their, my) in both]
    else:
        if theirs == mine:
            return None
        return f"{place} is {theirs!r:.60} there and {mine!r:.60} here"
    return next(filter(None, (_difference(*pair) for pair in pairs)), None)
