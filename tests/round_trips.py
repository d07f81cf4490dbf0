"""How tests save a model, load it, and train both on to the same bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
from minidl.layers import (
    Dense,
    Flatten,
    Layer,
)
from minidl.optimizers import Adam
from minidl.saving import load_model
from minidl.types import Array

both_dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
X = np.random.default_rng(0).normal(size=(10, 3))
Y = X[:, :1] - X[:, 1:2]


def small(*layers: Layer, dtype: str = "float64") -> Sequential:
    """Return a compiled model of these layers and a dense one."""
    model = Sequential([*layers, Flatten(), Dense(1)], dtype=dtype, seed=0)
    model.compile(Adam(0.01), "mse", metrics=["mae"])
    return model


def bits(model: Sequential) -> list[bytes]:
    """Return all weights and all state of the optimizer, to the bit."""
    arrays = list(model.get_weights())
    if "optimizer" in vars(model):
        arrays += [model.optimizer.state[slot] for slot in model.optimizer.state]
    return [array.tobytes() for array in arrays]


def check_round_trip(
    model: Sequential, x: Array, y: Array, path: Path, **options: Any
) -> Sequential:
    """Fit a little, save, load: the twin is the same, and stays it when both go on."""
    fit: dict[str, Any] = {"batch_size": 4, "verbose": 0}
    model.fit(x, y, epochs=2, **fit)
    model.save(path)
    twin = load_model(path, **options)
    assert repr(twin) == repr(model)
    assert twin.dtype == model.dtype
    assert bits(twin) == bits(model)
    np.testing.assert_array_equal(twin.predict(x), model.predict(x))
    assert twin.history.history.keys() == model.history.history.keys()
    assert repr(twin.history.history) == repr(model.history.history)
    assert twin.optimizer.iterations == model.optimizer.iterations
    assert repr(twin.evaluate(x, y)) == repr(model.evaluate(x, y))
    model.fit(x, y, epochs=2, **fit)
    twin.fit(x, y, epochs=2, **fit)
    assert bits(twin) == bits(model)
    assert repr(twin.history.history) == repr(model.history.history)
    assert twin.optimizer.iterations == model.optimizer.iterations
    return twin
