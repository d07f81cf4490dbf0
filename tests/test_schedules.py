"""Schedules against the numbers of Keras, and what they refuse.

The golden numbers came from Keras 3.15.1, which computes them in float32:

    print(*(float(schedule(step)) for step in range(12)))
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minidl
from minidl import optimizers, schedules

GOLDEN: dict[str, str] = {
    "PiecewiseConstantDecay([3, 7], [0.3, 0.2, 0.1])": (
        "0.3 0.3 0.3 0.3 0.2 0.2 0.2 0.2 0.1 0.1 0.1 0.1"
    ),
    "ExponentialDecay(0.1, 4, 0.5)": (
        "0.1 0.08408964 0.07071068 0.05946036 0.05 0.04204482 0.03535534 0.02973018 "
        "0.025 0.02102241 0.01767767 0.01486509"
    ),
    "ExponentialDecay(0.1, 4, 0.5, staircase=True)": (
        "0.1 0.1 0.1 0.1 0.05 0.05 0.05 0.05 0.025 0.025 0.025 0.025"
    ),
    "InverseTimeDecay(0.1, 4, 0.5)": (
        "0.1 0.08888889 0.08 0.07272727 0.06666667 0.06153846 0.05714286 0.05333333 "
        "0.05 0.04705882 0.04444444 0.04210526"
    ),
    "InverseTimeDecay(0.1, 4, 0.5, staircase=True)": (
        "0.1 0.1 0.1 0.1 0.06666667 0.06666667 0.06666667 0.06666667 0.05 0.05 0.05 "
        "0.05"
    ),
    "PolynomialDecay(0.1, 8)": (
        "0.1 0.0875125 0.075025 0.0625375 0.05005 0.0375625 0.025075 0.0125875 0.0001 "
        "0.0001 0.0001 0.0001"
    ),
    "PolynomialDecay(0.1, 4, 0.01, power=2.0, cycle=True)": (
        "0.1 0.060625 0.0325 0.015625 0.01 0.02265625 0.015625 0.01140625 0.01 "
        "0.015625 0.0125 0.010625"
    ),
    "CosineDecay(0.1, 8)": (
        "0.1 0.09619398 0.08535534 0.06913417 0.05 0.03086583 0.01464466 0.003806025 "
        "0 0 0 0"
    ),
    "CosineDecay(0.1, 8, alpha=0.2)": (
        "0.1 0.09695518 0.08828428 0.07530733 0.06 0.04469267 0.03171573 0.02304482 "
        "0.02 0.02 0.02 0.02"
    ),
    "CosineDecay(0.01, 6, alpha=0.1, warmup_target=0.1, warmup_steps=4)": (
        "0.01 0.0325 0.055 0.0775 0.1 0.09397115 0.0775 0.055 0.0325 0.01602886 0.01 "
        "0.01"
    ),
    "CosineDecayRestarts(0.1, 3)": (
        "0.1 0.075 0.025 0.1 0.09330127 0.075 0.05 0.025 0.006698731 0.1 0.09829629 "
        "0.09330127"
    ),
    "CosineDecayRestarts(0.1, 3, t_mul=1.0, m_mul=0.5, alpha=0.1)": (
        "0.1 0.0775 0.0325 0.055 0.04375 0.02125 0.0325 0.026875 0.015625 0.02125 "
        "0.0184375 0.0128125"
    ),
    "CosineDecayRestarts(0.1, 2.5, t_mul=1.5, m_mul=0.8)": (
        "0.1 0.06545085 0.009549147 0.07654181 0.05236068 0.02 0.000874095 0.06123345 "
        "0.04989417 0.03311678 0.016 0.003745678"
    ),
}


@pytest.mark.parametrize("call", GOLDEN)
def test_a_dozen_steps_are_those_of_keras(call: str) -> None:
    schedule: schedules.LearningRateSchedule = eval(call, dict(vars(schedules)))
    expected = [float(number) for number in GOLDEN[call].split()]
    rates = [schedule(step) for step in range(12)]
    np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-8)


PUBLIC = {
    name
    for name, value in vars(schedules).items()
    if isinstance(value, type)
    and issubclass(value, schedules.LearningRateSchedule)
    and not name.startswith("_")
}


def test_every_class_has_golden_numbers() -> None:
    golden = {call.partition("(")[0] for call in GOLDEN}
    assert golden == PUBLIC - {"LearningRateSchedule"}


def test_both_addresses() -> None:
    assert minidl.optimizers.schedules.CosineDecay is schedules.CosineDecay
    assert set(optimizers.schedules.__all__) == PUBLIC


def test_restarts_are_exact_at_their_steps() -> None:
    schedule = schedules.CosineDecayRestarts(1.0, 10, t_mul=2.0)
    for start in (0, 10, 30, 70, 150, 310, 630):
        assert schedule(start) == 1.0
        assert schedule(start + 10) < 1.0 or start == 0


WRONG: dict[str, tuple[Callable[[Any], object], str, object]] = {
    "rate": (
        lambda v: schedules.ExponentialDecay(v, 1, 1),
        "initial_learning_rate",
        -1,
    ),
    "steps": (lambda v: schedules.InverseTimeDecay(1, v, 1), "decay_steps", 0),
    "steps of text": (lambda v: schedules.PolynomialDecay(1, v), "decay_steps", "3"),
    "decay": (lambda v: schedules.ExponentialDecay(1, 1, v), "decay_rate", -0.5),
    "stairs": (lambda v: schedules.InverseTimeDecay(1, 1, 1, v), "staircase", 1),
    "end": (lambda v: schedules.PolynomialDecay(1, 1, v), "end_learning_rate", -1),
    "power": (lambda v: schedules.PolynomialDecay(1, 1, 0, v), "power", 0),
    "cycle": (lambda v: schedules.PolynomialDecay(1, 1, 0, 1, v), "cycle", None),
    "alpha": (lambda v: schedules.CosineDecay(1, 1, v), "alpha", -1),
    "warm-up": (
        lambda v: schedules.CosineDecay(1, 1, warmup_target=v),
        "warmup_target",
        "1",
    ),
    "warm-up steps": (
        lambda v: schedules.CosineDecay(1, 1, warmup_target=1, warmup_steps=v),
        "warmup_steps",
        -3,
    ),
    "first wave": (lambda v: schedules.CosineDecayRestarts(1, v), "first_dec", -3),
    "shorter waves": (lambda v: schedules.CosineDecayRestarts(1, 1, v), "t_mul", 0.5),
    "height": (lambda v: schedules.CosineDecayRestarts(1, 1, 2, v), "m_mul", -1),
    "no list": (lambda v: schedules.PiecewiseConstantDecay(v, [1]), "boundaries", 3),
    "text in a list": (
        lambda v: schedules.PiecewiseConstantDecay([1], [1, v]),
        r"values\[1\]",
        "x",
    ),
    "order": (
        lambda v: schedules.PiecewiseConstantDecay(v, [1, 2, 3]),
        "boundaries",
        [2, 1],
    ),
    "count": (lambda v: schedules.PiecewiseConstantDecay([1], [1] * v), "values", 3),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_argument(case: str) -> None:
    call, argument, value = WRONG[case]
    with pytest.raises((TypeError, ValueError), match=rf"\w+Decay.*: {argument}.* got"):
        call(value)


def test_name() -> None:
    call: Any = schedules.CosineDecay
    with pytest.raises(TypeError, match="CosineDecay: Keras has the argument 'name'"):
        call(0.1, 10, name="slow")
