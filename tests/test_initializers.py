"""Initializers against the variances that their papers and Keras give."""

import math

import numpy as np
import pytest

from minidl import initializers
from minidl.errors import ShapeError
from minidl.initializers import (
    Initializer,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    VarianceScaling,
    fans,
)

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
        ("truncated_normal", (0.05 * 0.87962566103423978) ** 2),
        ("variance_scaling", 1 / FAN_IN),
    ],
)
def test_mean_variance_and_bounds(name: str, variance: float) -> None:
    initializer = initializers.get(name)
    draw = initializer(SHAPE, random=np.random.default_rng(0))
    assert abs(draw.mean()) < 4 * math.sqrt(variance / draw.size)
    assert draw.var() == pytest.approx(variance, rel=0.02)
    if "uniform" in name:
        assert np.abs(draw).max() <= math.sqrt(3 * variance)
    elif name == "truncated_normal":
        assert np.abs(draw).max() <= 2 * 0.05
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


@pytest.mark.parametrize(
    ("scale", "mode", "distribution", "variance"),
    [
        (1.0, "fan_in", "truncated_normal", 1 / FAN_IN),
        (3.0, "fan_out", "untruncated_normal", 3 / FAN_OUT),
        (0.5, "fan_avg", "uniform", 1 / (FAN_IN + FAN_OUT)),
    ],
)
def test_variance_scaling(
    scale: float, mode: str, distribution: str, variance: float
) -> None:
    """Keras 3.15.1 gives these variances, and the same ends, for the same arguments."""
    draw = VarianceScaling(scale, mode, distribution, seed=1)(SHAPE)
    assert draw.var() == pytest.approx(variance, rel=0.02)
    ends = {"truncated_normal": 2.28, "uniform": math.sqrt(3), "untruncated_normal": 9}
    assert np.abs(draw).max() <= ends[distribution] * math.sqrt(variance)


def test_named_ones_are_variance_scaling() -> None:
    for named, general in (
        (initializers.HeNormal(seed=2), VarianceScaling(2.0, seed=2)),
        (
            initializers.GlorotUniform(seed=2),
            VarianceScaling(1.0, "fan_avg", "uniform", 2),
        ),
    ):
        np.testing.assert_array_equal(named(SHAPE), general(SHAPE))
        assert named.get_config() == {"seed": 2}


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 3, 4), (2, 2, 9)])
def test_orthogonal_columns_or_rows(shape: tuple[int, ...]) -> None:
    matrix = Orthogonal(gain=2.0, seed=0)(shape).reshape(-1, shape[-1])
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    product = matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Without the correction of signs, all of the diagonal has the same one."""
    diagonals = [np.diag(Orthogonal(seed=i)((3, 3))) for i in range(400)]
    assert np.abs(np.mean(diagonals, axis=0)).max() < 4 / math.sqrt(3 * 400)


def test_identity() -> None:
    assert initializers.identity(2.0)((2, 3)).tolist() == [[2, 0, 0], [0, 2, 0]]


WRONG: dict[str, tuple[str, type[Exception], str]] = {
    "scale": ("VarianceScaling(0)", ValueError, "scale must be greater than 0, got 0"),
    "mode": ("VarianceScaling(1, 'fan')", ValueError, "mode must be.*'fan_in'.*'fan'"),
    "mode 3": ("VarianceScaling(1, 3)", TypeError, "mode must be one of.*got 3"),
    "dist": ("VarianceScaling(distribution='n')", ValueError, "distribution.*'n'"),
    "axes": ("VarianceScaling(input_axes=[0])", TypeError, "Keras has.*'input_axes'"),
    "stddev": ("TruncatedNormal(0, -1)", ValueError, "stddev must be.*-1"),
    "gain": ("Orthogonal('2')", TypeError, "Orthogonal: gain must be a number"),
    "gain of identity": ("Identity('2')", TypeError, "Identity: gain must be a number"),
    "a vector": ("Orthogonal()((3,))", ShapeError, r"at least two axes, got.*\(3,\)"),
    "a cube": ("Identity()((3, 3, 3))", ShapeError, r"two axes, got.*\(3, 3, 3\)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_argument(case: str) -> None:
    call, error, said = WRONG[case]
    with pytest.raises(error, match=said):
        eval(call, dict(vars(initializers)))
