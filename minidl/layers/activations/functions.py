"""The stable functions that several activations share."""

import math

import numpy as np

from minidl.types import Array

CEILING = 88.0  # where exp(x) does not yet overflow in float32, and the sigmoid is 1

# Chebyshev fit in s = (x - 4) / (x + 4) of (x + 4) * exp(x**2 / 2) * P(normal > x),
# computed with 50 digits, exact to 5e-16 for every x >= 0.
_TAIL = (
    0.7552851304157514,
    -0.6078966419718923,
    0.3871374007422266,
    -0.1865218579596366,
    0.06039657489036092,
    -0.007540188967386312,
    -0.0034796923566515025,
    0.0016308184674099085,
    0.00013334420916014778,
    -0.00023109501736277426,
    -1.907676030719098e-06,
    3.514511190283765e-05,
    7.146021531267462e-07,
    -5.921611045923978e-06,
    -6.249551077565178e-07,
    1.0247851016552774e-06,
    2.647337281979868e-07,
    -1.597739614223922e-07,
    -7.878360342693638e-08,
    1.7844927772981415e-08,
    1.60673869573294e-08,
    -5.873626764987191e-10,
    -1.6886576966786735e-09,
    -1.1997782031253095e-10,
)


def filled(kept: Array | None, x: Array, value: float) -> Array:
    """Return an array like x that is full of a number: `kept`, if it is one.

    Against an array `maximum` and `minimum` are thrice as fast as against a number.
    """
    if kept is not None and kept.shape == x.shape and kept.dtype == x.dtype:
        return kept
    return np.full_like(x, value)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), as the layer `Sigmoid` does."""
    y: Array = np.exp(np.minimum(x, CEILING))
    y /= y + 1
    return y


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x)), which is x where exp(x) overflows."""
    y: Array = np.log1p(np.exp(-np.abs(x)))
    y += np.maximum(x, 0)
    return y


def normal(x: Array) -> tuple[Array, Array]:
    """Return density and distribution function of the standard normal.

    The distribution function is (1 + erf(x / sqrt(2))) / 2, with all its digits also
    where it is near 0.
    """
    size: Array = np.minimum(np.abs(x), 40)  # beyond it exp is 0 and x * x may overflow
    density: Array = np.exp(-0.5 * size * size)
    s = (size - 4) / (size + 4)
    tail = s * _TAIL[-1]
    tail += _TAIL[-2]
    for coefficient in _TAIL[-3::-1]:
        tail *= s
        tail += coefficient
    tail /= size + 4
    tail *= density
    density *= 1 / math.sqrt(2 * math.pi)
    return density, np.where(x > 0, 1 - tail, tail)
