"""Whether layers are being trained, told to a layer and to all that are in it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING

from minidl import arguments, packing
from minidl.types import Array, ArrayLike

if TYPE_CHECKING:
    from minidl.layers.layer import Layer

MODE = {"training", "frozen", "needs_dx"}  # what layers are told

_amid_fit: ContextVar[bool] = ContextVar("amid_fit", default=False)


def set_mode(layer: "Layer", training: bool, frozen: bool = False) -> None:
    """Say whether `fit` runs a layer, and whether something that holds it is frozen."""
    layer.training = training
    layer.frozen = training and (frozen or not layer.trainable)
    layer._enter_mode()
    for part in layer.sublayers:
        set_mode(part, training, layer.frozen)


def left_out(state: object) -> object:
    """Return what a copy of a layer is made of, without the mode that it is in."""
    if isinstance(state, dict):  # as it is of an object without __slots__
        return {name: own for name, own in state.items() if name not in MODE}
    return state


def call(layer: "Layer", x: ArrayLike, training: bool) -> Array:
    """Return what a layer makes of x while `fit` runs it, or while not."""
    with in_mode(layer, arguments.flag(layer.label, "training", training)):
        return layer(x)


@contextmanager
def in_mode(layer: "Layer", training: bool) -> Iterator[None]:
    """Let a layer act for a while as if `fit` ran it, or as if not."""
    before = [(part, part.training, part.frozen) for part in layer.walk()]
    try:
        set_mode(layer, training, layer.frozen)
        yield
    finally:
        for part, was_training, was_frozen in before:
            part.training, part.frozen = was_training, was_frozen
            part._enter_mode()


@contextmanager
def amid_fit() -> Iterator[None]:
    """Let `at_rest` and `apart` know that `fit` runs a model, maybe with layers shared.

    Their modes would not tell: while it validates, `fit` runs them as inference does.
    """
    token = _amid_fit.set(True)
    try:
        yield
    finally:
        _amid_fit.reset(token)


def at_rest(model: "Layer") -> AbstractContextManager[None]:
    """Return what lets a model rest from the `fit` that runs it, if one does.

    So it is where a callback asks for predictions in the middle of a run.
    """
    return in_mode(model, training=False) if _is_run(model) else nullcontext()


def apart(model: "Layer") -> AbstractContextManager[None]:
    """Return what puts a model back into the `fit` that runs it, if one does.

    So it is where a callback trains the model, or another with layers of it, in the
    middle of a run: that takes the weights into vectors of its own.
    """
    return _put_back(model) if _is_run(model) else nullcontext()


def _is_run(model: "Layer") -> bool:
    """Return whether `fit` runs a model, or may run layers of it in another one."""
    return model.training or _amid_fit.get()


@contextmanager
def _put_back(model: "Layer") -> Iterator[None]:
    parts = list(model.walk())
    modes = [(part, part.training, part.frozen, part.needs_dx) for part in parts]
    for part in parts:
        part.needs_dx = True
    try:
        with packing.put_back(model.weights):
            yield
    finally:
        for part, *mode in modes:
            part.training, part.frozen, part.needs_dx = mode
            part._enter_mode()
