"""Optimizers against the numbers of Keras, and their options.

The golden numbers came from Keras 3.15.1 (JAX backend, JAX_ENABLE_X64=1,
keras.config.set_floatx("float64")), to ten digits. With one of the calls below as
`optimizer`:

    w, b = keras.Variable(W), keras.Variable(B)
    for step in range(10):
        optimizer.apply(gradients(step), [w, b])
    print(*np.array(w).ravel(), *np.array(b))
"""

import copy
import math
from typing import Any, TypeVar

import numpy as np
import pytest
from registry import OPTIMIZERS

from minidl import Sequential, optimizers
from minidl.errors import NonFiniteError
from minidl.layers import Dense
from minidl.optimizers import SGD, Adam, Nadam, Optimizer, RMSprop, schedules
from minidl.types import Array

W, B = [[0.5, -0.4], [0.3, 0.2]], [1.0, -2.0]
WHERE = [slice(0, 4), slice(4, 6)]  # W and B in one vector

OptimizerT = TypeVar("OptimizerT", bound=Optimizer)


def gradients(step: int) -> list[Array]:
    dw = np.array([[math.sin(step + 1), math.cos(2 * step)], [0.5, -1]])
    return [dw, np.array([math.sin(3 * step), 0.1 * step])]


GOLDEN: dict[str, str] = {
    "SGD()": "0.4858881163 -0.4058905667 0.25 0.3 0.9947599612 -2.045",
    "SGD(0.1, momentum=0.9)": (
        "-0.2448495689 -0.7246008742 -1.76905298 4.338105961 0.9507553999 -3.361894039"
    ),
    "SGD(0.1, momentum=0.9, nesterov=True)": (
        "-0.3114834491 -0.7510464539 -2.062147682 4.924295365 0.9032794724 -3.675704635"
    ),
    "SGD(0.1, weight_decay=0.1)": (
        "0.3204357408 -0.4162453733 -0.2067750025 1.137055665 0.8520469377 -2.246971651"
    ),
    "SGD(0.1, clipnorm=0.5)": (
        "0.4564593237 -0.4087060923 0.1331432522 0.5337134955 0.9756301622 -2.250450643"
    ),
    "SGD(0.1, clipvalue=0.3)": (
        "0.453829549 -0.3991237184 2.775557562e-17 0.5 0.983829549 -2.24"
    ),
    "SGD(0.1, global_clipnorm=0.7)": (
        "0.4424174159 -0.4114391993 0.0932392299 0.6135215402 0.9818092633 -2.176608781"
    ),
    "Adagrad(0.1)": (
        "0.3696053244 -0.4469615289 -0.1684215785 0.6925862955 0.9652300386 "
        "-2.492234905"
    ),
    "Adagrad(0.1, initial_accumulator_value=0.5, epsilon=0.01)": (
        "0.3909506024 -0.4403342652 -0.08903016467 0.6608003042 0.9731503649 "
        "-2.371010859"
    ),
    "RMSprop()": (
        "0.4955635436 -0.4014741912 0.2826675167 0.217332494 0.9975233205 -2.021101012"
    ),
    "RMSprop(0.01, rho=0.8, momentum=0.5)": (
        "0.4349622328 -0.4153386181 0.0541644506 0.4458356341 0.9724609397 -2.280788175"
    ),
    "RMSprop(0.01, centered=True)": (
        "0.4506534815 -0.416561992 0.07552386949 0.4244763179 0.9735026701 -2.256777282"
    ),
    "RMSprop(0.01, momentum=0.5, centered=True, epsilon=1e-3)": (
        "0.4009364594 -0.4283197887 -0.1030468893 0.606441811 0.9692359986 -2.427163112"
    ),
    "Adadelta()": (
        "0.4999976532 -0.400000566 0.2999854045 0.2000145955 0.9999975318 -2.000025825"
    ),
    "Adadelta(1.0, rho=0.9)": (
        "0.4983250936 -0.4004035024 0.2893268827 0.2106731341 0.9982543528 -2.01827272"
    ),
    "Adam()": (
        "0.4963454368 -0.4018441251 0.2900000318 0.2099999841 0.9992739037 -2.008170583"
    ),
    "Adam(0.1, beta_1=0.8, beta_2=0.9, epsilon=1e-3)": (
        "0.1726662355 -0.5545733065 -0.6965467545 1.198270071 0.9298345365 -2.835489543"
    ),
    "Adam(0.1, beta_2=0.5, amsgrad=True)": (
        "0.155501893 -0.5772036186 -0.699999786 1.199999893 0.9385197461 -2.592323125"
    ),
    "Adam(0.1, weight_decay=0.01, global_clipnorm=1.0)": (
        "0.127774936 -0.524714327 -0.6883257578 1.183350733 0.9385053861 -2.799712959"
    ),
    "AdamW()": (
        "0.496325535 -0.4018280706 0.289988212 0.2099918043 0.9992339247 -2.00809046"
    ),
    "AdamW(0.1, weight_decay=0.2, clipnorm=0.5)": (
        "0.08876745273 -0.4303097713 -0.6696292828 1.078170112 0.7451049293 "
        "-2.401807939"
    ),
    "Adamax()": (
        "0.4967598534 -0.4016429362 0.290000002 0.209999999 0.9994877501 -2.005047608"
    ),
    "Adamax(0.1, beta_2=0.7)": (
        "0.1273794965 -0.5879025302 -0.6999998 1.1999999 0.9487750128 -2.504760758"
    ),
    "Nadam()": (
        "0.4980359399 -0.4007695054 0.2922253894 0.2077746114 0.999109628 -2.009189879"
    ),
    "Nadam(0.1, beta_1=0.7, beta_2=0.8)": (
        "0.2874771697 -0.4675022486 -0.6761443654 1.176144463 0.9002067276 -3.063745035"
    ),
    "Lion()": "0.498 -0.4 0.29 0.21 0.999 -2.009",
    "Lion(0.1, beta_1=0.5, beta_2=0.6, weight_decay=0.1)": (
        "0.2666250295 -0.5568508694 -0.6848646274 1.137055665 0.8082254294 -2.673591675"
    ),
    "Adam(schedules.ExponentialDecay(0.1, 3, 0.5))": (
        "0.2488988911 -0.5433263878 -0.1366389516 0.6366398178 0.948443276 -2.290637309"
    ),
}


