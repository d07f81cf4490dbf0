"""Whether layers are being trained, told to a layer and to all that are in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from minidl import arguments
from minidl.types import Array, ArrayLike

if TYPE_CHECKING:
    from minidl.layers.layer import Layer

MODE = {"training", "frozen", "needs_dx"}  # what layers are told


def set_mode(layer: "Layer", training: bool, frozen: bool = False) -> None:
    """Say whether `fit` runs a layer, and whether something that holds it is frozen."""
    layer.training = training
    layer.frozen = training and (frozen or not layer.trainable)
    layer._prepare()
    for part in layer.sublayers:
        set_mode(part, training, layer.frozen)


def call(layer: "Layer", x: ArrayLike, training: bool) -> Array:
    """Return what a layer makes of x while `fit` runs it, or while not."""
    with told(layer, arguments.flag(layer.label, "training", training)):
        return layer(x)


def left_out(state: object) -> object:
    """Return what a copy of a layer is made of, without the mode that it is in."""
    if isinstance(state, dict):  # as it is of an object without __slots__
        return {name: own for name, own in state.items() if name not in MODE}
    return state


@contextmanager
def at_rest(layer: "Layer") -> Iterator[None]:
    """Tell a layer that `fit` does not run it, in a callback say, for a while."""
    if any(part.training for part in layer.walk()):
        with told(layer, training=False):
            yield
    else:
        yield


@contextmanager
def told(layer: "Layer", training: bool) -> Iterator[None]:
    """Say whether `fit` runs a layer, for a while."""
    before = [(part, part.training, part.frozen) for part in layer.walk()]
    try:
        set_mode(layer, training, layer.frozen)
        yield
    finally:
        for part, was_training, was_frozen in before:
            part.training, part.frozen = was_training, was_frozen
            part._prepare()


@contextmanager
def apart(layer: "Layer") -> Iterator[None]:
    """Let a layer be trained, and put it back into a run that is training it already.

    That is so where a callback trains a model that shares layers with its own.
    """
    parts = list(layer.walk())
    if not any(part.training for part in parts):
        yield
        return
    modes = [(part, part.training, part.frozen, part.needs_dx) for part in parts]
    places = [(weight, weight._vectors, weight._start) for weight in layer.weights]
    for part in parts:
        part.needs_dx = True
    try:
        yield
    finally:
        for weight, vectors, start in places:
            value, grad = weight.value, weight.grad
            weight._bind(*vectors, start)
            weight.value, weight.grad = value, grad
        for part, part.training, part.frozen, part.needs_dx in modes:
            part._prepare()
