"""Layers that are healthy but for one method, which computes or keeps a wrong thing."""

import threading
from collections.abc import Callable

import numpy as np
from healthy_layers import Centre, Cube, Linear, Noise

from minidl.layers import Layer
from minidl.types import Array, Shape

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


class NotTransposed(Linear):
    """Multiplies dy by a square matrix where its transpose belongs."""

    def backward(self, dy: Array, /) -> Array:
        super().backward(dy)
        return dy @ self.kernel.value


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


class OtherSign(OneSign):
    def backward(self, dy: Array, /) -> Array:
        return dy * (0.2 * self._x - 1)


class NotFinite(Cube):
    def backward(self, dy: Array, /) -> Array:
        dx: Array = dy * np.where(self._x > 0, 3 * self._x**2, np.inf)
        return dx


class NearZero(Layer):
    """Cuts off at 3, of which backward knows nothing."""

    def forward(self, x: Array, /) -> Array:
        return np.clip(x, -3, 3)

    def backward(self, dy: Array, /) -> Array:
        return dy


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


class OwnFunctions(OwnFunction):
    """Keeps such functions in a list, and the layer as a default of an argument."""

    def __init__(self) -> None:
        super().__init__()

        def power(x: Array, layer: "OwnFunctions" = self) -> Array:
            return x**layer.exponent

        self._powers = {"all": [power]}
        del self._power

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return self._powers["all"][0](x)


class Locked(Cube):
    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()


class LocksLate(Cube):
    def forward(self, x: Array, /) -> Array:
        self._lock = threading.Lock()
        return super().forward(x)


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