# From w = [1, 2] with the gradient [0.1, -0.2], three times, in Keras's float32.
THREE_STEPS: dict[str, list[float]] = {
    "SGD()": [0.9970000, 2.0060003],
    "RMSprop()": [0.9926228, 2.0073771],
    "Adam()": [0.9970000, 2.0029998],
    "AdamW()": [0.9969881, 2.0029757],
    "Adamax()": [0.9970000, 2.0029998],
    "Nadam()": [0.9974523, 2.0025480],
    "Adagrad()": [0.9991325, 2.0014322],
    "Adadelta()": [0.9999957, 2.0000043],
    "Lion()": [0.9970000, 2.0029998],
    "SGD(0.1, momentum=0.9)": [0.9439, 2.1122],
    "SGD(0.1, momentum=0.9, nesterov=True)": [0.91951, 2.16098],
    "SGD(0.1, weight_decay=0.1)": [0.9405980, 2.0],
    "SGD(0.1, clipnorm=0.1)": [0.9865836, 2.0268328],
    "SGD(0.1, clipvalue=0.05)": [0.985, 2.015],
}


def make(call: str) -> Optimizer:
    made: Optimizer = eval(call, dict(vars(optimizers)))
    return made


@pytest.mark.parametrize("call", GOLDEN)
def test_ten_steps_are_those_of_keras(call: str) -> None:
    optimizer, values, gradient = make(call), np.array([*W[0], *W[1], *B]), np.empty(6)
    optimizer.prepare([], values, gradient, WHERE)
    for step in range(10):
        gradient[:] = np.concatenate([part.ravel() for part in gradients(step)])
        optimizer.step()
    expected = [float(number) for number in GOLDEN[call].split()]
    np.testing.assert_allclose(values, expected, rtol=1e-9)


def test_every_class_has_golden_numbers() -> None:
    for golden in (GOLDEN, THREE_STEPS):
        names = {call.partition("(")[0] for call in golden}
        assert names == {repr(made).partition("(")[0] for made in OPTIMIZERS}


@pytest.mark.parametrize("call", THREE_STEPS)
def test_three_steps_are_those_of_keras(call: str) -> None:
    optimizer, values, gradient = make(call), np.array([1.0, 2.0]), np.empty(2)
    optimizer.prepare([], values, gradient, [slice(0, 2)])
    for _ in range(3):
        gradient[:] = 0.1, -0.2
        optimizer.step()
    np.testing.assert_allclose(values, THREE_STEPS[call], rtol=3e-7)


