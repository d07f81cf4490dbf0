"""The chain of layers: each takes what the one before it returns."""

import itertools
from collections.abc import Callable, Sequence
from typing import Never, Self

import numpy as np

from minidl import (
    aliases,
    arguments,
    configuration,
    keywords,
    layers,
    objects,
    seeding,
)
from minidl.configuration import Config
from minidl.layers import mistakes
from minidl.layers.input import Input
from minidl.layers.layer import Layer
from minidl.model import Model
from minidl.summary import Row, printable, shape_text, table, totals
from minidl.types import Array, Shape

KERAS_SUMMARY = ("expand_nested", "layer_range", "line_length", "positions")


class Sequential(Model):
    """A chain of layers, and itself a layer.

    Forward:   x = layer.forward(x), from the first layer to the last
    Backward:  dy = layer.backward(dy), from the last layer to the first

    Args:
        layers: The layers, in order; more can be added later. An `Input` in front, or
            an `input_shape` of the first layer, builds the model at once; otherwise its
            first data does.
        name: How messages and `summary` call it; "sequential" by default.
        dtype: "float64" (default) or "float32", for every array of the model.
        seed: A whole number for the same weights, shuffling and noise in every run;
            None (default) for different ones.
        trainable: False to keep every weight as it is while `fit` runs.
        input_shape: The shape of one sample, as an `Input` in front would say it.

    Example:
        >>> from minidl.layers import Dense, Sigmoid
        >>> model = Sequential([Dense(25), Sigmoid(), Dense(1)], seed=0)
        >>> model([0.0, 0.5]).shape
        (2,)
        >>> model.count_params()
        76

    Source: `keras.Sequential`; `dtype` and `seed` are minidl's own.
    """

    # type checkers want these four of Layer's again, since this class assigns them
    dtype: np.dtype[np.floating]
    random: np.random.Generator
    keeps_random: bool
    input_shape: Shape | None
    seed: int | None
    _layers: list[Layer]

    def __init__(
        self,
        layers: Sequence[Layer | Input] | None = None,
        name: str | None = None,
        dtype: str = "float64",
        seed: int | None = None,
        *,
        trainable: bool = True,
        input_shape: Shape | None = None,
    ) -> None:
        if not isinstance(layers, list | tuple | None):
            raise TypeError(f"Sequential takes a list of layers, got {layers!r}")
        super().__init__(name=name, trainable=trainable, input_shape=input_shape)
        self.dtype = arguments.dtype("Sequential", dtype)
        if seed is not None:
            seed = arguments.whole_number("Sequential", "seed", seed, least=0)
        self.seed = seed
        for_layers, for_shuffling = seeding.sequence(seed).spawn(2)
        self.random = np.random.default_rng(for_layers)
        self.keeps_random = seed is not None
        self._shuffling = np.random.default_rng(for_shuffling)
        self._layers = []
        if self.input_shape is not None:
            self.connect(self.input_shape)
        own = set(self.walk())
        for layer in layers or ():
            self._join(layer, own)

    def add(self, layer: Layer | Input) -> None:
        """Put a layer at the end.

        Raises:
            TypeError: if it is no layer, or a layer's class.
            ValueError: if the layer or its name is in the model already.
        """
        self._join(layer, set(self.walk()))

    def _join(self, layer: Layer | Input, own: set[Layer]) -> None:
        """Put a layer at the end, and what is in it among the model's own layers."""
        if isinstance(layer, Input):
            self._begin_with(layer.shape)
            return
        layer = _as_layer(layer)
        self._refuse_twice(layer, own)
        own.update(layer.walk())
        self._name_apart(layer)
        layer.adopt(self.dtype, self.random)
        if not self.layers and not self.built and layer.expected_shape is not None:
            self._begin_with(layer.expected_shape)
        if self._built_for is not None:
            layer.connect(self.output_shape(self._built_for))
        self._layers.append(layer)
        self._rehearsed = False

    def pop(self) -> Layer:
        """Take the last layer off and return it."""
        if not self.layers:
            raise ValueError(f"{self.label} has no layer to pop")
        self._rehearsed = False
        return self._layers.pop()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return the layer of a name, or of an index; the other is left out.

        Raises:
            ValueError: if there is none.
        """
        count = len(self._layers)
        if name is None and index is not None and -count <= index < count:
            return self._layers[index]
        for layer in self._layers:
            if index is None and layer.name == name:
                return layer
        names = ", ".join(repr(layer.name) for layer in self._layers)
        if (name is None) == (index is None):
            raise ValueError(
                f"get_layer() takes a name or an index, got {name!r} and {index}: the "
                f"layers of {self.label} are {names}"
            )
        asked = f"of name {name!r}" if index is None else f"at index {index}"
        raise ValueError(f"{self.label} has no layer {asked}: its layers are {names}")

    def build(self, input_shape: Shape) -> None:
        """Build every layer for samples of `input_shape`."""
        shape = built_for = arguments.shape("build()", "input_shape", input_shape)
        for layer in self.layers:
            shape = layer.connect(shape)
        self._built_for = built_for

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one sample after the last layer."""
        for layer in self.layers:
            input_shape = mistakes.checked_shape(layer, input_shape)
        return input_shape

    def forward(self, x: Array, /) -> Array:
        """Return what the last layer makes of x."""
        for layer in self._layers:
            x = layer.forward(x)
        return x

    def backward(self, dy: Array, /) -> Array:
        """Let every layer assign its gradients, last to first, and return dx."""
        for layer in reversed(self._layers):
            dy = layer.backward(dy)
        return dy

    def summary(
        self,
        *,
        print_fn: Callable[[str], object] | None = None,
        show_trainable: bool = False,
        **_unknown: Never,
    ) -> str:
        """Print the layers, their output shapes and parameters; return the text.

        Args:
            print_fn: What prints the text; None (default) for `print`.
            show_trainable: Whether to show which layers `fit` changes: "Y", "N", or "-"
                for one without weights; False by default.

        Source: `keras.Model.summary`.
        """
        owner = "summary()"
        keywords.refuse(owner, Sequential.summary, _unknown, KERAS_SUMMARY)
        columns = 3 + arguments.flag(owner, "show_trainable", show_trainable)
        drawn = table(_rows(self), columns)
        text = f'Model: "{self.name}"\n{drawn}{_totals(self)}'
        if print_fn is not None and not callable(print_fn):
            raise TypeError(
                f"{owner}: print_fn must be a function of the text, got {print_fn!r}"
            )
        (print_fn or print)(printable(text))
        return text

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: objects.CustomObjects = None
    ) -> Self:
        """Make a model from its `get_config`, with weights of its own.

        Args:
            config: What `get_config` returned.
            custom_objects: The classes and functions of your own that it names, as for
                `minidl.saving.load_model`.
        """
        with objects.passing("from_config()", custom_objects):
            return cls(**config)

    def ask_for_dx(self, needed: bool) -> None:
        """Tell the first layer whether its `backward` must return dx."""
        for layer in self._layers[:1]:
            layer.ask_for_dx(needed)

    @property
    def layers(self) -> list[Layer]:
        """The layers, in a list of their own; `add` and `pop` change the model."""
        return list(self._layers)

    @property
    def label(self) -> str:
        """How error messages begin: "model 'sequential'"."""
        return f"model {self.name!r}"

    def _begin_with(self, shape: Shape) -> None:
        """Build for samples of a shape, before there is a layer."""
        if self.layers or self.built:
            raise ValueError(
                f"{self.label}: Input belongs once, before the first layer"
            )
        self.input_shape = shape
        self.connect(shape)

    def _refuse_twice(self, layer: Layer, own: set[Layer]) -> None:
        """Raise if a layer, or one that is in it, is among the model's own."""
        if own.isdisjoint(layer.walk()):
            return
        for name, kept in vars(self).items():
            if kept is layer:
                raise ValueError(
                    f"{layer.label} is in {self.label} already, as its attribute "
                    f"{name!r}: add() it first, and keep it then"
                )
        raise ValueError(
            f"{layer.label} is in {self.label} already: a layer keeps the values of "
            f"one forward, so make a second layer"
        )

    def _name_apart(self, layer: Layer) -> None:
        """Number a layer's default name if it is taken; raise if its own one is."""
        taken = {other.name for other in self.layers}
        if layer._name in taken:
            raise ValueError(
                f"{self.label} has a layer {layer.name!r} already: choose another name"
            )
        base = configuration.snake_case(type(layer).__name__)
        names = itertools.chain([base], (f"{base}_{i}" for i in itertools.count(1)))
        layer._default_name = next(name for name in names if name not in taken)


