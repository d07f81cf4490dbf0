"""A layer on trial: a copy in float64 that can be run the same way again."""

import copy
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from minidl.layers.layer import Layer
from minidl.parameter import Parameter

LayerT = TypeVar("LayerT", bound=Layer)


def float64_copy(layer: LayerT) -> LayerT:
    """Return a deep copy of a layer in which every array is float64."""
    layer = copy.deepcopy(layer)
    for part in layer.walk():
        part.dtype = np.dtype("float64")
    for weight in layer.weights:
        weight.astype(np.dtype("float64"))
    return layer


def activity(layer: Layer) -> float:
    """Return what the last outputs add to the loss."""
    return sum(part.activity_penalty for part in layer.walk())


def snapshot(layer: Layer) -> Callable[[], None]:
    """Return what puts random streams and statistics back as they are now."""
    streams = [(part.random, part.random.bit_generator.state) for part in layer.walk()]
    kept = [(w, w.value.copy()) for w in layer.weights if not w.trainable]

    def restore() -> None:
        for stream, state in streams:
            stream.bit_generator.state = state
        for weight, value in kept:
            weight.value = value

    return restore


def owned(layer: Layer) -> list[tuple[Layer, Parameter]]:
    """Return every parameter that has a gradient, with the layer it belongs to."""
    owners = {weight: part for part in layer.walk() for weight in part.weights}
    return [(owners[weight], weight) for weight in layer.parameters]