@pytest.mark.parametrize("name", sorted(set(optimizers.__all__) - {"get", "schedules"}))
def test_names(name: str) -> None:
    if not name.startswith("Optimizer"):
        made = optimizers.get(name.lower())
        assert type(made) is type(optimizers.get(name)) is getattr(optimizers, name)
        assert repr(made) == f"{name}()"


# The learning rate --------------------------------------------------------------------


def trained(optimizer: OptimizerT, steps: int = 3) -> OptimizerT:
    optimizer.prepare([], np.ones(2), np.ones(2), [slice(0, 2)])
    for _ in range(steps):
        optimizer.step()
    return optimizer


def test_a_function_gives_the_rate_of_every_step() -> None:
    asked: list[int] = []

    def rate(step: int) -> float:
        asked.append(step)
        return 1 / (1 + step)

    optimizer, values = SGD(rate, weight_decay=0.0), np.zeros(40_000)
    optimizer.prepare([], values, np.ones(40_000), [slice(0, 40_000)])
    for _ in range(3):
        optimizer.step()
    assert asked == [0, 1, 2]  # once a step, however many blocks there are
    np.testing.assert_allclose(values, -(1 + 1 / 2 + 1 / 3))
    assert optimizer.learning_rate == 1 / 4
    optimizer.learning_rate = 0.5
    optimizer.step()
    assert optimizer.learning_rate == 0.5
    assert asked == [0, 1, 2, 3]


def test_the_rate_is_not_assigned_by_its_older_name() -> None:
    optimizer: Any = SGD(0.1)
    with pytest.raises(AttributeError, match=r"SGD has no 'lr': .* 'learning_rate'"):
        optimizer.lr = 0.2
    with pytest.raises(AttributeError, match="it is called 'learning_rate'"):
        optimizer.lr *= 2
    assert not hasattr(optimizer, "lr")


def test_a_schedule_is_in_the_configuration() -> None:
    optimizer = SGD(schedules.ExponentialDecay(0.1, 2, 0.5))
    config = optimizer.get_config()
    assert config["learning_rate"] == {
        "module": "minidl.schedules",
        "class_name": "ExponentialDecay",
        "config": {
            "initial_learning_rate": 0.1,
            "decay_steps": 2,
            "decay_rate": 0.5,
            "staircase": False,
        },
    }
    again = trained(SGD.from_config(config), 2)
    assert again.learning_rate == pytest.approx(0.05)
    again.reset()
    assert again.learning_rate == 0.1


@pytest.mark.parametrize("said", [None, "0.1", -1.0, math.nan, True], ids=repr)
def test_a_function_that_gives_no_rate(said: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"SGD: the scheduled rate.*got"):
        trained(SGD(lambda step: said))


def test_the_class_of_a_schedule() -> None:
    rate: Any = schedules.CosineDecay
    with pytest.raises(TypeError, match="CosineDecay is a class"):
        SGD(rate)


# Options ------------------------------------------------------------------------------


def test_only_one_kind_of_clipping() -> None:
    with pytest.raises(ValueError, match="Adam: only one of clipnorm, clipvalue and"):
        Adam(clipnorm=1.0, global_clipnorm=1.0)


@pytest.mark.parametrize("option", ["clipnorm", "clipvalue", "global_clipnorm"])
@pytest.mark.parametrize("value", [0, -1.0, math.inf, "1", True], ids=repr)
def test_wrong_limits(option: str, value: Any) -> None:
    options: Any = {option: value}
    with pytest.raises((TypeError, ValueError), match=f"SGD: {option} must be.*got"):
        SGD(**options)


@pytest.mark.parametrize("call", ["SGD(clipnorm=1)", "Adam(global_clipnorm=1)"])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_gradient_without_a_norm(call: str, bad: float) -> None:
    optimizer, values = make(call), np.ones(2)
    optimizer.prepare([], values, np.array([1.0, bad]), [slice(0, 2)])
    said = r"norm of the gradient is (nan|inf).*learning_rate \(now 0.0\d*1\)"
    with pytest.raises(NonFiniteError, match=said):
        optimizer.step()
    assert values.tolist() == [1.0, 1.0]


def test_frozen_parameters_do_not_count_in_the_global_norm() -> None:
    optimizer, values = SGD(1.0, global_clipnorm=1.0), np.zeros(6)
    gradient = np.array([3.0, 0.0, 1e9, 1e9, 0.0, 4.0])
    optimizer.prepare([], values, gradient, [slice(0, 2), slice(4, 6)])
    optimizer.step()
    np.testing.assert_allclose(values, [-0.6, 0, 0, 0, 0, -0.8])


