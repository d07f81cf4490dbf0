"""Layers as users write them, each with one fault, and the sentence that names it.

Each is a healthy layer, all of which must pass, with the one method spoilt.
"""

import copy
import threading
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from minidl import Sequential
from minidl.errors import GradientError, MinidlError
from minidl.gradient_check import check_layer
from minidl.layers import Dense, Layer, LayerOptions, Sigmoid, Tanh
from minidl.parameter import Parameter
from minidl.types import Array, Shape

# Healthy layers -----------------------------------------------------------------------


class Linear(Layer):
    """A matrix product with a bias, as every textbook has it."""

    kernel: Parameter
    bias: Parameter
    _x: Array

    def __init__(self, units: int = 3) -> None:
        super().__init__()
        self.units = units

    def build(self, input_shape: Shape) -> None:
        self.kernel = self.add_parameter(
            "kernel", (input_shape[0], self.units), "glorot_uniform"
        )
        self.bias = self.add_parameter("bias", (self.units,), "zeros")

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.units,)

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return x @ self.kernel.value + self.bias.value

    def backward(self, dy: Array, /) -> Array:
        self.kernel.grad = self._x.T @ dy
        self.bias.grad = dy.sum(axis=0)
        return dy @ self.kernel.value.T


class Cube(Layer):
    """x ** 3, without parameters."""

    _x: Array

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return x**3

    def backward(self, dy: Array, /) -> Array:
        return dy * 3 * self._x**2


class Noise(Layer):
    """Multiplies by random numbers near 1, in training."""

    _factor: Array

    def __init__(self, stddev: float = 0.1) -> None:
        super().__init__()
        self.stddev = stddev

    def forward(self, x: Array, /) -> Array:
        self._factor = np.ones_like(x)
        if self.training:
            self._factor += self.stddev * self.random.standard_normal(x.shape)
        return x * self._factor

    def backward(self, dy: Array, /) -> Array:
        return dy * self._factor


class Centre(Layer):
    """Subtracts the batch's mean in training, and a moving one otherwise."""

    moving: Parameter

    def build(self, input_shape: Shape) -> None:
        self.moving = self.add_parameter(
            "moving", input_shape, "zeros", trainable=False
        )

    def forward(self, x: Array, /) -> Array:
        mean = self.moving.value
        if self.training:
            mean = x.mean(axis=0)
            self.moving.value = 0.9 * self.moving.value + 0.1 * mean
        return x - mean

    def backward(self, dy: Array, /) -> Array:
        return dy - dy.mean(axis=0) if self.training else dy


class Buffered(Linear):
    """Has parameters in a list, and arrays of its own that it works on in place."""

    kernels: list[Parameter]

    def build(self, input_shape: Shape) -> None:
        shape = (input_shape[0], self.units)
        self.kernels = [
            self.add_parameter(f"kernel_{i}", shape, "he_normal") for i in (0, 1)
        ]

    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = x @ self.kernels[0].value
        y += x @ self.kernels[1].value
        return y

    def backward(self, dy: Array, /) -> Array:
        for kernel in self.kernels:
            np.dot(self._x.T, dy, out=kernel.grad)
        dx: Array = dy @ self.kernels[0].value.T
        dx += dy @ self.kernels[1].value.T
        return dx


class Saving(Linear):
    """Leaves out the dx that nobody needs."""

    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        return dx if self.needs_dx else dy


class Floor(Layer):
    """Whole numbers: its derivative is 0, nearly everywhere."""

    def forward(self, x: Array, /) -> Array:
        return np.floor(x)

    def backward(self, dy: Array, /) -> Array:
        return np.zeros_like(dy)


class Wrapped(Layer):
    """Made of layers, in a list and in a dict."""

    def __init__(self, units: int = 3) -> None:
        super().__init__()
        self.units = units
        self.inner = [Linear(units), Tanh()]
        self.gates = {"out": Dense(units)}

    def build(self, input_shape: Shape) -> None:
        for layer in (*self.inner, *self.gates.values()):
            input_shape = layer.connect(input_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.units,)

    def forward(self, x: Array, /) -> Array:
        for layer in (*self.inner, *self.gates.values()):
            x = layer.forward(x)
        return x

    def backward(self, dy: Array, /) -> Array:
        for layer in reversed([*self.inner, *self.gates.values()]):
            dy = layer.backward(dy)
        return dy


