"""The numbers are Keras's: golden ones, and live ones where Keras is installed.

The golden numbers came from Keras 3.15.1 (JAX backend, JAX_ENABLE_X64=1,
keras.config.set_floatx("float64")), from the program of `test_live` below. Keras keeps
the learning rate in float32 all the same, hence the tolerance.
"""

import os
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
from minidl.layers import Activation, Dense, Input
from minidl.optimizers import SGD
from minidl.regularizers import L1L2
from minidl.types import Array

X = np.linspace(-1, 1, 10)[:, None]
Y = np.sin(3 * X)
WEIGHTS = [
    np.array([[0.5, -0.4, 0.3]]),
    np.array([0.1, 0, -0.1]),
    np.array([[0.2, -0.3], [0.4, 0.1], [-0.5, 0.6]]),
    np.array([0, 0.2]),
    np.array([[0.7], [-0.8]]),
    np.array([0.05]),
]
FIT: dict[str, Any] = {
    "batch_size": 4,
    "epochs": 3,
    "shuffle": False,
    "validation_split": 0.2,
    "verbose": 0,
}
CASES: list[tuple[dict[str, Any], list[float], list[float], float, list[float]]] = [
    (
        {"learning_rate": 0.1},
        [0.7640356849151431, 0.7903192885642056, 0.7761071660352172],
        [0.23956636525690556, 0.20889171306043863, 0.20511765440460294],
        0.47683309509884564,
        [0.08487932293602693, 0.08491487530202974],
    ),
    (
        {"learning_rate": 0.1, "momentum": 0.9},
        [0.7640356849151431, 0.5368543616641546, 0.5875087371096015],
        [0.5059358328580856, 0.178261721819581, 0.15296149987261742],
        0.46534858604427426,
        [0.10210571828854056, 0.11029959214584992],
    ),
    (
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        [1.0362914569413988, 0.871243258996401, 0.7754538614535704],
        [0.11743112746626139, 0.13218126446008682, 0.1945912751252763],
        0.4589930565445684,
        [0.05219013001524715, 0.05776843659002623],
    ),
]
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))


def trained(options: dict[str, Any]) -> Sequential:
    model = Sequential(
        [
            Input((1,)),
            Dense(3),
            Activation("sigmoid"),
            Dense(2, activation="tanh"),
            Dense(1),
        ]
    )
    model.set_weights(WEIGHTS)
    model.compile(SGD(**options), "mse")
    model.fit(X, Y, **FIT)
    return model


@every_case
def test_golden(case: tuple[dict[str, Any], Array, Array, float, Array]) -> None:
    options, loss, val_loss, evaluated, predicted = case
    model = trained(options)
    assert list(model.history.history) == ["loss", "val_loss"]
    np.testing.assert_allclose(model.history.history["loss"], loss, rtol=1e-6)
    np.testing.assert_allclose(model.history.history["val_loss"], val_loss, rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, Y), evaluated, rtol=1e-6)
    np.testing.assert_allclose(model.predict(X)[:2, 0], predicted, rtol=1e-6)


def test_activity_regularization() -> None:
    """Golden numbers of a tanh layer with L1L2(0.1, 0.2) on its activity, SGD(0.5)."""
    x = np.linspace(-1, 1, 6).reshape(3, 2)
    y = np.array([[1.0], [0.0], [0.5]])
    layers = [Dense(2, "tanh", activity_regularizer=L1L2(0.1, 0.2)), Dense(1)]
    model = Sequential(layers, input_shape=(2,))
    kernel = [[0.1, 0.2], [0.3, -0.4]]
    model.set_weights([kernel, [0.3, 0.1], [[0.5], [-0.6]], [0.4]])
    model.compile(SGD(0.5), "mse")
    assert model.evaluate(x, y) == pytest.approx(0.3658910070856412, rel=1e-6)
    assert model.evaluate(x, y, 2) == pytest.approx(0.3658910046021144, rel=1e-6)
    history = model.fit(x, y, batch_size=2, epochs=3, shuffle=False, verbose=0)
    expected = [0.31704786761353415, 0.20763015126188597, 0.3048896196608742]
    np.testing.assert_allclose(history.history["loss"], expected, rtol=1e-6)
    np.testing.assert_allclose(
        model.get_weights()[0],
        [
            [-0.00461577735841277, 0.26775236539542674],
            [0.06120726726949208, -0.31638851277530183],
        ],
        rtol=1e-5,
    )


@every_case
def test_live(case: tuple[dict[str, Any], Array, Array, float, Array]) -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    keras: Any = pytest.importorskip("keras")
    layers = keras.layers
    keras.config.set_floatx("float64")
    model = keras.Sequential(
        [
            keras.Input((1,)),
            layers.Dense(3),
            layers.Activation("sigmoid"),
            layers.Dense(2, activation="tanh"),
            layers.Dense(1),
        ]
    )
    model.set_weights(WEIGHTS)
    model.compile(keras.optimizers.SGD(**case[0]), "mse")
    expected = model.fit(X, Y, **FIT).history
    history = trained(case[0]).history.history
    assert list(history) == list(expected)
    for name, curve in history.items():  # JAX computes in float32 unless told otherwise
        np.testing.assert_allclose(curve, expected[name], rtol=1e-5)
