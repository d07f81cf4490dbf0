"""A layer on trial: a copy in float64 that can be run the same way again."""

import copy
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from minidl.errors import GradientError
from minidl.layers.layer import Layer
from minidl.layers.mode import set_mode
from minidl.packing import pack
from minidl.parameter import Parameter
from minidl.returned import check_array
from minidl.types import Array, Shape

BATCH = 5  # samples of a layer's check: unlike the factors that mistakes usually have

LayerT = TypeVar("LayerT", bound=Layer)


@dataclass
class Gradient:
    """A gradient that `backward` gave, and the array that it is the gradient of."""

    owner: str  # the label of a layer, or the name of a loss
    name: str  # such as "dx" or "dkernel"
    numbers: Array
    array: Array
    dy: Array | None = None  # of a dx that could be dy, passed on


class Trial:
    """A layer and a batch, which it computes anew with the same random numbers."""

    layer: Layer
    x: Array
    dy: Array
    when: str  # what error messages add to the layer's label
    advice: str  # and what they end with where the layer cannot take the batch

    def __init__(
        self, layer: Layer, x: Array, dy: Array, when: str = "", advice: str = ""
    ) -> None:
        self.layer, self.x, self.dy = layer, x, dy
        self.when, self.advice = when, advice
        self._restore = snapshot(layer)

    @property
    def label(self) -> str:
        """How error messages begin."""
        return self.layer.label + self.when

    def forward(self, x: Array | None = None) -> Array:
        """Return y for the batch, or for another one of its size."""
        self._restore()
        y = self.run("forward", self.x if x is None else x)
        y = checked_array(self.label, "forward", y, self.dy, self.advice)
        if not np.isfinite(y).all():
            raise GradientError(
                f"{self.label}: forward() returned NaN or infinity. A layer that takes "
                f"only some numbers can be checked behind one that returns such, as in "
                f"Sequential([Softplus(), layer])"
            )
        return y

    def backward(self) -> Array:
        """Return dx, of the last forward."""
        dx = self.run("backward", self.dy)
        return checked_array(self.label, "backward", dx, self.x, self.advice)

    def run(self, method: str, array: Array) -> object:
        """Return what `forward` or `backward` returns; say so if it raises."""
        try:
            returned: object = getattr(self.layer, method)(array)
        except GradientError as error:  # of a parameter that watches over its dtype
            raise GradientError(f"{self.label}: {method}() {error}") from error
        except Exception as error:
            raise GradientError(
                f"{self.label}: {method}() raised {type(error).__name__}: {error}"
                f"{self.advice}"
            ) from error
        return returned

    def outputs(self) -> Array:
        """Return numbers whose sum is the loss, in one row for each sample."""
        rows = (self.dy * self.forward()).reshape(len(self.x), -1)
        share = activity(self.layer) / len(self.x)
        return np.column_stack([rows, np.full(len(rows), share)])

    def gradients(self, *, forward: bool = True) -> list[Gradient]:
        """Return dx and every parameter's gradient; without a forward, of the last."""
        if forward:
            self.forward()
        forget_gradients(self.layer)
        dx = self.backward()
        passed = self.dy if self.dy.shape == self.x.shape else None
        return [Gradient(self.label, "dx", dx.copy(), self.x, passed), *self.written()]

    def written(self) -> list[Gradient]:
        """Return the gradients of the parameters as they are now."""
        found = []
        for owner, weight in owned(self.layer):
            label, name = owner.label + self.when, f"d{weight.name}"
            found.append(Gradient(label, name, weight.grad.copy(), weight.value))
        return found

    def copy(self) -> "Trial":
        """Return a trial of a copy of the layer, in the same mode."""
        self._restore()
        layer = copied(self.layer)
        set_mode(layer, self.layer.training)
        return Trial(layer, self.x, self.dy, self.when)

    def on(self, x: Array, dy: Array, when: str, advice: str = "") -> "Trial":
        """Return a trial of the same layer on another batch."""
        self._restore()
        return Trial(self.layer, x, dy, when, advice)


def checked_array(
    owner: str, method: str, returned: object, like: Array, advice: str = ""
) -> Array:
    """Return what a method returned, if it is an array as it must be."""
    try:
        return check_array(owner, method, returned, like)
    except (TypeError, ValueError) as error:
        raise GradientError(f"{error}{advice}") from None


def begin(layer: Layer, shape: Shape, seed: int) -> Trial:
    """Return the trial of a copy in training mode, with random weights and samples."""
    random = np.random.default_rng(seed)
    layer = copied(layer)
    output_shape = connect(layer, shape, np.dtype("float64"), seed)
    convert(layer, np.dtype("float64"))  # moves the numbers, as a model does
    for weight in layer.parameters:
        weight.value += 0.1 * random.standard_normal(weight.shape)  # off the special 0
    x = random.standard_normal((BATCH, *shape))
    dy = random.standard_normal((BATCH, *output_shape))
    set_mode(layer, training=True)
    return Trial(layer, x, dy)


def connect(
    layer: Layer, shape: Shape, dtype: np.dtype[np.floating], seed: int
) -> Shape:
    """Build a layer in a dtype, and return the shape of one output sample."""
    convert(layer, dtype)  # a layer in it may be built already
    if not layer.built:
        layer.adopt(dtype, np.random.default_rng(seed))
    return layer.connect(shape)


def copied(layer: LayerT) -> LayerT:
    """Return a deep copy of a layer, or say that there can be none."""
    try:
        return copy.deepcopy(layer)
    except Exception as error:
        raise GradientError(
            f"{layer.label} cannot be copied, as fit must copy it: copy.deepcopy "
            f"raised {type(error).__name__}: {error}"
        ) from error


def convert(layer: Layer, dtype: np.dtype[np.floating]) -> None:
    """Give a layer another dtype, and its weights, end to end as in training."""
    for part in layer.walk():
        part.dtype = dtype
    for weight in layer.weights:
        weight.astype(dtype)
    pack(layer.weights)


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


def forget_gradients(layer: Layer) -> None:
    """Make every gradient NaN, so that one which is not written shows."""
    for weight in layer.parameters:
        weight.grad[...] = np.nan


def owned(layer: Layer) -> list[tuple[Layer, Parameter]]:
    """Return every parameter that has a gradient, with the layer it belongs to."""
    owners = {weight: part for part in layer.walk() for weight in part.weights}
    return [(owners[weight], weight) for weight in layer.parameters]


def inside(value: object, objects: int = 1) -> Iterator[object]:
    """Yield a value and those in it: in collections, and in an object.

    Layers and parameters are not gone into, nor objects in that object: they may know
    of all the program.
    """
    yield value
    if isinstance(value, list | tuple | set | frozenset | deque):
        for member in value:
            yield from inside(member, objects)
    elif isinstance(value, dict):
        yield from inside(list(value.values()), objects)
    elif objects and not isinstance(value, type | Layer | Parameter):
        yield from inside(getattr(value, "__dict__", {}), objects - 1)