def _rows(model: Sequential) -> list[Row]:
    """Return what the summary's table says of each layer."""
    shape = model._built_for
    rows: list[Row] = []
    for layer in model.layers:
        name = f"{layer.name} ({type(layer).__name__})"
        trained = "Y" if model.trainable and layer.trainable else "N"
        trained = trained if layer.weights else "-"
        if shape is None:
            rows.append((name, "?", "0 (unbuilt)", trained))
        else:
            shape = mistakes.checked_shape(layer, shape)
            count = f"{layer.count_params():,}"
            rows.append((name, shape_text(shape), count, trained))
    return rows


def _totals(model: Sequential) -> str:
    """Return the lines below the summary's table."""
    total = sum(weight.size for weight in model.weights)
    trained = sum(weight.size for weight in model.trainable_weights)
    return totals(total, trained, model.dtype.itemsize)


def _as_layer(given: object) -> Layer:
    """Return a layer that is given as itself or as its configuration."""
    if isinstance(given, dict) and objects.is_custom(given.get("class_name")):
        given = objects.rebuild(given)
    classes = vars(layers) | {"Sequential": Sequential}
    if isinstance(given, str):
        raise TypeError(
            f"{given!r} is no layer: for an activation, Activation({given!r})"
        )
    return aliases.resolve("layer", given, Layer, {}, classes)


objects.add_built_in(Sequential)
