"""Right layers, as users write them: none of them may raise an alarm."""

from typing import Any, cast

import numpy as np

from minidl import Sequential
from minidl.layers import Dense, Layer, LayerOptions, Tanh
from minidl.parameter import Parameter
from minidl.regularizers import L2, Regularizer
from minidl.types import Array, Shape


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
        return dx if self.needs_dx else cast(Array, None)


class Gain(Layer):
    """Has one number, whose gradient is a Python float."""

    gain: Parameter
    _x: Array

    def build(self, input_shape: Shape) -> None:
        self.gain = self.add_parameter("gain", (), "ones")

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return x * self.gain.value

    def backward(self, dy: Array, /) -> Array:
        self.gain.grad = cast(Array, float(np.vdot(dy, self._x)))
        return dy * self.gain.value


class Refuses(Cube):
    """Refuses numbers that it is not for."""

    def forward(self, x: Array, /) -> Array:
        if np.abs(x).max() > 5:
            raise ValueError("pass numbers from -5 to 5")
        return super().forward(x)


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


class Around(Layer):
    """Takes the layer that it is made of."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.layer = layer

    def build(self, input_shape: Shape) -> None:
        self.layer.connect(input_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        return self.layer.output_shape(input_shape)

    def forward(self, x: Array, /) -> Array:
        return self.layer.forward(x)

    def backward(self, dy: Array, /) -> Array:
        return self.layer.backward(dy)


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


class Select(Layer):
    """Some columns, one twice, named by an array of whole numbers."""

    _shape: Shape

    def __init__(self, columns: Any = (0, 0)) -> None:
        super().__init__()
        self.columns = np.asarray(columns)

    def output_shape(self, input_shape: Shape) -> Shape:
        return (len(self.columns),)

    def forward(self, x: Array, /) -> Array:
        self._shape = x.shape
        return x[:, self.columns]

    def backward(self, dy: Array, /) -> Array:
        dx = np.zeros(self._shape, dy.dtype)
        np.add.at(dx.T, self.columns, dy.T)
        return dx


class Halving(Regularizer):
    """A user's own part of a layer, which is not registered."""

    def __call__(self, w: Array, /) -> float:
        return 0.25 * float(np.vdot(w, w))

    def gradient(self, w: Array, /) -> Array:
        return 0.5 * w


class Ruled(Linear):
    """Takes such parts, in a dictionary too."""

    def __init__(self, rules: dict[str, Regularizer]) -> None:
        super().__init__()
        self.rules = rules


HEALTHY = [
    Linear(),
    Linear(1),
    Cube(),
    Noise(),
    Centre(),
    Buffered(),
    Saving(),
    Gain(),
    Refuses(),
    Floor(),
    Wrapped(),
    Around(Dense(2, "tanh")),
    Around(Linear(2)),
    Named(name="own", trainable=False),
    Table(),
    Select(),
    Ruled({"kernel": Halving(), "bias": L2()}),
    Dense(2, kernel_regularizer=Halving()),
    Sequential([Linear(4), Noise(), Centre(), Cube(), Linear(2)], dtype="float32"),
]
