"""Compares a gradient with differences: with what small changes really do."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.diagnosis import Comparison, mistake
from minidl.gradient_check.trial import Gradient
from minidl.types import Array

MOST = 200  # elements compared in one array, drawn at random from a larger one
STEP = 6e-6  # cube root of float64's rounding: the best for central differences
RTOL, ATOL = 1e-6, 1e-8

Outputs: TypeAlias = Callable[[], Array]
"""Computes, anew at every call, an array of two axes whose sum is the loss."""


def compare_all(
    gradients: Sequence[Gradient],
    outputs: Outputs,
    samples: int,
    random: np.random.Generator,
    most: int = MOST,
) -> None:
    """Raise unless every gradient is what differences of `outputs` give."""
    for gradient in gradients:
        compare(gradient, outputs, samples, random, most)


def compare(
    gradient: Gradient,
    outputs: Outputs,
    samples: int,
    random: np.random.Generator,
    most: int = MOST,
) -> None:
    """Raise unless a gradient is what differences of `outputs` over its array give."""
    array, given = gradient.array, gradient.numbers
    what = f"{gradient.owner}: {gradient.name}"
    if given.shape != array.shape:
        raise GradientError(
            f"{what} has shape {given.shape}, but must have that of "
            f"{gradient.name[1:]}, {array.shape}"
        )
    if not array.size:
        return
    chosen = np.sort(random.permutation(array.size)[:most])
    here = outputs().copy()
    slopes = np.array([_slopes(array, int(index), here, outputs) for index in chosen])
    left, right = slopes.sum(axis=2).T
    got, expected = given.reshape(-1)[chosen], (left + right) / 2
    wrong = _wrong(got, left, right, ATOL * (1 + np.abs(here).max()))
    if not wrong.any():
        return
    by_sample = slopes.mean(axis=1).T
    comparison = Comparison(gradient, chosen, expected, wrong, by_sample, samples)
    worst = comparison.worst()
    index = tuple(map(int, np.unravel_index(chosen[worst], array.shape)))
    raise GradientError(
        f"{what}{list(index)} is {got[worst]:.6g}, but differences give "
        f"{expected[worst]:.6g}{mistake(comparison)}"
    )


def _wrong(got: Array, left: Array, right: Array, least: float) -> np.ndarray:
    """Return where a gradient is not the slope; at a kink, none of the slopes."""
    expected = (left + right) / 2
    tolerance = RTOL * np.maximum(np.abs(got), np.abs(expected)) + least
    kink = np.abs(right - left) > 1e-3 * (np.abs(right) + np.abs(left)) + tolerance
    slack = tolerance + 1e-3 * np.abs(right - left)  # one-sided slopes are less exact
    low, high = np.minimum(left, right) - slack, np.maximum(left, right) + slack
    between = kink & (low <= got) & (got <= high)
    close = np.abs(got - expected) <= tolerance
    wrong: np.ndarray = ~np.isfinite(got) | ~(between | close)
    return wrong


def _slopes(
    array: Array, index: int, here: Array, outputs: Outputs
) -> tuple[Array, Array]:
    """Return the slopes of each row of outputs left and right of an element's value."""
    flat = array.reshape(-1)  # a view, since every array here is contiguous
    value = flat[index]
    step = STEP * max(1.0, abs(value))
    flat[index] = value - step
    left = (here - outputs()).sum(axis=1) / step
    flat[index] = value + step
    right = (outputs() - here).sum(axis=1) / step
    flat[index] = value
    return left, right
