"""Wrong uses: the type checker must object to every line marked with an error code."""

from minidl import Sequential
from minidl.layers import Dense, Layer, Sigmoid
from minidl.optimizers import SGD
from minidl.types import Array


class Renamed(Layer):
    def forward(self, x: Array, /, training: bool) -> Array:  # error: override
        return x

    def backward(self, dy: Array, /) -> Array:
        return dy


class Half(Layer):
    def forward(self, x: Array, /) -> Array:
        return x


model = Sequential([Dense(3), "relu"])  # error: list-item
model = Sequential([Dense(3)], dtype=3)  # error: arg-type
model.compile(optimizer=SGD, loss="mse")  # error: arg-type
model.compile("sgd", "mse", metrics=[3])  # error: list-item
model.fit([0.0], [0.0], verbose=3)  # error: arg-type
model.fit([0.0], [0.0], callbacks=["stop"])  # error: list-item
model.fit([0.0], [0.0], epochs="3")  # error: arg-type
model.fit([0.0], [0.0], epoch=3)  # error: arg-type
model.compile("sgd", "mse", ["mae"])  # error: arg-type
Dense("3")  # error: arg-type
Dense(3, lora_rank=4)  # error: call-arg
Sigmoid(slope=2)  # error: call-arg
SGD(learning_rate="fast")  # error: arg-type
SGD(lr=0.1)  # error: call-arg
Half()  # error: abstract
model.layerz  # error: attr-defined