class Named(Linear):
    """Hands a name and other options on."""

    def __init__(self, units: int = 3, *, scale: Any = (1, 2), **options: Any) -> None:
        Layer.__init__(self, **cast(LayerOptions, options))
        self.units = units
        self.scale = list(scale)


class Table(Layer):
    """Looks up what whole numbers stand for, and has a constant array."""

    table: Parameter

    def build(self, input_shape: Shape) -> None:
        self.table = self.add_parameter("table", (9,), "random_normal")

    def forward(self, x: Array, /) -> Array:
        self._at = np.clip(np.rint(x), -4, 4).astype(int) + 4
        found: Array = self.table.value[self._at]
        return found

    def backward(self, dy: Array, /) -> Array:
        self.table.grad[:] = 0
        np.add.at(self.table.grad, self._at, dy)
        return np.zeros_like(dy)


HEALTHY = [
    Linear(),
    Linear(1),
    Cube(),
    Noise(),
    Centre(),
    Buffered(),
    Saving(),
    Floor(),
    Wrapped(),
    Named(name="own", trainable=False),
    Table(),
    Sequential([Linear(4), Noise(), Centre(), Cube(), Linear(2)], dtype="float32"),
]


@pytest.mark.parametrize("layer", HEALTHY, ids=repr)
@pytest.mark.parametrize("features", [1, 3, 4])
def test_healthy_layers_raise_no_alarm(layer: Layer, features: int) -> None:
    for seed in range(5):
        check_layer(layer, (features,), seed=seed)
    layer = copy.deepcopy(layer)
    layer(np.ones((7, features)))
    check_layer(layer, (features,))


# Wrong gradients ----------------------------------------------------------------------


class WrongFactor(Cube):
    def backward(self, dy: Array, /) -> Array:
        return dy * 2 * self._x**2


