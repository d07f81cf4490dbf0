"""Initializers against the variances that their papers and Keras give."""

import math

import numpy as np
import pytest

from minidl import initializers
from minidl.initializers import Initializer, RandomNormal, RandomUniform, fans

FAN_IN, FAN_OUT = 300, 200
SHAPE = (FAN_IN, FAN_OUT)


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot_uniform", 2 / (FAN_IN + FAN_OUT)),
        ("glorot_normal", 2 / (FAN_IN + FAN_OUT)),
        ("he_uniform", 2 / FAN_IN),
        ("he_normal", 2 / FAN_IN),
        ("lecun_uniform", 1 / FAN_IN),
        ("lecun_normal", 1 / FAN_IN),
        ("random_uniform", 0.1**2 / 12),
        ("random_normal", 0.05**2),
    ],
)
def test_mean_variance_and_bounds(name: str, variance: float) -> None:
    initializer = initializers.get(name)
    draw = initializer(SHAPE, random=np.random.default_rng(0))
    assert abs(draw.mean()) < 4 * math.sqrt(variance / draw.size)
    assert draw.var() == pytest.approx(variance, rel=0.02)
    if "uniform" in name:
        assert np.abs(draw).max() <= math.sqrt(3 * variance)
    elif name != "random_normal":
        assert np.abs(draw).max() <= 2 * math.sqrt(variance) / 0.87962566103423978


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((3, 4), (3, 4)),
        ((5,), (5, 5)),
        ((), (1, 1)),
        ((3, 3, 8, 16), (72, 144)),
    ],
)
def test_fans(shape: tuple[int, ...], expected: tuple[int, int]) -> None:
    assert fans(shape) == expected


def test_ends_means_and_seeds() -> None:
    uniform = RandomUniform(2, 3)((1000,))
    assert 2 <= uniform.min() < uniform.max() < 3
    assert RandomNormal(5.0, 0.0)((3,)).tolist() == [5.0, 5.0, 5.0]
    seeded = initializers.GlorotUniform(seed=1)
    np.testing.assert_array_equal(seeded(SHAPE), seeded(SHAPE))
    unseeded = initializers.GlorotUniform()
    assert not np.array_equal(unseeded(SHAPE), unseeded(SHAPE))


def test_what_get_accepts() -> None:
    assert initializers.get("Zeros").get_config() == {"seed": None}
    config = {"class_name": "Constant", "config": {"value": 2.0, "seed": None}}
    two = initializers.get(config)
    assert isinstance(two, Initializer)
    assert two((2,)).tolist() == [2.0, 2.0]
