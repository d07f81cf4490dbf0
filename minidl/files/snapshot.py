"""What a file says of a model: enough to make its equal and to train on.

A file has one text, "minidl", which is JSON, and the arrays:

    format_version   1
    kind             "model", or "weights" for these alone
    model            the model's class and configuration
    input_shape      the shape of one sample
    compiled         the optimizer, the loss and the metrics, or null
    optimizer        what the optimizer has counted, or null before its first step
    streams          where each random stream stands
    history          the numbers of the last `fit`, or null
    run              where `fit` stands, if it runs: see `checkpoint.py`

    layers/0.dense/kernel, ...       the weights
    optimizer/velocity, ...          what the optimizer keeps for each number of them
"""

import json
import os
import warnings
from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from minidl import arguments, configuration
from minidl.compiled import Compiled
from minidl.errors import ShapeError
from minidl.files import container, naming, paths, plain, streams
from minidl.files.container import Arrays, OpenFile
from minidl.files.paths import Path
from minidl.files.plain import MOST_LAYERS, Decoder, Describer, Encoder, Json
from minidl.layers.layer import Layer

VERSION = 1
LONGEST = 4 * 2**20  # letters of the text
KEYS = {
    "weights": {"format_version", "kind"},
    "model": {
        *("format_version", "kind", "model", "input_shape", "compiled", "optimizer"),
        *("streams", "history", "run"),
    },
}
LONGEST_NAME = 64
WEIGHTS = "layers/"  # how the names of weights begin
OPTIMIZER_VIEWS = {"state", "slots", "_weights", "_blocks", "_gradients"}


def write(path: Path, document: Mapping[str, Json], arrays: Arrays) -> None:
    """Write a file."""
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    if len(text) > LONGEST:
        raise ValueError(f"{os.fspath(path)!r}: the configuration is too long to save")
    container.write(path, arrays, {"minidl": text})


def save_weights(model: Layer, filepath: object, overwrite: bool) -> None:
    """Write the weights of a model, and nothing else, into a file."""
    model._require_built("save_weights()")
    path = paths.check("save_weights()", filepath, overwrite)
    arrays = {n: weight.value for n, weight in naming.weights(model).items()}
    write(path, {"format_version": VERSION, "kind": "weights"}, arrays)


def load_weights(model: Layer, path: Path, skip_mismatch: bool) -> None:
    """Give a model the weights of a file of weights alone."""
    model._require_built("load_weights()")
    arguments.flag("load_weights()", "skip_mismatch", skip_mismatch)
    with OpenFile(path) as file:
        read_document(file, "weights")
        arrays = file.arrays()
    with container.telling(path):
        refuse_unread(arrays, WEIGHTS)
        names = match_weights(model, arrays, skip_mismatch)
        own = naming.weights(model)
        values = {n: _converted(n, arrays[t], model) for n, t in names.items()}
        for name, value in values.items():
            own[name].value = value
    warn_not_finite(path, model)


def _converted(name: str, array: np.ndarray, model: Layer) -> np.ndarray:
    """Return an array in a model's dtype; raise if a number becomes infinite."""
    with np.errstate(over="ignore"):
        found: np.ndarray = array.astype(model.dtype, copy=False)
    if (np.isinf(found) & ~np.isinf(array)).any():
        raise ValueError(f"{name} has numbers that are too large for {model.dtype}")
    return found


def warn_not_finite(path: Path, model: Layer) -> None:
    """Warn of weights with which no prediction is a number."""
    for name, weight in naming.weights(model).items():
        count = weight.size - np.count_nonzero(np.isfinite(weight.value))
        if count:
            warnings.warn(
                f"{os.fspath(path)!r}: {name} has {count} numbers that are not finite",
                stacklevel=4,
            )


def refuse_unread(names: Collection[str], *read: str) -> None:
    """Raise for arrays whose names begin with none of these words."""
    for name in sorted(names):
        if not name.startswith(read):
            raise ValueError(f"nothing says what its array {name} is for")


