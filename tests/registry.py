"""One example of everything; each row gets the whole battery of `test_battery.py`.

A new class is one more row.
"""

from dataclasses import dataclass

from minidl import Sequential
from minidl.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Initializer,
    LecunNormal,
    LecunUniform,
    Ones,
    RandomNormal,
    RandomUniform,
    Zeros,
)
from minidl.layers import Activation, Dense, Identity, Layer, ReLU, Sigmoid, Tanh
from minidl.losses import Loss, MeanSquaredError
from minidl.optimizers import SGD, Optimizer
from minidl.types import Shape


@dataclass
class LayerCase:
    layer: Layer
    input_shape: Shape
    formula: bool = True  # whether its docstring states one that can be executed


LAYERS = [
    LayerCase(Dense(3, kernel_initializer="random_normal"), (4,)),
    LayerCase(Dense(2, use_bias=False, input_shape=(2,)), (2,), formula=False),
    LayerCase(Dense(2, activation="sigmoid", name="out"), (3,), formula=False),
    LayerCase(Dense(2, activation=ReLU(), trainable=False), (3,), formula=False),
    LayerCase(Identity(), (3,)),
    LayerCase(Sigmoid(), (3,)),
    LayerCase(Tanh(), (2, 3)),
    LayerCase(ReLU(), (4,)),
    LayerCase(Activation("tanh"), (3,), formula=False),
    LayerCase(Sequential([Dense(4), Sigmoid(), Dense(2)]), (3,), formula=False),
    LayerCase(
        Sequential([Sequential([Dense(3, "tanh")]), Sequential([Dense(2)])], seed=1),
        (2,),
        formula=False,
    ),
]
LOSSES: list[Loss] = [MeanSquaredError()]
OPTIMIZERS: list[Optimizer] = [
    SGD(),
    SGD(learning_rate=0.1, momentum=0.9),
    SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
]
INITIALIZERS: list[Initializer] = [
    Zeros(),
    Ones(),
    Constant(0.5),
    RandomUniform(-1, 2),
    RandomNormal(1.0, 0.5),
    GlorotUniform(seed=3),
    GlorotNormal(),
    HeUniform(),
    HeNormal(seed=1),
    LecunUniform(),
    LecunNormal(),
]