def test_clipnorm_is_of_each_parameter_in_a_model() -> None:
    model = Sequential([Dense(1, input_shape=(2,))], seed=0)
    model.compile(SGD(1.0, clipnorm=1e-3), "mse")
    before = model.get_weights()
    model.fit(np.ones((4, 2)), np.full(4, 9.0), verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.linalg.norm(new - old) == pytest.approx(1e-3)


def test_centered_does_not_mind_rounding() -> None:
    """The variance of equal gradients is 0, which float32 may round to less."""
    optimizer = RMSprop(centered=True)
    values, gradient = np.zeros(3, np.float32), np.array([1e5, 7e4, 3e3], np.float32)
    optimizer.prepare([], values, gradient, [slice(0, 3)])
    for _ in range(300):
        optimizer.step()
    assert np.isfinite(values).all()


@pytest.mark.parametrize("call", ["Adam()", "Nadam()", "Adagrad()"])
def test_state_that_is_carried_over_goes_on_with_the_same_bits(call: str) -> None:
    optimizer, values, gradient = make(call), np.ones(2), np.array([0.1, -0.3])
    optimizer.prepare([], values, gradient, [slice(0, 2)])
    other, twin = make(call), np.ones(2)
    for step in range(6):
        if step == 3:
            twin[:], other.iterations = values, optimizer.iterations
            other.state = copy.deepcopy(optimizer.state)
            other.prepare([], twin, gradient, [slice(0, 2)])
        if step >= 3:
            other.step()
        optimizer.step()
    np.testing.assert_array_equal(values, twin)


def test_momentum_may_come_and_go_between_runs() -> None:
    sgd, value, gradient = SGD(0.1), np.ones(1), np.ones(1)
    for momentum, falls in [(0.0, 0.1 + 0.1), (0.9, 0.1 + 0.19), (0.0, 0.1 + 0.1)]:
        sgd.momentum = momentum
        sgd.prepare([], value, gradient, [slice(0, 1)])
        before = value.copy()
        sgd.step()
        sgd.step()
        np.testing.assert_allclose(before - value, falls)


def test_centered_may_come_where_there_is_momentum() -> None:
    one, plain = RMSprop(momentum=0.9), RMSprop(momentum=0.9)
    centered = RMSprop(momentum=0.9, centered=True)
    value, expected = np.ones(1), np.ones(1)
    for other in (plain, centered):
        one.prepare([], value, np.ones(1), [slice(0, 1)])
        other.prepare([], expected, np.ones(1), [slice(0, 1)])
        one.centered = True  # from the next run on
        for optimizer in (one, other, one, other):
            optimizer.step()
        np.testing.assert_array_equal(value, expected)
        one.reset()


def test_nadam_starts_afresh_after_reset() -> None:
    one = trained(Nadam())
    one.reset()
    assert one._product == (0, 1.0)


@pytest.mark.parametrize("value", [-1, "1", None, math.nan, True], ids=repr)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("Adagrad", "learning_rate initial_accumulator_value epsilon"),
        ("RMSprop", "learning_rate rho momentum epsilon"),
        ("Adadelta", "learning_rate rho epsilon"),
        ("Adam", "learning_rate beta_1 beta_2 epsilon"),
        ("AdamW", "learning_rate beta_1 beta_2 epsilon"),
        ("Adamax", "learning_rate beta_1 beta_2 epsilon"),
        ("Nadam", "learning_rate beta_1 beta_2 epsilon"),
        ("Lion", "learning_rate beta_1 beta_2"),
    ],
)
def test_wrong_hyperparameters(name: str, arguments: str, value: object) -> None:
    for argument in arguments.split():
        said = rf"{name}: {argument} must be .* got"
        with pytest.raises((TypeError, ValueError), match=said):
            getattr(optimizers, name)(**{argument: value})


@pytest.mark.parametrize("call", ["Adam(amsgrad=1)", "RMSprop(centered=0)"])
def test_wrong_flags(call: str) -> None:
    with pytest.raises(TypeError, match="must be True or False"):
        make(call)


@pytest.mark.parametrize("decay", [-0.1, "0.1", True, math.inf], ids=repr)
def test_wrong_weight_decay(decay: Any) -> None:
    with pytest.raises(
        (TypeError, ValueError), match=r"AdamW: weight_decay must.* got"
    ):
        optimizers.AdamW(weight_decay=decay)
