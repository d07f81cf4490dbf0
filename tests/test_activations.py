"""Activations: the numbers of Keras, stability, kinks, names and functions.

`golden/activations.json` holds for every activation, at a dozen points x, its values
and its dx for dy = 1, 2, 3, ... They came from Keras 3.15.1 (KERAS_BACKEND=jax,
JAX_ENABLE_X64=1):

    function = keras.activations.get(name)
    y, vjp = jax.vjp(lambda x: function(x[None])[0], jax.numpy.asarray(x))
    dx = vjp(jax.numpy.arange(1.0, len(y) + 1))[0]

but for tanh, which Keras computes in float32 there: those are from mpmath.
"""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minidl import Sequential, activations, aliases, layers
from minidl.gradient_check import check_layer
from minidl.layers import Activation, Dense, Layer
from minidl.layers.activations import functions
from minidl.types import Array

GOLDEN = json.loads((Path(__file__).parent / "golden/activations.json").read_text())
X = np.array(GOLDEN.pop("x"))
EXTREMES = [-1e4, -745.0, -104.0, -100.0, -1.0, 0.0, 1.0, 100.0, 104.0, 745.0, 1e4]
MIXING = {"softmax", "log_softmax", "sparsemax", "glu"}
STABLE = sorted(set(aliases.ACTIVATIONS) - MIXING - {"exponential", "threshold"})
untyped: Any = layers  # to pass what type checkers would refuse


def layer_of(name: str) -> Layer:
    """Return the layer that "relu" or "elu(alpha=0.5)" means."""
    if name in aliases.ACTIVATIONS:
        return Activation(name).activation
    alias, given = re.fullmatch(r"(\w+)\((.*)\)", name).groups()  # type: ignore[union-attr]
    layer: Layer = eval(f"{aliases.ACTIVATIONS[alias]}({given})", {**vars(layers)})
    return layer


@pytest.mark.parametrize("name", GOLDEN)
def test_golden(name: str) -> None:
    y, dx = GOLDEN[name]
    layer = layer_of(name)
    np.testing.assert_allclose(layer.forward(X[None])[0], y, rtol=1e-12, atol=1e-15)
    dy = np.arange(1.0, len(y) + 1)[None]
    np.testing.assert_allclose(layer.backward(dy)[0], dx, rtol=1e-12, atol=3e-14)


@pytest.mark.parametrize("name", aliases.ACTIVATIONS)
def test_by_name_and_as_function(name: str) -> None:
    if name == "threshold":
        assert activations.threshold([0.0, 2.0], 1.0, -1.0).tolist() == [-1.0, 2.0]
        return
    by_name = Dense(4, activation=name).activation
    assert repr(Activation(name).activation) == repr(by_name)
    function = getattr(activations, name, None)
    if function is None:  # the names that Keras does not have
        assert name in ("identity", "prelu")
        return
    assert repr(Dense(4, activation=function).activation) == repr(by_name)
    np.testing.assert_array_equal(function(X), layer_of(name).forward(X))
    assert function(X.astype("float32")).dtype == np.float32
    assert function(X) is not X


def test_arguments_that_a_name_carries() -> None:
    assert repr(layer_of("leaky_relu")) == "LeakyReLU(negative_slope=0.2)"
    assert repr(layers.LeakyReLU()) == "LeakyReLU()"
    assert activations.relu6([-1, 3, 9]).tolist() == [0, 3, 6]
    assert activations.relu([-1.0, 3.0], negative_slope=0.5).tolist() == [-0.5, 3]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [*STABLE, "gelu(approximate=True)"])
def test_finite_and_silent_far_out(name: str, dtype: str) -> None:
    layer, x = layer_of(name), np.array([EXTREMES], dtype)
    layer.adopt(np.dtype(dtype), np.random.default_rng(0))
    layer.connect((len(EXTREMES),))
    with np.errstate(all="raise", under="ignore"):
        y = layer.forward(x)
        dx = layer.backward(np.ones_like(x))
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    assert y.dtype == dx.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(MIXING))
def test_finite_and_silent_far_apart(name: str, dtype: str) -> None:
    rows = [[1e4, 0, -1e4, 0], [-1e4] * 4, [745, -745, 104, -104]]
    layer, x = layer_of(name), np.array(rows, dtype)
    with np.errstate(all="raise", under="ignore"):
        y = layer.forward(x)
        dx = layer.backward(np.ones_like(y))
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


