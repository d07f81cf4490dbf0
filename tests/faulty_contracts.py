"""Layers with a right gradient that are wrong in a model, each in one way."""

from collections import deque
from typing import Any, cast

import numpy as np
from healthy_layers import Centre, Cube, Linear, Noise

from minidl.layers import Sigmoid
from minidl.parameter import Parameter
from minidl.regularizers import Regularizer
from minidl.types import Array, Shape

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


class RemembersOutput(RemembersBatchBack):
    """Fills an array with as many rows as the first batch had."""

    def forward(self, x: Array, /) -> Array:
        self._samples = self._samples or len(x)
        y = np.zeros((self._samples, self.units), x.dtype)
        y[: len(x)] = Linear.forward(self, x)
        return y


class RemembersSum(RemembersBatchBack):
    def backward(self, dy: Array, /) -> Array:
        dx = Linear.backward(self, dy)
        self.bias.grad = np.ones(self._samples, dy.dtype) @ dy
        return dx


class FewerSamples(Cube):
    """Returns nothing for a batch that is not full."""

    def forward(self, x: Array, /) -> Array:
        y = super().forward(x)
        return y if len(x) == 5 else cast(Array, None)


class Squeezes(Linear):
    def forward(self, x: Array, /) -> Array:
        return cast(Array, np.squeeze(super().forward(x)))


class BatchMean(Centre):
    """Subtracts the batch's mean outside of training too."""

    def forward(self, x: Array, /) -> Array:
        mean: Array = x.mean(axis=0)
        return x - mean

    def backward(self, dy: Array, /) -> Array:
        mean: Array = dy.mean(axis=0)
        return dy - mean


class MemoryOrder(Linear):
    def forward(self, x: Array, /) -> Array:
        flat = x.ravel(order="K")
        return super().forward(flat.reshape(x.shape))


class MemoryOrderBack(Cube):
    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy.ravel(order="K").reshape(dy.shape))


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


class InferenceNaN(Cube):
    def forward(self, x: Array, /) -> Array:
        y = super().forward(x)
        return y if self.training else y * np.nan


class InferenceShape(Cube):
    def forward(self, x: Array, /) -> Array:
        y = super().forward(x)
        return y if self.training else y[:, :2]


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


class Penalty(Regularizer):
    """A user's own regularizer, which is right."""

    def __call__(self, w: Array, /) -> float:
        return float(np.abs(w).sum())

    def gradient(self, w: Array, /) -> Array:
        return np.sign(w)


class NonNeg(Penalty):
    """One that is called as a class of minidl."""


class HoldsOwn(Linear):
    """Has a part of the user's, which is not registered, and a float64 dx."""

    def __init__(self, rule: Regularizer) -> None:
        super().__init__(3)
        self.rule = rule

    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy).astype("float64")


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


class ForgetsBias(Linear):
    """Leaves out what decides how many weights there are."""

    def __init__(self, units: int = 3, more: bool = False) -> None:
        super().__init__(units)
        self.more = more

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if self.more:
            self.offset = self.add_parameter(
                "offset", (self.units,), "zeros", trainable=False
            )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "more": False}


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


class Float64Mean(Centre):
    def forward(self, x: Array, /) -> Array:
        y = super().forward(x)
        if self.training:
            self.moving.value = x.mean(axis=0, dtype=np.float64)
        return y


class Float32Output(Cube):
    def forward(self, x: Array, /) -> Array:
        return super().forward(x).astype(np.float32)


class Float32Dx(Cube):
    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy).astype(np.float32)


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


class InDeque(Cube):
    def __init__(self) -> None:
        super().__init__()
        self.last = deque([Sigmoid()])


class InNested(Cube):
    """Keeps a layer in a dict in an object in a list."""

    def __init__(self) -> None:
        super().__init__()
        self.holders = [Holder({"gate": Sigmoid()})]


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


class Mismatch(Linear):
    def backward(self, dy: Array, /) -> Array:
        return super().backward(dy) @ self.kernel.value.T


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
