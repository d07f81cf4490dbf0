"""Compares a gradient with differences: with what small changes really do."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.diagnosis import mistake
from minidl.gradient_check.trial import owned
from minidl.layers.layer import Layer
from minidl.types import Array

MOST = 200  # elements compared in one array, drawn at random from a larger one
STEP = 6e-6  # cube root of float64's rounding: the best for central differences
RTOL, ATOL = 1e-6, 1e-8

Outputs: TypeAlias = Callable[[], Array]
"""Computes, anew at every call, an array whose sum is the loss."""


def compare_weights(
    layer: Layer, outputs: Outputs, samples: int, random: np.random.Generator
) -> None:
    """Raise unless the gradient of every parameter is what differences give."""
    for owner, weight in owned(layer):
        gradient, name = weight.grad.copy(), f"d{weight.name}"
        compare(owner.label, name, gradient, weight.value, outputs, samples, random)


def compare(
    owner: str,
    name: str,
    gradient: Array,
    array: Array,
    outputs: Outputs,
    samples: int,
    random: np.random.Generator,
) -> None:
    """Raise unless `gradient` is what differences of `outputs` over `array` give."""
    if gradient.shape != array.shape:
        raise GradientError(
            f"{owner}: {name} has shape {gradient.shape}, but must have {array.shape}"
        )
    chosen = np.arange(array.size)
    if array.size > MOST:
        chosen = np.sort(random.choice(array.size, MOST, replace=False))
    here = outputs().copy()
    slopes = np.array([_slopes(array, int(index), here, outputs) for index in chosen])
    if not chosen.size:
        return
    left, right = slopes[:, 0], slopes[:, 1]
    got, expected = gradient.reshape(-1)[chosen], (left + right) / 2
    scale = np.maximum(np.abs(got), np.abs(expected))
    tolerance = RTOL * scale + ATOL * (1 + np.abs(here).max())
    kink = np.abs(right - left) > 1e-3 * (np.abs(right) + np.abs(left)) + tolerance
    slack = tolerance + 1e-3 * np.abs(right - left)  # one-sided slopes are less exact
    low, high = np.minimum(left, right) - slack, np.maximum(left, right) + slack
    between = kink & (low <= got) & (got <= high)
    wrong = ~(between | (np.abs(got - expected) <= tolerance))
    if not wrong.any():
        return
    error = np.where(wrong, np.abs(got - expected), 0.0)
    worst = int(np.argmax(error > 0.999 * error.max()))  # the first of equals
    index = tuple(map(int, np.unravel_index(chosen[worst], array.shape)))
    flipped = np.swapaxes(gradient, -1, -2) if gradient.ndim > 1 else gradient
    turned = flipped.reshape(-1)[chosen]
    raise GradientError(
        f"{owner}: {name}{list(index)} is {got[worst]:.6g}, but differences give "
        f"{expected[worst]:.6g}{mistake(got, expected, turned, samples)}"
    )


def _slopes(
    array: Array, index: int, here: Array, outputs: Outputs
) -> tuple[float, float]:
    """Return the slopes of the sum of outputs left and right of an element's value."""
    flat = array.reshape(-1)  # a view, since every array here is contiguous
    value = flat[index]
    step = STEP * max(1.0, abs(value))
    flat[index] = value - step
    left = float((here - outputs()).sum()) / step
    flat[index] = value + step
    right = float((outputs() - here).sum()) / step
    flat[index] = value
    return left, right
