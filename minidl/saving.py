"""Models as files: `load_model`, and how a file may name classes of your own.

`model.save(path)` writes a file, `load_model(path)` makes the model again: its
predictions are the same to the last bit, and training goes on where it stopped. A file
is data. Nothing in it is executed, no name in it is imported, no other file is opened,
and what it says of sizes is believed of the numbers alone that it holds: loading takes
three times its bytes at most, for the file, the weights and their gradients.
"""

from typing import Any, Never

from minidl import arguments, keywords, objects, seeding
from minidl.callbacks.history import History
from minidl.files import container, snapshot
from minidl.files.container import OpenFile
from minidl.files.paths import Path
from minidl.objects import Builder, CustomObjects, register
from minidl.parameter import declaring
from minidl.sequential import Sequential

__all__ = ["CustomObjects", "load_model", "register", "save_model"]


def save_model(model: Sequential, filepath: Path, overwrite: bool = True) -> None:
    """Write a model into a file, as `model.save` does.

    Source: `keras.saving.save_model`.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"save_model() takes a Sequential, got {model!r:.60}")
    model.save(filepath, overwrite)


def load_model(
    filepath: Path,
    custom_objects: CustomObjects = None,
    compile: bool = True,
    **_unknown: Never,
) -> Sequential:
    """Make a model from the file that `save` wrote.

    Args:
        filepath: Where the file is.
        custom_objects: The classes and functions of your own that the model has: a
            list, or a dictionary by name. Those under `register` need not be passed.
        compile: False to leave out the optimizer, the loss and the metrics; True by
            default.

    Returns:
        The model, compiled if it was, with the state of its optimizer and of its random
        streams, and its `history`.

    Raises:
        FileFormatError: if the file is not what minidl saves, is damaged, or has a
            class that is not known.
        OSError: if it cannot be opened.

    Example:
        >>> import tempfile, pathlib
        >>> from minidl.layers import Dense, Sigmoid
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "model.safetensors"
        >>> model = Sequential([Dense(3), Sigmoid(), Dense(1)], seed=0)
        >>> model.build((2,))
        >>> model.save(path)
        >>> twin = load_model(path)
        >>> bool((twin.predict([[1.0, 2.0]]) == model.predict([[1.0, 2.0]])).all())
        True

    Source: `keras.saving.load_model`, without `safe_mode`: there is nothing to guard
    against, for no file can name code.
    """
    keywords.refuse("load_model()", load_model, _unknown, ("safe_mode",))
    arguments.flag("load_model()", "compile", compile)
    with (
        objects.passing("load_model()", custom_objects),
        OpenFile(filepath) as file,
    ):
        document = snapshot.read_document(file, "model")
        arrays = file.arrays()
        with container.telling(filepath), seeding.aside():
            model = _model(document, Builder(arrays), compile)
    del arrays  # their memory is free again before the weights are looked at
    snapshot.warn_not_finite(filepath, model)
    return model


def _model(document: dict[str, Any], builder: Builder, compile: bool) -> Sequential:
    """Return the model that a file describes."""
    with declaring(
        array
        for name, array in builder.arrays.items()
        if name.startswith(snapshot.WEIGHTS)
    ):
        model = _built(builder.decode(document["model"]), document["input_shape"])
    if document["compiled"] is not None and compile:
        model.compile(**builder.decode_dict(document["compiled"]))
    snapshot.restore(model, document, builder)
    if document["history"] is not None:
        model.history = History()
        vars(model.history).update(snapshot.history(document, builder))
    unread = ("run/",) if compile else ("run/", "optimizer/", "compiled/")
    snapshot.refuse_unread(builder.arrays.keys() - builder.used, *unread)
    return model


def _built(model: object, input_shape: object) -> Sequential:
    """Return a model that is built for samples of a shape."""
    if not isinstance(model, Sequential):
        raise ValueError(f"it describes {model!r:.60}, which is no model")
    snapshot.check_layers(model)
    model.build(arguments.shape("its configuration", "input_shape", input_shape))
    return model