class MeanForSum(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.bias.grad = dy.mean(axis=0)
        return dx


class DividedByBatch(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.kernel.grad /= len(dy)
        return dx


class Transposed(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.kernel.grad = dy.T @ self._x
        return dx


class WrongSign(Noise):
    def backward(self, dy: Array, /) -> Array:
        return -super().backward(dy)


class NoDerivative(Cube):
    def backward(self, dy: Array, /) -> Array:
        return dy


class FirstRow(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.kernel.grad = np.outer(self._x[0], dy[0])
        return dx


class AllButLast(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.bias.grad = dy[:-1].sum(axis=0)
        return dx


class OneSign(Layer):
    """abs(x), with the derivative of x."""

    _x: Array

    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = np.abs(x) + 0.1 * x**2
        return y

    def backward(self, dy: Array, /) -> Array:
        return dy * (1 + 0.2 * self._x)


class Added(Linear):
    def backward(self, dy: Array, /) -> Array:
        self.kernel.grad += self._x.T @ dy
        self.bias.grad = dy.sum(axis=0)
        return dy @ self.kernel.value.T


class Unwritten(Linear):
    def backward(self, dy: Array, /) -> Array:
        self.kernel.grad = self._x.T @ dy
        return dy @ self.kernel.value.T


class NoMeanPath(Centre):
    def backward(self, dy: Array, /) -> Array:
        return dy


class OwnNoise(Noise):
    def backward(self, dy: Array, /) -> Array:
        noise = self.random.standard_normal(dy.shape) if self.training else 0.0
        return dy * (1 + self.stddev * noise)


class EarlyReturn(Linear):
    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy) if self.needs_dx else dy


class KeptView(Linear):
    """The array of `value` is another one once the model has packed its weights."""

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self._views = {"kernel": self.kernel.value}

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return x @ self._views["kernel"] + self.bias.value


class KeptInverse(Linear):
    """Computes something of its weights once, at the first forward."""

    def forward(self, x: Array, /) -> Array:
        self._x = x
        if "_double" not in vars(self):
            self._double = 2 * self.kernel.value
        return x @ self._double + self.bias.value

    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(2 * dy)
        self.bias.grad = dy.sum(axis=0)
        return dx


# What is kept from one call to another ------------------------------------------------


class CachedOnce(Cube):
    def forward(self, x: Array, /) -> Array:
        if "_x" not in vars(self):
            self._x = x
        return x**3


class CachedOutput(Cube):
    _y: Array | None = None

    def forward(self, x: Array, /) -> Array:
        self._x = x
        if self._y is None or self._y.shape != x.shape:
            self._y = x**3
        return self._y


class CachedInClass(Cube):
    _kept: dict[str, Array] = {}  # noqa: RUF012  # that is the fault

    def forward(self, x: Array, /) -> Array:
        self._kept["x"] = x
        return x**3

    def backward(self, dy: Array, /) -> Array:
        return dy * 3 * self._kept["x"] ** 2


class OneBuffer(Cube):
    _y: Array | None = None

    def forward(self, x: Array, /) -> Array:
        self._x = x
        if self._y is None or self._y.shape != x.shape:
            self._y = np.empty_like(x)
        return np.power(x, 3, out=self._y)


class OneBufferBack(Cube):
    _dx: Array | None = None

    def backward(self, dy: Array, /) -> Array:
        if self._dx is None or self._dx.shape != dy.shape:
            self._dx = np.empty_like(dy)
        return np.multiply(dy, 3 * self._x**2, out=self._dx)


class SpoilsCache(Cube):
    def forward(self, x: Array, /) -> Array:
        self._x = x.copy()
        return x**3

    def backward(self, dy: Array, /) -> Array:
        self._x **= 2
        return dy * 3 * self._x


class PopsCache(Cube):
    def forward(self, x: Array, /) -> Array:
        self._stack = [x]
        return x**3

    def backward(self, dy: Array, /) -> Array:
        return dy * 3 * self._stack.pop() ** 2


class Counts(Linear):
    """Warms up: the output grows with every call."""

    calls = 0

    def forward(self, x: Array, /) -> Array:
        self.calls += 1
        return super().forward(x) * min(1.0, self.calls / 100)


class OwnFunction(Cube):
    """A copy of the layer goes on with the original's exponent."""

    def __init__(self) -> None:
        super().__init__()
        self.exponent = 3
        self._power: Callable[[Array], Array] = lambda x: x**self.exponent

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return self._power(x)


class Locked(Cube):
    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()


# What is changed that belongs to others -----------------------------------------------


class ChangesX(Linear):
    def forward(self, x: Array, /) -> Array:
        np.maximum(x, 0, out=x)
        return super().forward(x)


class ChangesDy(Cube):
    def backward(self, dy: Array, /) -> Array:
        dy *= 3 * self._x**2
        return dy


class LearnsItself(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.kernel.value -= 0.01 * self.kernel.grad
        return dx


class ClipsItself(Linear):
    def forward(self, x: Array, /) -> Array:
        np.clip(self.kernel.value, -0.1, 0.1, out=self.kernel.value)
        return super().forward(x)


# Batches ------------------------------------------------------------------------------


class RemembersBatch(Linear):
    """Takes the number of samples from its first batch."""

    def forward(self, x: Array, /) -> Array:
        if "_ones" not in vars(self):
            self._ones = np.ones((len(x), 1), x.dtype)
        self._x = x
        return x @ self.kernel.value + self._ones * self.bias.value


class RemembersBatchBack(Linear):
    _samples = 0

    def forward(self, x: Array, /) -> Array:
        self._samples = self._samples or len(x)
        return super().forward(x)

    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.kernel.grad *= self._samples / len(dy)
        return dx


class Squeezes(Linear):
    def forward(self, x: Array, /) -> Array:
        return cast(Array, np.squeeze(super().forward(x)))


class BatchMean(Centre):
    """Subtracts the batch's mean outside of training too."""

    def forward(self, x: Array, /) -> Array:
        mean: Array = x.mean(axis=0)
        return x - mean

    def backward(self, dy: Array, /) -> Array:
        return dy - dy.mean(axis=0)


class MemoryOrder(Linear):
    def forward(self, x: Array, /) -> Array:
        flat = x.ravel(order="K")
        return super().forward(flat.reshape(x.shape))


# Inference ----------------------------------------------------------------------------


class AlwaysFollows(Centre):
    def forward(self, x: Array, /) -> Array:
        y = super().forward(x)
        if not self.training:
            self.moving.value = 0.9 * self.moving.value + 0.1 * x.mean(axis=0)
        return y


class AlwaysNoise(Noise):
    def forward(self, x: Array, /) -> Array:
        self._factor = 1 + self.stddev * self.random.standard_normal(x.shape)
        return x * self._factor


class AlwaysDraws(Noise):
    """The output is right, but the next training draws other numbers."""

    def forward(self, x: Array, /) -> Array:
        factor = self.stddev * self.random.standard_normal(x.shape)
        self._factor = 1 + factor if self.training else np.ones_like(x)
        return x * self._factor


class OwnStream(Noise):
    """Repeatable in training, and random in inference."""

    def forward(self, x: Array, /) -> Array:
        y = super().forward(x)
        if not self.training:
            y *= np.random.default_rng().uniform(0.9, 1.1)
        return y


class InferenceCache(Noise):
    """Keeps nothing for backward outside of training."""

    def forward(self, x: Array, /) -> Array:
        return super().forward(x) if self.training else x


# Configuration and dtype --------------------------------------------------------------


class Unkept(Linear):
    def __init__(self, units: int = 3, gain: float = 1.0) -> None:
        super().__init__(units)
        self._factor = gain


class KeptChanged(Linear):
    def __init__(self, units: int = 3) -> None:
        super().__init__(2 * units)


class KeptAsText(Linear):
    def __init__(self, units: Any = 3) -> None:
        super().__init__(int(units))
        self.units = int(units)
        self._units = f"{units} units"  # which get_config reads first


class OwnConfig(Linear):
    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "features": 4}


class ForgetsConfig(Linear):
    """Leaves an argument out of its configuration."""

    def __init__(self, units: int = 3, gain: float = 1.0) -> None:
        super().__init__(units)
        self.gain = gain

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["gain"]
        return config

    def forward(self, x: Array, /) -> Array:
        return self.gain * super().forward(x)

    def backward(self, dy: Array, /) -> Array:
        return super().backward(self.gain * dy)


class LateWeights(Cube):
    """Makes its weights in the first forward, where nothing declares them."""

    def forward(self, x: Array, /) -> Array:
        if "_weights" not in vars(self):
            self._weights = self.random.standard_normal(x.shape[1:])
        self._x = x
        return x**3 * self._weights

    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy * self._weights)


class Float64Output(Cube):
    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = x**3 * np.sqrt(2)
        return y

    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy * float(np.sqrt(2)))


class Float64Dx(Cube):
    def backward(self, dy: Array, /) -> Array:
        weights = np.full(dy.shape, 3.0)
        dx: Array = dy * weights * self._x**2
        return dx


class Float64Gradient(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx = super().backward(dy)
        self.bias.grad = np.ones(len(dy)) @ dy
        return dx


class OwnParameter(Linear):
    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.bias = Parameter("bias", np.zeros(self.units))


# Members and shapes -------------------------------------------------------------------


class Undeclared(Cube):
    def build(self, input_shape: Shape) -> None:
        self.gain = np.ones(input_shape)


class InSet(Linear):
    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        self.more = {self.add_parameter("offset", (self.units,), "zeros")}


class Holder:
    def __init__(self, kept: object) -> None:
        self.kept = kept


class InObject(Cube):
    def __init__(self) -> None:
        super().__init__()
        self.holder = Holder(Sigmoid())


class NoSuper(Cube):
    def __init__(self) -> None:
        pass


class WrongShape(Linear):
    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


class NothingReturned(Cube):
    def forward(self, x: Array, /) -> Array:
        super().forward(x)
        return cast(Array, None)


class FlatDx(Linear):
    def backward(self, dy: Array, /) -> Array:
        dx: Array = super().backward(dy)[0]
        return dx


class Logarithm(Cube):
    def forward(self, x: Array, /) -> Array:
        self._x = x
        return np.log(x)

    def backward(self, dy: Array, /) -> Array:
        return dy / self._x


class Constant(Cube):
    """The output does not know of x."""

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return np.ones_like(x)


FAULTS: list[tuple[Layer, str]] = [
    # wrong gradients
    (WrongFactor(), r"dx\[\d, \d\] is .*: it is 1.500 times too small$"),
    (MeanForSum(), "dbias.* averaged over the batch where it must be summed"),
    (DividedByBatch(), "dkernel.* averaged over the batch where it must be summed"),
    (Transposed(4), r"dkernel.* it is transposed"),
    (WrongSign(), "dx.* it has the wrong sign"),
    (NoDerivative(), r"dx.* it is dy, passed on without the derivative of forward\(\)"),
    (FirstRow(), "dkernel.* it counts only the first sample of the batch"),
    (AllButLast(), "dbias.* it leaves out the last sample of the batch"),
    (OneSign(), "dx.* it is right only where x is positive"),
    (Added(), "adds to the gradient of 'kernel' instead of assigning it"),
    (Unwritten(), "never written the gradient of 'bias'"),
    (NoMeanPath(), r"dx.* it is dy, passed on without the derivative"),
    (OwnNoise(), r"called twice .* gives something else the second time"),
    (EarlyReturn(), "dkernel is another one where needs_dx is False"),
    (KeptView(), r"kernel has no effect .* Use self\.kernel\.value itself"),
    (KeptInverse(), r"kernel has no effect .* Use self\.kernel\.value itself"),
    # what is kept
    (CachedOnce(), r"dx is another one after an earlier forward\(\) .* keep anew"),
    (CachedOutput(), r"something else after a forward\(\) of other samples"),
    (CachedInClass(), "dx is another one after .* another layer of this class"),
    (OneBuffer(), r"forward\(\) changed the y that it returned before"),
    (OneBufferBack(), r"backward\(\) changed the dx that it returned before"),
    (SpoilsCache(), r"must not change what forward\(\) kept"),
    (PopsCache(), r"called twice .* raised IndexError.*stay until the next forward"),
    (Counts(), r"something else for the same x.* keep nothing from call to call"),
    (OwnFunction(), "keeps a function in '_power' that uses self.* make it a method"),
    (Locked(), "cannot be copied, as fit must copy it: .*TypeError.*lock"),
    # what is changed
    (ChangesX(), r"forward\(\) changed x, the array it was given"),
    (ChangesDy(), r"backward\(\) changed dy, the array it was given"),
    (LearnsItself(), r"backward\(\) changed the value of 'kernel'.*the optimizer"),
    (ClipsItself(), r"forward\(\) changed the value of 'kernel'"),
    # batches
    (RemembersBatch(), r"worked for 5 samples, but for 3 .*ValueError.*len\(x\)"),
    (RemembersBatchBack(), r"for 3 samples after 5,: dkernel.*1\.667 times too large"),
    (Squeezes(), r"array of shape \(3,\) for one sample.* must be \(1, 3\).*squeeze"),
    (BatchMean(), "something else for a sample alone .* depend on its batch_size"),
    (MemoryOrder(), r"forward\(\) returns something else for .* another memory order"),
    # inference
    (AlwaysFollows(), "while self.training is False, changes 'moving'"),
    (AlwaysNoise(), "while self.training is False, draws random numbers"),
    (AlwaysDraws(), "while self.training is False, draws random numbers"),
    (OwnStream(), "False, returns something else for the same x.* left to chance"),
    (InferenceCache(), r"False, cannot run backward.* in training or not"),
    # configuration and dtype
    (Unkept(), r"get_config\(\) raised TypeError.*self\.gain = gain"),
    (KeptChanged(), "makes a layer with units=12, where this one has 6"),
    (KeptAsText(), r"from_config\(get_config\(\)\) raised ValueError.*as it came"),
    (OwnConfig(), r"from_config\(get_config\(\)\) raised TypeError.*'features'"),
    (ForgetsConfig(gain=2.0), "made again .* neither a constructor argument nor"),
    (LateWeights(), "made again .* neither .* nor a declared parameter"),
    (Float64Output(), "in a model of float32, returns y of float64: .*self.dtype"),
    (Float64Dx(), "in a model of float32, returns dx of float64"),
    (Float64Gradient(), "float32, computes the grad of 'bias' in float64"),
    (OwnParameter(), r"has a parameter 'bias' of float64: .* self\.add_parameter"),
    # members and shapes
    (Undeclared(), r"keeps an array in 'gain' that it did not declare"),
    (InSet(), "declares the parameter 'offset' but does not keep it where it is found"),
    (InObject(), "keeps a layer in 'holder', a Holder, where it is not found"),
    (NoSuper(), r"NoSuper.__init__ does not call super\(\)"),
    (WrongShape(), r"shape \(5, 3\), but output_shape\(\) announces \(5, 4\)"),
    (NothingReturned(), r"forward\(\) returned None, no array"),
    (FlatDx(), r"shape \(4,\), but dx has the shape of x, \(5, 4\)"),
    (Logarithm(), r"NaN or infinity .* behind one that .* Sequential\(\[Softplus"),
    (Constant(), r"dx.*: x has no effect on what forward\(\) returns"),
]


@pytest.mark.parametrize(
    ("layer", "sentence"), FAULTS, ids=[type(layer).__name__ for layer, _ in FAULTS]
)
def test_a_planted_fault_is_named(layer: Layer, sentence: str) -> None:
    kinds = (TypeError, MinidlError) if layer.__class__ in OTHERS else GradientError
    with pytest.raises(kinds, match=sentence):
        check_layer(layer, (4,))


OTHERS = {Undeclared, NoSuper}  # refused as in a model, before there is a gradient
