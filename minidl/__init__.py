"""Small neural networks that you can read, trust, train fast on a CPU and ship.

>>> import numpy as np
>>> from minidl import Sequential
>>> from minidl.layers import Dense, Sigmoid
>>> x = np.arange(0.0, 1.0, 0.01)
>>> y = 20 * np.sin(2 * np.pi * x)
>>> model = Sequential([Dense(25), Sigmoid(), Dense(1)], seed=0)
>>> model.compile(optimizer="sgd", loss="mse")
>>> history = model.fit(x, y, batch_size=100, epochs=1000, verbose=0)
>>> history.history["loss"][0] > history.history["loss"][-1]
True
>>> model.predict(x).shape
(100,)
"""

from typing import TYPE_CHECKING, Never

from minidl import (
    absent,
    activations,
    callbacks,
    constraints,
    errors,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    saving,
    schedules,
    types,
    utils,
)
from minidl.layers import Input, Layer
from minidl.saving import load_model
from minidl.sequential import Sequential

__version__ = "0.1.0"

__all__ = [
    "Input",
    "Layer",
    "Sequential",
    "activations",
    "callbacks",
    "constraints",
    "errors",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "saving",
    "schedules",
    "types",
    "utils",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Never:
        raise absent.attribute(__name__, name)
