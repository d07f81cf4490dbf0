"""What a layer is, and how to write your own.

A layer computes `y = forward(x)` and, given dLoss/dy, its `backward` returns dLoss/dx.
In the names of minidl, `dy` and `dx` always mean dLoss/dy and dLoss/dx.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Self, Unpack

import numpy as np

from minidl import arguments, arrays, configuration, keywords
from minidl.announced import announce
from minidl.errors import NotBuiltError
from minidl.layers import mistakes, mode
from minidl.layers.options import KERAS_ONLY, OPTIONS, LayerOptions, checked
from minidl.parameter import Parameter, assign, first_value
from minidl.types import Array, ArrayLike, Shape

CONTAINERS = (list, tuple, dict)  # in which a layer may keep others


class Layer(metaclass=ABCMeta):
    """One step of a model, with parameters or without.

    To write your own, subclass `Layer` and define `forward` and `backward`. A layer
    with parameters declares them in `build`, one whose output has another shape than
    its input defines `output_shape`, and one with constructor arguments keeps each
    under its name:

        >>> from minidl import initializers
        >>> class Scale(Layer):
        ...     '''Multiplies each feature by a number that is learned.
        ...
        ...     Forward:   y = x * factor
        ...     Backward:  dfactor = (dy * x).sum(axis=0)
        ...                dx = dy * factor
        ...     '''
        ...
        ...     factor: Parameter
        ...     _x: Array  # (batch, features)
        ...
        ...     def __init__(self, start: float) -> None:
        ...         super().__init__()
        ...         self.start = start
        ...
        ...     def build(self, input_shape: Shape) -> None:
        ...         start = initializers.Constant(self.start)
        ...         self.factor = self.add_parameter("factor", input_shape, start)
        ...
        ...     def forward(self, x: Array, /) -> Array:
        ...         self._x = x
        ...         return x * self.factor.value
        ...
        ...     def backward(self, dy: Array, /) -> Array:
        ...         self.factor.grad = (dy * self._x).sum(axis=0)
        ...         return dy * self.factor.value
        >>> Scale(3.0)([[1.0, 2.0]])
        array([[3., 6.]])

    Then let `minidl.gradient_check.check_layer(Scale(3.0), (2,))` prove `backward`.

    A layer never writes into an array that it was given. `backward` assigns gradients,
    it does not add to them. `self.training` tells whether `fit` is running the layer,
    and `self.random` is the random stream of its model.

    Args:
        name: How messages and `summary` call it; by default the class's name in lower
            case, which a model numbers if it has several.
        trainable: False to keep the layer's parameters as they are while `fit` runs.
            May be changed at any time.
        input_shape: The shape of one sample, if known. A model whose first layer has it
            is built at once, otherwise when it sees its first data.
        input_dim: An `input_shape` of one axis, as in older programs for Keras.
    """

    trainable: bool
    input_shape: Shape | None
    training: bool = False  # whether `fit` runs it
    needs_dx: bool = True  # False in the first layer of a model while `fit` runs
    activity_penalty: float = 0.0  # what the last output adds to the loss
    dtype: np.dtype[np.floating]
    random: np.random.Generator
    keeps_random: bool = False  # True with a seed of its own, for no model's stream
    frozen: bool = False  # while `fit` runs: whether it, or what holds it, is frozen
    add_weight: keywords.Renamed = keywords.Renamed("add_parameter")
    _name: str | None
    _default_name: str  # if there is no other
    _built_for: Shape | None
    _declared: set[str]  # the names of its own parameters

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        mistakes.refuse_keras(cls)
        announce(cls)
        keywords.guard(cls, KERAS_ONLY)

    def __init__(self, **options: Unpack[LayerOptions]) -> None:
        self._set_options(**options)
        self.dtype = np.dtype("float64")
        self.random = np.random.default_rng()
        self._built_for = None
        self._declared = set()

    @abstractmethod
    def forward(self, x: Array, /) -> Array:
        """Return the output for a batch, and keep what `backward` needs."""

    @abstractmethod
    def backward(self, dy: Array, /) -> Array:
        """Assign dLoss/dparameter to each parameter's `grad` and return dLoss/dx."""

    def build(self, input_shape: Shape) -> None:  # noqa: B027  # most need none
        """Declare the parameters with `add_parameter`.

        A layer made of other layers calls `connect` on each of them here.
        """

    def _enter_mode(self) -> None:  # noqa: B027  # most need not
        """Get ready to be trained, or to infer: `training` was set just now.

        The parameters stay where they lie until this is called again.
        """

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the shape of one output sample; by default that of the input."""
        return input_shape

    def add_parameter(
        self,
        name: str,
        shape: Shape,
        initializer: object,
        regularizer: object = None,
        constraint: object = None,
        trainable: bool = True,
    ) -> Parameter:
        """Declare a parameter; to be called in `build` and kept as an attribute.

        Args:
            name: The attribute's name, such as "kernel".
            shape: The parameter's shape.
            initializer: An `Initializer` or its alias, such as "zeros".
            regularizer: A `Regularizer`, its alias, such as "l2", or None (default).
            constraint: A `Constraint`, its alias or None (default).
            trainable: False for what the layer keeps but no gradient changes.
        """
        owner = f"{self.label}, {name}"
        initial = first_value(owner, initializer, shape, self.dtype, self.random)
        self._declared.add(name)
        return Parameter(name, initial, trainable, regularizer, constraint)

    def connect(self, input_shape: Shape) -> Shape:
        """Build for samples of `input_shape`, once, and return the output's shape.

        Raises:
            ShapeError: if the layer was built, or declared, for another shape.
        """
        input_shape = arguments.shape(self.label, "input_shape", input_shape)
        mistakes.refuse_other_shape(self, input_shape)
        if self._built_for is None:
            sublayers = self.sublayers
            for layer in sublayers:
                layer.adopt(self.dtype, self.random)
            self.build(input_shape)
            mistakes.refuse_undeclared(self, sublayers)
        elif input_shape != self._built_for:  # of a layer without weights
            self.build(input_shape)
        self._built_for = input_shape
        return mistakes.checked_shape(self, input_shape)

    def adopt(self, dtype: np.dtype[np.floating], random: np.random.Generator) -> None:
        """Take the dtype, and the random stream, of the model that this layer joins."""
        mistakes.refuse_to_join(self, dtype)
        self.dtype = dtype
        self.random = self.random if self.keeps_random else random
        for layer in self.sublayers:
            layer.adopt(dtype, self.random)

    def ask_for_dx(self, needed: bool) -> None:
        """Set `needs_dx`: without it, `backward` may return anything."""
        self.needs_dx = needed

    def walk(self) -> Iterator["Layer"]:
        """Yield this layer and every layer in it."""
        yield self
        for layer in self.sublayers:
            yield from layer.walk()

    def __call__(self, x: ArrayLike, training: bool | None = None) -> Array:
        """Return the output for a batch, checked, building the layer if need be.

        Args:
            x: The samples, one a row. A 1-D array is n samples of one feature; if the
                output has one feature too, it comes back 1-D.
            training: Whether to act as while `fit` runs; None (default) for as it is.
        """
        if training is not None:
            return mode.call(self, x, training)
        given = arrays.real_array(self.label, "x", x, self.dtype)
        batch = arrays.samples(self.label, "x", given)
        if batch.shape[1:] != self._built_for:
            mistakes.connect(self, batch, given)
        y = arrays.unshared(mistakes.checked_output(self, batch), batch)
        return y[:, 0] if given.ndim == 1 and y.shape[1:] == (1,) else y

    @property
    def name(self) -> str:
        """How messages and `summary` call the layer."""
        return self._name or self._default_name

    @property
    def expected_shape(self) -> Shape | None:
        """The shape that an input sample must have; None if any will do."""
        return self._built_for if self.weights else self.input_shape

    @property
    def label(self) -> str:
        """How error messages begin: "layer 'dense'"."""
        return f"layer {self.name!r}"

    @property
    def built(self) -> bool:
        """Whether the input shape is known and the parameters are there."""
        return self._built_for is not None

    @property
    def sublayers(self) -> list["Layer"]:
        """The layers that this one keeps in its attributes, in lists and dicts too."""
        return [member for member in _members(vars(self)) if isinstance(member, Layer)]

    @property
    def weights(self) -> list[Parameter]:
        """Every parameter of this layer and of those in it, in order of declaration."""
        mistakes.refuse_replaced(self)
        found: dict[Parameter, None] = {}
        for member in _members(vars(self)):
            own = [member] if isinstance(member, Parameter) else member.weights
            found.update(dict.fromkeys(own))
        return list(found)

    @property
    def parameters(self) -> list[Parameter]:
        """The weights that have a gradient, whether frozen or not."""
        return [weight for weight in self.weights if weight.trainable]

    @property
    def trainable_weights(self) -> list[Parameter]:
        """The parameters that `fit` changes: those of no frozen layer."""
        frozen: set[Parameter] = set()
        for layer in self.walk():
            if not arguments.flag(layer.label, "trainable", layer.trainable):
                frozen.update(layer.weights)
        return [weight for weight in self.parameters if weight not in frozen]

    def count_params(self) -> int:
        """Return how many numbers the weights hold together."""
        self._require_built("count_params()")
        return sum(weight.size for weight in self.weights)

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in the order of `weights`."""
        self._require_built("get_weights()")
        return [weight.value.copy() for weight in self.weights]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Set the weights from arrays such as `get_weights` returns.

        Raises:
            ShapeError: if the number of arrays or a shape differs; nothing is changed.
        """
        self._require_built("set_weights()")
        assign(self.label, self.weights, weights)

    def get_config(self) -> configuration.Config:
        """Return the constructor's arguments, read from the attributes so named."""
        return configuration.get_config(self) | {n: getattr(self, n) for n in OPTIONS}

    @classmethod
    def from_config(cls, config: configuration.Config) -> Self:
        """Make a layer from its `get_config`, with weights of its own."""
        passed, options = configuration.split(cls, config, OPTIONS)
        layer = cls(**passed)
        if options:
            layer._set_options(**options)
        return layer

    def __getstate__(self) -> object:
        """Leave out the mode: `fit` does not run a copy."""
        return mode.left_out(super().__getstate__())

    def __repr__(self) -> str:
        return configuration.call_text(self)

    def _set_options(self, **options: Unpack[LayerOptions]) -> None:
        owner = type(self).__name__
        self._default_name = configuration.snake_case(owner)
        self._name, self.trainable, self.input_shape = checked(owner, options)

    def _require_built(self, what: str) -> None:
        if not self.built:
            raise NotBuiltError(
                f"{self.label} is not built, so {what} has nothing to work on: call it "
                f"on data, or give the model's first layer an input_shape"
            )

    def _missing(self, name: str) -> AttributeError:
        return mistakes.too_early(self, name)


announce(Layer)  # for which itself there is no __init_subclass__
keywords.guard(Layer, KERAS_ONLY)


def _members(values: Collection[Any]) -> Iterator[Parameter | Layer]:
    """Yield the parameters and layers among values, and in lists and dicts there."""
    for value in values.values() if isinstance(values, dict) else values:
        if isinstance(value, CONTAINERS):
            yield from _members(value)
        elif isinstance(value, Parameter) or Layer in type(value).__mro__:
            yield value  # isinstance(value, Layer) asks ABCMeta: thrice the time