def test_log_softmax_is_exact_where_softmax_is_not() -> None:
    y = activations.log_softmax([[1e4, 0.0, -1e4], [-1e4] * 3, [1e38, 1e38, 0.0]])
    log2, log3 = np.log([2, 3])
    expected = [[0, -1e4, -2e4], [-log3] * 3, [-log2, -log2, -1e38]]
    np.testing.assert_allclose(y, expected)


def test_the_normal_distribution_keeps_its_digits_in_the_tail() -> None:
    # mpmath.ncdf(x), 50 digits
    x = np.array([-37.0, -20.0, -5.0, -1.0, 0.0, 0.5, 2.0, 9.0])
    expected = [
        *(5.725571222524577e-300, 2.7536241186062336e-89, 2.866515718791939e-07),
        *(0.15865525393145705, 0.5, 0.6914624612740131, 0.9772498680518208, 1.0),
    ]
    np.testing.assert_allclose(functions.normal(x)[1], expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "kinks"),
    [
        ("relu", [0]),
        ("relu(max_value=2.0, negative_slope=0.25, threshold=1.0)", [1, 2]),
        ("leaky_relu", [0]),
        ("relu6", [0, 6]),
        ("elu(alpha=0.5)", [0]),
        ("selu", [0]),
        ("hard_sigmoid", [-3, 3]),
        ("sparse_sigmoid", [-1, 1]),
        ("hard_tanh", [-1, 1]),
        ("hard_silu", [-3, 3]),
        ("sparse_plus", [-1, 1]),
        ("soft_shrink", [-0.5, 0.5]),
    ],
)
def test_at_a_kink_the_slope_is_between_those_beside_it(
    name: str, kinks: list[float]
) -> None:
    def slope(at: Array) -> Array:
        layer = layer_of(name)
        layer.forward(at)
        return layer.backward(np.ones_like(at))

    at = np.array([kinks], float)
    left, right = slope(at - 1e-9), slope(at + 1e-9)
    here = slope(at)
    assert (np.minimum(left, right) - 1e-8 <= here).all()
    assert (here <= np.maximum(left, right) + 1e-8).all()


@pytest.mark.parametrize(
    ("name", "kinks", "slopes"),
    [
        ("relu", [0], [0]),
        ("relu6", [0, 6], [0, 0]),
        ("leaky_relu", [0], [1]),
        ("elu(alpha=0.5)", [0], [0.5]),
        ("selu", [0], [1.7580993408473766]),
        ("hard_silu", [-3, 3], [0, 1]),
        ("hard_sigmoid", [-3, 3], [0, 0]),
        ("sparse_plus", [-1, 1], [0, 1]),
        ("soft_shrink", [-0.5, 0.5], [0, 0]),
        ("hard_shrink", [-0.5, 0.5], [0, 0]),
        ("threshold(threshold=1.0, default_value=5.0)", [1], [0]),
    ],
)
def test_at_a_kink_the_slope_is_that_of_keras(
    name: str, kinks: list[float], slopes: list[float]
) -> None:
    """By jax.grad of keras.activations.

    Keras takes the other side for hard_tanh and sparse_sigmoid, and for a ReLU with a
    threshold or a maximum numbers between the two.
    """
    layer = layer_of(name)
    layer.forward(np.array([kinks], float))
    np.testing.assert_allclose(layer.backward(np.ones((1, len(kinks))))[0], slopes)


def test_glu_halves_the_units_of_a_dense_layer() -> None:
    model = Sequential([Dense(6, "glu", input_shape=(2,)), Dense(1)], seed=0)
    assert [w.shape for w in model.weights] == [(2, 6), (6,), (3, 1), (1,)]
    check_layer(model, (2,))


def test_prelu_as_in_keras() -> None:
    # keras.layers.PReLU() with alpha set, and jax.vjp of its stateless_call
    layer = layers.PReLU()
    layer.connect((3,))
    layer.set_weights([[0.1, 0.2, 0.3]])
    x = np.array([[1.0, -2.0, 0.5], [0, 4, 1.5], [2, 1, -1], [-1.5, 0.5, 3]])
    dy = [[0.3, -0.1, 0.2], [0.5, 0.4, -0.3], [-0.2, 0.1, 0.6], [0.7, -0.6, 0.1]]
    y = [[1, -0.4, 0.5], [0, 4, 1.5], [2, 1, -0.3], [-0.15, 0.5, 3]]
    np.testing.assert_allclose(layer.forward(x), y)
    dx = [[0.3, -0.02, 0.2], [0.05, 0.4, -0.3], [-0.2, 0.1, 0.18], [0.07, -0.6, 0.1]]
    np.testing.assert_allclose(layer.backward(np.array(dy)), dx)  # Keras: dx[1, 0] = 0
    np.testing.assert_allclose(layer.alpha.grad, [-1.05, 0.2, -0.6])


BAD: dict[str, tuple[Any, type[Exception], str]] = {
    "a function": (
        lambda: Dense(1, np.tanh),
        TypeError,
        "is no activation: perhaps .tanh. is meant; pass an instance",
    ),
    "a class": (lambda: Dense(1, layers.ReLU), TypeError, "ReLU is a class"),
    "a typo": (lambda: Dense(1, "geluu"), ValueError, "did you mean 'gelu'"),
    "threshold without": (lambda: Dense(1, "threshold"), TypeError, "default_value"),
    "slope": (lambda: layers.LeakyReLU(-1), ValueError, "LeakyReLU: negative_slope"),
    "max_value": (lambda: layers.ReLU(max_value=-1), ValueError, "ReLU: max_value"),
    "alpha": (lambda: layers.CELU(0), ValueError, "CELU: alpha must be .* at least"),
    "b": (lambda: untyped.Squareplus("4"), TypeError, "Squareplus: b must be a number"),
    "axis": (lambda: untyped.Softmax(1.5), TypeError, "Softmax: axis must be a whole"),
    "axes": (lambda: layers.Softmax((1, 1)), ValueError, "different axes"),
    "no axis 3": (lambda: layers.Softmax(3)([[1, 2]]), ValueError, "axis=3 .* fit"),
    "batch": (lambda: layers.Softmax(0)([[1, 2]]), ValueError, "axis 0 is the batch"),
    "one": (lambda: layers.Softmax()([[1]]), ValueError, "'sigmoid' for a single"),
    "odd": (lambda: layers.GLU()([[1, 2, 3]]), ValueError, "must have an even size"),
    "shared": (lambda: layers.PReLU(shared_axes=2)([[1]]), ValueError, "shared_axes=2"),
    "penalty": (lambda: layers.PReLU(alpha_regularizer=1), TypeError, "regularizer"),
}


@pytest.mark.parametrize("case", BAD)
def test_refused(case: str) -> None:
    make, error, message = BAD[case]
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_sigmoid_keeps_its_digits_in_both_tails(dtype: str) -> None:
    x = np.array([-700.0, -80.0, -37.0, -20.0, -5.5, -0.1, 0.0, 0.1, 9.0, 60.0, 1e4])
    x = x.astype(dtype)[x > (-800 if dtype == "float64" else -85)]
    exact = [float(1 / (1 + Decimal(-float(value)).exp())) for value in x]
    layer, ulp = layers.Sigmoid(), float(np.finfo(dtype).eps)
    for y in (layer.forward(x[None])[0], functions.sigmoid(x)):
        np.testing.assert_allclose(y, exact, rtol=4 * ulp)
    near = np.abs(x) < 80
    slope = [
        float(Decimal(y) / (1 + Decimal(float(value)).exp()))
        for value, y in zip(x[near], np.array(exact)[near], strict=True)
    ]
    dx = layer.backward(np.ones_like(x[None]))[0]
    np.testing.assert_allclose(dx[near], slope, rtol=8 * ulp)


def test_get_makes_the_layer_that_a_name_or_a_function_means() -> None:
    assert repr(activations.get("relu6")) == "ReLU(max_value=6.0)"
    assert repr(activations.get(activations.tanh)) == "Tanh()"
    assert activations.get("relu")([-1.0, 2.0]).tolist() == [0, 2]
