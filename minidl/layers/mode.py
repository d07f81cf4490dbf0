"""Whether layers are being trained, told to a layer and to all that are in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from minidl import arguments
from minidl.types import Array, ArrayLike

if TYPE_CHECKING:
    from minidl.layers.layer import Layer


def set_mode(layer: "Layer", training: bool, frozen: bool = False) -> None:
    """Say whether `fit` runs a layer, and whether something that holds it is frozen."""
    layer.training = training
    layer.frozen = frozen or not layer.trainable
    layer._enter_mode()
    for part in layer.sublayers:
        set_mode(part, training, layer.frozen)


@contextmanager
def in_mode(layer: "Layer", training: bool) -> Iterator[None]:
    """Let a layer act for a while as if `fit` ran it, or as if not."""
    if layer.training == training:
        yield
        return
    before = [(part, part.training, part.frozen) for part in layer.walk()]
    set_mode(layer, training, layer.frozen)
    try:
        yield
    finally:
        for part, was_training, was_frozen in before:
            part.training, part.frozen = was_training, was_frozen
            part._enter_mode()


def call(layer: "Layer", x: ArrayLike, training: bool) -> Array:
    """Return what a layer makes of x while `fit` runs it, or while not."""
    training = arguments.flag(layer.label, "training", training)
    with in_mode(layer, training):
        return layer(x)
