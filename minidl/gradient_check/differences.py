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
SHORTER = (STEP / 10, STEP / 100)  # for functions that are steep, or have kinks near by
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
    got, least = given.reshape(-1)[chosen], ATOL * (1 + np.abs(here).max())
    slopes = _slopes(array, chosen, here, outputs, STEP)
    wrong = _wrong(got, slopes, least)
    for step in SHORTER:
        if wrong.any():
            closer = _slopes(array, chosen[wrong], here, outputs, step)
            wrong[wrong] = _wrong(got[wrong], closer, least)
    if not wrong.any():
        return
    by_sample = slopes.mean(axis=1).T
    expected = by_sample.sum(axis=0)
    comparison = Comparison(gradient, chosen, expected, wrong, by_sample, samples)
    worst = comparison.worst()
    index = tuple(map(int, np.unravel_index(chosen[worst], array.shape)))
    came, differences = _told_apart(got[worst], expected[worst])
    raise GradientError(
        f"{what}{list(index)} is {came}, but differences give "
        f"{differences}{mistake(comparison)}"
    )


def _wrong(got: Array, slopes: Array, least: float) -> np.ndarray:
    """Return where a gradient is not the slope; at a kink, none of the slopes."""
    left, right = slopes.sum(axis=2).T
    expected = (left + right) / 2
    tolerance = RTOL * np.maximum(np.abs(got), np.abs(expected)) + least
    slack = tolerance + 1e-3 * np.abs(right - left)  # one-sided slopes are less exact
    low, high = np.minimum(left, right) - slack, np.maximum(left, right) + slack
    is_slope: np.ndarray = np.isfinite(got) & (low <= got) & (got <= high)
    return ~is_slope


def _slopes(
    array: Array, chosen: np.ndarray, here: Array, outputs: Outputs, step: float
) -> Array:
    """Return the slopes left and right of each chosen element, of each row of outputs.

    Args:
        array: The array whose elements are moved and put back.
        chosen: The indices of the elements.
        here: The outputs with the array as it is.
        outputs: Computes them.
        step: How far to move an element between -1 and 1; others by so much of them.

    Returns:
        An array of axes (elements, 2, rows).
    """
    flat = array.reshape(-1)  # a view, since every array here is contiguous
    found = []
    for index in chosen:
        value = flat[index]
        far = step * max(1.0, abs(value))
        flat[index] = value - far
        left = (here - outputs()).sum(axis=1) / far
        flat[index] = value + far
        right = (outputs() - here).sum(axis=1) / far
        flat[index] = value
        found.append((left, right))
    return np.array(found)


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12):
        texts = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts
