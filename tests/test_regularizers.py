"""Regularizers and constraints: the numbers of Keras, and what training does with them.

The golden numbers came from Keras 3.15.1 (JAX backend, JAX_ENABLE_X64=1,
keras.config.set_floatx("float64")): of each call below on W, and of the two
programs. Keras keeps learning rates in float32, hence the tolerance. No weight is 0
there: the slope of its L1 at 0 is 1 with JAX, and 0 with torch and TensorFlow as here.
"""

from typing import Any, cast

import numpy as np
import pytest

from minidl import Sequential, constraints, regularizers
from minidl.constraints import Constraint, MaxNorm
from minidl.errors import ShapeError
from minidl.gradient_check import check_model
from minidl.layers import (
    BatchNormalization,
    Dense,
    Input,
    LayerNormalization,
    PReLU,
)
from minidl.optimizers import SGD, Adam
from minidl.regularizers import L1, L1L2, L2, Regularizer
from minidl.types import Array

W = np.array([[3.0, -0.1, 0.0], [-4.0, 0.2, 1.0]])
X = np.linspace(-1, 1, 10)[:, None]
Y = np.sin(3 * X)

PENALTIES = {"L1()": 0.083, "L2()": 0.2605, "L1L2()": 0.0, "L1L2(0.1, 0.2)": 6.04}
ALLOWED: dict[str, list[float]] = {
    "MaxNorm()": [
        1.199999976,
        -0.09999995528,
        0,
        -1.599999968,
        0.1999999106,
        0.9999999,
    ],
    "MaxNorm(0.5, axis=1)": [
        *(0.49972243684, -0.01665741456, 0),
        *(-0.48450157137, 0.02422507857, 0.12112539284),
    ],
    "NonNeg()": [3, 0, 0, 0, 0.2, 1],
    "UnitNorm()": [
        *(0.599999988, -0.4472133955, 0),
        *(-0.799999984, 0.894426791, 0.9999999),
    ],
    "UnitNorm(axis=[0, 1])": [
        *(0.587783488914, -0.0195927829638, 0),
        *(-0.783711318552, 0.0391855659276, 0.195927829638),
    ],
    "MinMaxNorm(0.5, 1.5)": [
        *(0.899999982, -0.22360669775, 0),
        *(-1.199999976, 0.4472133955, 0.9999999),
    ],
    "MinMaxNorm(0.5, 1.5, rate=0.3, axis=1)": [
        *(2.549750123196, -0.0849916707732, 0),
        *(-3.236051346407, 0.1618025673203, 0.8090128366017),
    ],
}


@pytest.mark.parametrize("call", PENALTIES)
def test_penalties_are_those_of_keras(call: str) -> None:
    regularizer: Regularizer = eval(call, dict(vars(regularizers)))
    assert regularizer(W) == pytest.approx(PENALTIES[call], rel=1e-12)


@pytest.mark.parametrize("call", ALLOWED)
def test_constraints_are_those_of_keras(call: str) -> None:
    constraint: Constraint = eval(call, dict(vars(constraints)))
    np.testing.assert_allclose(constraint(W).ravel(), ALLOWED[call], rtol=1e-9)
    again = eval(repr(constraint), dict(vars(constraints)))
    np.testing.assert_array_equal(again(W), constraint(W))


def test_a_weight_of_zero() -> None:
    assert MaxNorm()(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert L1()(np.zeros(2)) == 0.0
    assert L1().gradient(np.zeros(2)).tolist() == [0, 0]


def test_the_names_of_keras() -> None:
    assert regularizers.get("l1_l2") != regularizers.get("l1l2")
    assert repr(regularizers.l2(0.1)) == "L2(l2=0.1)"
    assert repr(constraints.max_norm(3)) == "MaxNorm(max_value=3.0)"
    assert regularizers.get(None) is None
    assert constraints.get(None) is None


# In a model ---------------------------------------------------------------------------


def trained() -> Sequential:
    model = Sequential(
        [
            Input((1,)),
            Dense(
                3,
                "tanh",
                kernel_regularizer="l2",
                bias_regularizer=L1(0.05),
                kernel_constraint=MaxNorm(0.6),
            ),
            Dense(1, kernel_regularizer=L1L2(0.01, 0.02), bias_constraint="non_neg"),
        ]
    )
    weights: Any = [
        [[0.5, -0.4, 0.3]],
        [0.1, 0.02, -0.1],
        [[0.7], [-0.8], [0.2]],
        [0.05],
    ]
    model.set_weights(weights)
    model.compile(Adam(0.05), "mse")
    model.fit(
        *(X, Y, 4, 3, 0),
        shuffle=False,
        validation_split=0.2,
    )
    return model


def test_a_program_gives_the_numbers_of_keras() -> None:
    model = trained()
    history = model.history.history
    loss = [0.3224869363445659, 0.27322898787465943, 0.2510670079436388]
    val_loss = [0.3135553319748735, 0.38798461240310045, 0.47234985852446637]
    np.testing.assert_allclose(history["loss"], loss, rtol=1e-6)
    np.testing.assert_allclose(history["val_loss"], val_loss, rtol=1e-6)
    np.testing.assert_allclose(model.evaluate(X, Y), 0.291965589959363, rtol=1e-6)
    weights: Any = [
        [[0.5999999039495185, -0.5981408780512099, 0.4698861314574969]],
        [0.045666760922626615, -0.0096482296848919, -0.0024409349861006097],
        [[0.7034993385483282], [-0.8667748047623571], [0.25479984262314936]],
        [0.06033321776087757],
    ]
    for mine, expected in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-6, atol=1e-8)


def test_normalization_and_prelu_give_the_numbers_of_keras() -> None:
    model = Sequential(
        [
            Input((3,)),
            BatchNormalization(
                beta_regularizer=L2(0.05),
                gamma_regularizer=L1(0.1),
                beta_constraint="non_neg",
                gamma_constraint=MaxNorm(1.5),
            ),
            PReLU("ones", L2(0.2), "non_neg"),
            LayerNormalization(
                beta_regularizer="l2",
                gamma_regularizer=L1(0.03),
                beta_constraint=MaxNorm(0.01),
                gamma_constraint="unit_norm",
            ),
            Dense(1),
        ]
    )
    model.layers[0].set_weights([np.ones(3), [0.1, 0.2, 0.3], np.zeros(3), np.ones(3)])
    model.layers[-1].set_weights([[[1.0], [2.0], [-1.0]], [0.0]])
    model.compile(SGD(0.1), "mse")
    x = np.random.default_rng(0).normal(size=(20, 3))
    y = x @ [[1.0], [2.0], [3.0]]
    loss = model.fit(x, y, 5, 3, 0, shuffle=False).history["loss"]
    np.testing.assert_allclose(
        loss, [17.2290523774, 10.6810531537, 8.83578303643], rtol=1e-6
    )
    expected = [
        [0.94373019, -0.8311874, 0.81761884],
        [0.68162334, 0.24336008, 1.12828134],
        [0.00230075, 0.0018319, 0.02300589],
        [1.02288854, 0.94585657, 0.93375295],
        [1.11792273, 0.61787222, 0.15998318],
        [0.041334, -0.99905697, 0.01328692],
        [0.00346936, 0.00937429, -0.00029356],
        [0.46713496, 1.76485739, -0.01221368],
        [0.61857906],
    ]
    for mine, keras in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(mine.ravel(), keras, rtol=1e-5, atol=1e-7)


def test_check_model_counts_the_penalties() -> None:
    check_model(trained(), X, Y)

    class Wrong(Regularizer):
        def __call__(self, w: Array, /) -> float:
            return float((w**2).sum())

        def gradient(self, w: Array, /) -> Array:
            return 3 * w

    model = Sequential([Dense(1, kernel_regularizer=Wrong())], seed=0)
    model.compile("sgd", "mse")
    with pytest.raises(AssertionError, match="'dense': dkernel"):
        check_model(model, X, Y)


def test_a_frozen_layer_is_neither_penalized_nor_constrained() -> None:
    """As in Keras: the penalty of what cannot change says nothing."""
    layer = Dense(1, kernel_regularizer=L2(10), kernel_constraint=MaxNorm(0.1))
    model = Sequential([Dense(2), layer], seed=0)
    model.compile(SGD(1e-3), "mse")
    model(X)
    with_penalty = model.evaluate(X, Y)
    layer.trainable = False
    assert model.evaluate(X, Y) < with_penalty
    before = layer.get_weights()[0]
    model.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(layer.get_weights()[0], before)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_constraint_holds_after_every_update(dtype: str) -> None:
    layer = Dense(4, kernel_constraint="unit_norm", bias_constraint="non_neg")
    model = Sequential([layer, Dense(1)], seed=0, dtype=dtype)
    model.compile(SGD(0.1), "mse")
    for _ in range(3):
        model.train_on_batch(X, Y)
        norms = np.linalg.norm(layer.kernel.value, axis=0)
        np.testing.assert_allclose(norms, 1, rtol=1e-6)
        assert layer.bias.value.min() >= 0
    assert layer.kernel.value.dtype == dtype


def test_a_model_without_them_does_not_ask() -> None:
    model = Sequential([Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert {w.regularizer for w in model.weights} == {None}
    assert {w.constraint for w in model.weights} == {None}


# Wrong --------------------------------------------------------------------------------


class Returns(Regularizer, Constraint):
    """Returns what it was given, as penalty, gradient or value."""

    def __init__(self, called: Any, gradient: Any = None) -> None:
        self.called, self.given = called, gradient

    def __call__(self, w: Array, /) -> Any:
        return self.called

    def gradient(self, w: Array, /) -> Array:
        return cast(Array, self.given)


@pytest.mark.parametrize(
    ("option", "given", "error", "said"),
    [
        ("kernel_regularizer", Returns(X), TypeError, "kernel, .*a float, got array"),
        (
            "bias_regularizer",
            Returns(0.0),
            TypeError,
            r"bias, regul.*gradient\(\).*None",
        ),
        ("bias_regularizer", Returns(0.0, X), ShapeError, r"gradient\(\).*\(10, 1\)"),
        ("kernel_constraint", Returns(X), ShapeError, r"kernel, constr.*\(10, 1\)"),
        ("bias_constraint", MaxNorm(axis=1), ShapeError, r"MaxNorm\(axis=1\).*\(1,\)"),
    ],
)
def test_refused_before_training(
    option: str, given: object, error: type[Exception], said: str
) -> None:
    options: Any = {option: given}
    model = Sequential([Dense(1, **options)])
    model.compile("sgd", "mse")
    with pytest.raises(error, match=f"layer 'dense', .*{said}"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("value", [-1, "1", None, np.nan, True], ids=repr)
@pytest.mark.parametrize(
    "call",
    [
        "L1(l1=v)",
        "L2(l2=v)",
        "L1L2(l1=v)",
        "L1L2(l2=v)",
        "MaxNorm(max_value=v)",
        "MinMaxNorm(min_value=v)",
        "MinMaxNorm(max_value=v)",
        "MinMaxNorm(rate=v)",
    ],
)
def test_wrong_argument(call: str, value: object) -> None:
    owner, argument = call.split("=")[0].split("(")
    names = {**vars(regularizers), **vars(constraints), "v": value}
    with pytest.raises((TypeError, ValueError), match=f"{owner}: {argument} must.*got"):
        eval(call, names)


def test_wrong_axis_and_rate() -> None:
    axis: Any = "0"
    with pytest.raises(TypeError, match=r"UnitNorm: axis must be.*'0'"):
        constraints.UnitNorm(axis)
    with pytest.raises(TypeError, match=r"MaxNorm: axis\[1\] must be.*1\.5"):
        MaxNorm(axis=cast(Any, [0, 1.5]))
    with pytest.raises(ValueError, match="MinMaxNorm: rate must be at most 1, got 2"):
        constraints.MinMaxNorm(rate=2)
