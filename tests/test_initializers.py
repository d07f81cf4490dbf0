"""Initializers against Keras's numbers, and what they refuse.

Keras draws other numbers from the same seed, so what is compared is where they lie.
The golden numbers came from Keras 3.15.1 (JAX backend), with `call` as below:

    import numpy as np
    from keras.initializers import *
    from keras.src.initializers import random_initializers as source

    draw = np.array(eval(call.replace("()", "(seed=0)"))((400, 250)))  # STATISTICS
    print(draw.mean(), draw.std(), *np.quantile(draw, QUANTILES))

    source.random.uniform = lambda shape, minval, maxval, **_: maxval  # LARGEST
    source.random.normal = lambda shape, mean, stddev, **_: mean + stddev
    source.random.truncated_normal = source.random.normal
    print(*(float(eval(call)(shape)) for shape in SHAPES))

    print(*(source.compute_fans(shape) for shape in FANS))
    print(np.array(eval(call)((2, 3))).tolist())  # EXACT
"""

import math
from typing import Any

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
from minidl.types import Array, Shape

SHAPE = (300, 200)
SHAPES = ((5,), (3, 4), (2, 3, 4), (3, 3, 8, 16))
QUANTILES = (0, 0.1, 0.3, 0.7, 0.9, 1)

STATISTICS: dict[str, str] = {  # the mean, the standard deviation, and QUANTILES
    "GlorotUniform()": (
        "-9.441e-05 0.05553 -0.09608 -0.0771 -0.03847 0.03845 0.07688 0.09608"
    ),
    "GlorotNormal()": (
        "-0.0001076 0.05556 -0.1261 -0.07505 -0.03147 0.03145 0.07469 0.1261"
    ),
    "HeUniform()": "-0.0001204 0.07078 -0.1225 -0.09829 -0.04904 0.04902 0.098 0.1225",
    "HeNormal()": "-0.0001372 0.07083 -0.1608 -0.09567 -0.04011 0.04009 0.09521 0.1608",
    "LecunUniform()": (
        "-8.51e-05 0.05005 -0.0866 -0.0695 -0.03468 0.03466 0.06929 0.0866"
    ),
    "LecunNormal()": (
        "-9.702e-05 0.05008 -0.1137 -0.06765 -0.02836 0.02835 0.06732 0.1137"
    ),
    "RandomUniform()": "-4.913e-05 0.0289 -0.05 -0.04013 -0.02002 0.02001 0.04001 0.05",
    "RandomUniform(-1, 2)": "0.4985 0.8669 -1 -0.7038 -0.1006 1.1 1.7 2",
    "RandomNormal()": (
        "-8.607e-05 0.05009 -0.216 -0.06444 -0.02625 0.02624 0.0641 0.2261"
    ),
    "RandomNormal(1.0, 0.5)": "0.9991 0.5009 -1.16 0.3556 0.7375 1.262 1.641 3.261",
    "TruncatedNormal()": (
        "-8.534e-05 0.04405 -0.09999 -0.05951 -0.02495 0.02494 0.05922 0.1"
    ),
    "TruncatedNormal(1.0, 0.5)": "0.9991 0.4405 6.849e-05 0.4049 0.7505 1.249 1.592 2",
    "VarianceScaling(2.0, 'fan_in', 'truncated_normal')": (
        "-0.0001372 0.07083 -0.1608 -0.09567 -0.04011 0.04009 0.09521 0.1608"
    ),
    "VarianceScaling(2.0, 'fan_in', 'untruncated_normal')": (
        "-0.0001217 0.07084 -0.3055 -0.09113 -0.03712 0.0371 0.09065 0.3197"
    ),
    "VarianceScaling(2.0, 'fan_in', 'uniform')": (
        "-0.0001204 0.07078 -0.1225 -0.09829 -0.04904 0.04902 0.098 0.1225"
    ),
    "VarianceScaling(2.0, 'fan_out', 'truncated_normal')": (
        "-0.0001735 0.08959 -0.2034 -0.121 -0.05074 0.05071 0.1204 0.2034"
    ),
    "VarianceScaling(2.0, 'fan_out', 'untruncated_normal')": (
        "-0.000154 0.08961 -0.3865 -0.1153 -0.04696 0.04693 0.1147 0.4044"
    ),
    "VarianceScaling(2.0, 'fan_out', 'uniform')": (
        "-0.0001522 0.08953 -0.1549 -0.1243 -0.06203 0.062 0.124 0.1549"
    ),
    "VarianceScaling(2.0, 'fan_avg', 'truncated_normal')": (
        "-0.0001522 0.07858 -0.1784 -0.1061 -0.0445 0.04448 0.1056 0.1784"
    ),
    "VarianceScaling(2.0, 'fan_avg', 'untruncated_normal')": (
        "-0.000135 0.07859 -0.3389 -0.1011 -0.04119 0.04116 0.1006 0.3547"
    ),
    "VarianceScaling(2.0, 'fan_avg', 'uniform')": (
        "-0.0001335 0.07852 -0.1359 -0.109 -0.05441 0.05438 0.1087 0.1359"
    ),
    "VarianceScaling()": (
        "-9.702e-05 0.05008 -0.1137 -0.06765 -0.02836 0.02835 0.06732 0.1137"
    ),
    "Orthogonal(2.0)": "-0.00029 0.1 -0.4028 -0.1288 -0.05258 0.05184 0.1278 0.4543",
}
LARGEST: dict[str, str] = {  # the upper end, or one standard deviation before a cut
    "GlorotUniform()": "0.7745966692 0.9258200998 0.6546536707 0.1666666667",
    "GlorotNormal()": "0.5084135392 0.6076704074 0.4296878658 0.1093931761",
    "HeUniform()": "1.095445115 1.414213562 1 0.2886751346",
    "HeNormal()": "0.7190053224 0.9282318799 0.6563590568 0.1894745391",
    "LecunUniform()": "0.7745966692 1 0.7071067812 0.2041241452",
    "LecunNormal()": "0.5084135392 0.6563590568 0.4641159399 0.1339787314",
    "VarianceScaling(2.0, 'fan_in', 'truncated_normal')": (
        "0.7190053224 0.9282318799 0.6563590568 0.1894745391"
    ),
    "VarianceScaling(2.0, 'fan_in', 'untruncated_normal')": (
        "0.632455532 0.8164965809 0.5773502692 0.1666666667"
    ),
    "VarianceScaling(2.0, 'fan_in', 'uniform')": (
        "1.095445115 1.414213562 1 0.2886751346"
    ),
    "VarianceScaling(2.0, 'fan_out', 'truncated_normal')": (
        "0.7190053224 0.8038723886 0.5684236172 0.1339787314"
    ),
    "VarianceScaling(2.0, 'fan_out', 'untruncated_normal')": (
        "0.632455532 0.7071067812 0.5 0.1178511302"
    ),
    "VarianceScaling(2.0, 'fan_out', 'uniform')": (
        "1.095445115 1.224744871 0.8660254038 0.2041241452"
    ),
    "VarianceScaling(2.0, 'fan_avg', 'truncated_normal')": (
        "0.7190053224 0.8593757316 0.6076704074 0.1547053133"
    ),
    "VarianceScaling(2.0, 'fan_avg', 'untruncated_normal')": (
        "0.632455532 0.755928946 0.5345224838 0.1360827635"
    ),
    "VarianceScaling(2.0, 'fan_avg', 'uniform')": (
        "1.095445115 1.309307341 0.9258200998 0.2357022604"
    ),
    "VarianceScaling()": "0.5084135392 0.6563590568 0.4641159399 0.1339787314",
}
FANS: dict[Shape, tuple[int, int]] = {
    (): (1, 1),
    (5,): (5, 5),
    (3, 4): (3, 4),
    (2, 3, 4): (6, 8),
    (3, 3, 8, 16): (72, 144),
}
EXACT: dict[str, list[list[float]]] = {
    "Zeros()": [[0, 0, 0], [0, 0, 0]],
    "Ones()": [[1, 1, 1], [1, 1, 1]],
    "Constant(2.5)": [[2.5, 2.5, 2.5], [2.5, 2.5, 2.5]],
    "Identity()": [[1, 0, 0], [0, 1, 0]],
    "Identity(2.0)": [[2, 0, 0], [0, 2, 0]],
}