def read_document(file: OpenFile, kind: str) -> dict[str, Json]:
    """Return what an open file says, if it is of that kind."""
    text = file.header.metadata.get("minidl")
    if text is None:
        file.refuse("it was not saved by minidl: it has arrays and no configuration")
    if len(text) > LONGEST:
        file.refuse(f"its configuration is longer than {LONGEST}")
    if "sha256" not in file.header.metadata:
        file.refuse("it has no sha256, so damage would not be seen")
    try:
        document = container.strict_json(text)
    except ValueError as error:
        file.refuse(f"its configuration is not what it must be: {error}")
    if not isinstance(document, dict) or "format_version" not in document:
        file.refuse("its configuration does not say its format_version")
    version, found = document["format_version"], document.get("kind")
    if type(version) is not int or version < 1:
        file.refuse(f"{version!r:.40} is no format_version")
    if version > VERSION:
        file.refuse(f"it has format_version {version}: a newer minidl has written it")
    if found != kind and kind == "weights" and found == "model":
        file.refuse("it is a whole model: open it with minidl.saving.load_model")
    if found != kind and kind == "model" and found == "weights":
        file.refuse("it has weights alone: build the model and call load_weights")
    if found != kind or set(document) != KEYS[kind]:
        file.refuse(f"a file of kind {found!r:.40} has not these parts")
    return document


def check_layers(model: Layer) -> None:
    """Raise unless a file may describe the layers of a model, to save or to load it."""
    layers = list(model.walk())
    if len(layers) > MOST_LAYERS:
        raise ValueError(
            f"{model.label} has {len(layers)} layers: a file may describe {MOST_LAYERS}"
        )
    if any(len(layer.name) > LONGEST_NAME for layer in layers):
        raise ValueError(
            f"a layer's name has more than {LONGEST_NAME} letters: choose a shorter one"
        )


def describe(model: Compiled, arrays: Arrays) -> dict[str, Json]:
    """Return what a file says of a model, but for its run; arrays go beside it.

    Raises:
        TypeError: if something in the model cannot be saved.
    """
    _refuse_namesakes(model)
    check_layers(model)
    for name, weight in naming.weights(model).items():
        arrays[name] = weight.value
    history = vars(model).get("history")
    return {
        "format_version": VERSION,
        "kind": "model",
        "model": Describer(arrays).encode(model, "model"),
        "input_shape": list(model._built_for or ()),
        "compiled": _compiled(model, arrays),
        "optimizer": _optimizer(model, arrays),
        "streams": {
            name: streams.describe(f"{model.label}, {name}", random)
            for name, random in naming.streams(model).items()
        },
        "history": history
        and Encoder(arrays).encode_dict(_numbers(history), "history"),
    }


def _numbers(history: object) -> dict[str, Any]:
    """Return what a `History` holds of every epoch; the facts of the run are not it."""
    kept = plain.state(history)
    return {name: value for name, value in kept.items() if name != "params"}


def _refuse_namesakes(model: Layer) -> None:
    """Raise if two classes of a model's layers have one name."""
    classes: dict[str, type] = {}
    for layer in model.walk():
        cls = type(layer)
        if "module" not in configuration.class_key(cls):
            plain.refuse_built_in(cls.__name__)
        if classes.setdefault(cls.__name__, cls) is not cls:
            raise ValueError(
                f"two classes of layers are called {cls.__name__}, so a file cannot "
                f"tell which: give one another name"
            )


def _compiled(model: Compiled, arrays: Arrays) -> Json:
    if "optimizer" not in vars(model):
        return None
    compiled = {
        "optimizer": model.optimizer,
        "loss": vars(model).get("loss"),
        "metrics": model._metrics,
        "weighted_metrics": model._weighted_metrics,
    }
    return Describer(arrays).encode_dict(compiled, "compiled")


def _optimizer(model: Compiled, arrays: Arrays) -> Json:
    optimizer = vars(model).get("optimizer")
    if optimizer is None or not optimizer.iterations:
        return None
    values = np.zeros(sum(weight.size for weight in model.weights), model.dtype)
    for slot, vector in optimizer._state_for(values).items():
        arrays[f"optimizer/{slot}"] = vector
    kept = plain.state(optimizer)
    counted = {key: kept[key] for key in kept.keys() - OPTIMIZER_VIEWS}
    return Encoder(arrays).encode_dict(dict(sorted(counted.items())), "optimizer")


