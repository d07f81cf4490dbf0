"""A user's program and layer, which only the type checkers read."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray

from minidl import Sequential
from minidl.callbacks import History
from minidl.gradient_check import check_layer
from minidl.layers import Dense, Layer, Sigmoid
from minidl.losses import MSE, Loss
from minidl.optimizers import SGD, Optimizer
from minidl.parameter import Parameter
from minidl.types import Array, Shape


class Scale(Layer):
    factor: Parameter
    _x: Array

    def __init__(self, start: float = 1.0) -> None:
        super().__init__(name="scale")
        self.start = start

    def build(self, input_shape: Shape) -> None:
        self.factor = self.add_parameter("factor", input_shape, "ones")

    def forward(self, inputs: Array, /) -> Array:
        self._x = inputs
        return inputs * self.factor.value

    def backward(self, dy: Array, /) -> Array:
        self.factor.grad = (dy * self._x).sum(axis=0)
        return dy * self.factor.value


class Quartic(Loss):
    _error: Array

    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        self._error = y_pred - y_true
        return float((self._error**4).mean())

    def gradient(self) -> Array:
        return 4 * self._error**3 / self._error.size


class Signs(Optimizer):
    def update(self, value: Array, gradient: Array, /) -> None:
        value -= self.learning_rate * np.sign(gradient)


model = Sequential([Dense(3, activation="tanh"), Scale(), Sigmoid()], seed=0)
model.compile(optimizer=SGD(0.1), loss=MSE())
model.compile(optimizer=Signs(0.1), loss=Quartic())
model.compile("sgd", "mse")
history = model.fit([[0.0], [1.0]], [[1, 0, 0], [0, 1, 0]], epochs=2, verbose=0)
check_layer(Scale(2.0), (3,))

assert_type(history, History)
assert_type(history.history["loss"], list[float])
assert_type(model.predict([0.0, 1.0]), NDArray[np.floating[Any]])
assert_type(model([0.0, 1.0]), NDArray[np.floating[Any]])
assert_type(model.layers, list[Layer])
assert_type(model.get_weights(), list[NDArray[np.floating[Any]]])
assert_type(Dense.from_config(Dense(2).get_config()), Dense)