class Largest:
    """A generator that draws the upper end, or one standard deviation above."""

    def uniform(self, low: float, high: float, size: Shape) -> Array:
        return np.full(size, high)

    def normal(self, loc: float, scale: float, size: Shape) -> Array:
        return np.full(size, loc + scale)

    def standard_normal(self, size: Shape) -> Array:
        return np.ones(size)


def make(call: str) -> Initializer:
    made: Initializer = eval(call, dict(vars(initializers)))
    return made


@pytest.mark.parametrize("call", STATISTICS)
def test_numbers_lie_where_those_of_keras_do(call: str) -> None:
    mean, deviation, *quantiles = map(float, STATISTICS[call].split())
    draw = make(call)((400, 250), random=np.random.default_rng(0))
    assert draw.mean() == pytest.approx(mean, abs=0.02 * deviation)
    assert draw.std() == pytest.approx(deviation, rel=0.01)
    error = np.abs(np.quantile(draw, QUANTILES) - quantiles) / deviation
    endless = np.abs(np.array(quantiles) - mean) > 3 * deviation  # left to chance
    assert (error < np.where(endless, 0.5, 0.03)).all()


@pytest.mark.parametrize("call", LARGEST)
def test_every_shape_has_the_scale_of_keras(call: str) -> None:
    random: Any = Largest()
    got = [make(call)(shape, random=random).max() for shape in SHAPES]
    np.testing.assert_allclose(got, [float(n) for n in LARGEST[call].split()], 1e-9)


@pytest.mark.parametrize("call", EXACT)
def test_what_is_not_random_is_that_of_keras(call: str) -> None:
    assert make(call)((2, 3)).tolist() == EXACT[call]


def test_every_class_has_a_golden_number() -> None:
    classes = {
        value
        for value in vars(initializers).values()
        if isinstance(value, type) and issubclass(value, Initializer)
    }
    golden = {type(make(call)) for call in (*STATISTICS, *EXACT)}
    assert golden == classes - {Initializer}


@pytest.mark.parametrize("shape", FANS)
def test_fans(shape: Shape) -> None:
    assert fans(shape) == FANS[shape]


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
    """As Keras's are, to 6e-7 in float32."""
    matrix = Orthogonal(gain=2.0, seed=0)(shape).reshape(-1, shape[-1])
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    product = matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-14)


def test_orthogonal_matrices_are_drawn_evenly() -> None:
    """Without the correction of signs, all of the diagonal has the same one."""
    diagonals = [np.diag(Orthogonal(seed=i)((3, 3))) for i in range(400)]
    assert np.abs(np.mean(diagonals, axis=0)).max() < 4 / math.sqrt(3 * 400)


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