def history(document: Mapping[str, Json], decoder: Decoder) -> dict[str, Any]:
    """Return the attributes of the `History` that a file holds, checked.

    Raises:
        ValueError: if there can be no such history.
    """
    found = decoder.decode_dict(document["history"])
    epoch: Any = found.get("epoch")
    numbers = found.get("history", {})
    late = found.get("_late")
    if not isinstance(numbers, dict) or not isinstance(late, dict):
        raise ValueError("its history is no dictionary")
    if not _are_counts(epoch):
        raise ValueError("its history has epochs that are no whole numbers")
    for name, values in numbers.items():
        rows = late.get(name, [])
        whole = isinstance(values, list) and values and _are_counts(rows)
        if not whole or not _fit(rows, len(values), len(epoch)):
            raise ValueError(f"its history of {name!r:.60} does not fit its epochs")
    return {"epoch": epoch, "history": numbers, "_late": late}


def _fit(late: list[int], values: int, epochs: int) -> bool:
    """Return whether so many values, the last ones in these rows, fit the epochs."""
    rows = [values - len(late) - 1, *late, epochs]
    return rows[0] >= -1 and all(row < after for row, after in pairwise(rows))


def _are_counts(values: Any) -> bool:
    """Return whether this is a list of whole numbers from 0."""
    return isinstance(values, list) and all(
        type(value) is int and value >= 0 for value in values
    )


def match_weights(
    model: Layer, arrays: Arrays, skip_mismatch: bool = False
) -> dict[str, str]:
    """Return the file's name of each weight by the model's name of it.

    The names of layers may differ, their places may not.

    Args:
        model: The model whose weights a file shall have.
        arrays: The file's arrays, of which those of layers are weights.
        skip_mismatch: Whether to leave out those that do not fit.

    Raises:
        ShapeError: otherwise, if the weights are others; with all differences.
    """
    own = {naming.place(n): (n, w) for n, w in naming.weights(model).items()}
    theirs = {naming.place(n): n for n in arrays if n.startswith(WEIGHTS)}
    problems = {place: f"{own[place][0]} is missing" for place in own.keys() - theirs}
    for place in theirs.keys() - own.keys():
        problems[place] = f"{theirs[place]} is too many"
    for place in own.keys() & theirs.keys():
        array, (name, weight) = arrays[theirs[place]], own[place]
        if array.shape != weight.shape:
            problems[place] = f"{name} is {array.shape} and not {weight.shape}"
        elif array.dtype.kind != "f":
            problems[place] = f"{name} is of {array.dtype}"
    if problems and not skip_mismatch:
        listed = "; ".join(sorted(problems.values())[:10])
        more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise ShapeError(f"its weights are not those of the model: {listed}{more}")
    return {own[p][0]: theirs[p] for p in own if p not in problems}


def restore(model: Compiled, document: Mapping[str, Json], decoder: Decoder) -> None:
    """Give a model, and its optimizer, what a file says of their state.

    Raises:
        ValueError: if the file says what cannot be.
    """
    names = match_weights(model, decoder.arrays)
    values = {name: decoder.take(theirs) for name, theirs in names.items()}
    wrong = [name for name, array in values.items() if array.dtype != model.dtype]
    if wrong:
        raise ValueError(f"{wrong[0]} is not of {model.dtype}, as its model is")
    counted = decoder.decode_dict(document["optimizer"] or {})
    states = streams.check_all(document["streams"], naming.streams(model))
    if counted and "optimizer" in vars(model):
        _restore_optimizer(model, counted, decoder)
    for name, weight in naming.weights(model).items():
        weight.value = values[name]
    for name, random in naming.streams(model).items():
        random.bit_generator.state = states[name]


def _restore_optimizer(
    model: Compiled, counted: dict[str, Any], decoder: Decoder
) -> None:
    optimizer = model.optimizer
    size = sum(weight.size for weight in model.weights)
    state = {slot: decoder.take(f"optimizer/{slot}") for slot in optimizer.slots}
    for slot, vector in state.items():
        if vector.shape != (size,) or vector.dtype != model.dtype:
            raise ValueError(f"optimizer/{slot} is not {size} numbers of {model.dtype}")
    steps = counted.get("iterations")
    if type(steps) is not int or not 0 <= steps < 2**63:
        raise ValueError(f"the optimizer cannot have taken {steps!r:.40} steps")
    plain.give(optimizer, counted, but=OPTIMIZER_VIEWS)
    optimizer.take_state(model.weights, state)
