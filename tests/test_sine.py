"""The experiment that minidl starts from, held against the same by hand."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from minidl import Sequential
from minidl.initializers import RandomUniform
from minidl.layers import Dense, Identity, Sigmoid
from minidl.optimizers import SGD

sys.path.append(str(Path(__file__).parents[1] / "examples"))
import by_hand

X = np.arange(0.0, 1.0, 0.01)[:, np.newaxis]
Y = 20 * np.sin(2 * np.pi * X)


def in_minidl(
    widths: list[int], seed: int
) -> tuple[Sequential, list[NDArray[np.float64]]]:
    """Return a net of sigmoid layers, and a copy of its kernels."""
    model = Sequential(seed=seed, input_shape=(1,))
    for width in widths:
        model.add(Dense(width, kernel_initializer=RandomUniform(0, 1)))
        model.add(Sigmoid() if width > 1 else Identity())
    model.compile(SGD(0.15), "mse")
    kernels = [weight for weight in model.get_weights() if weight.ndim == 2]
    return model, [kernel.astype(np.float64) for kernel in kernels]


def rounding(kernels: list[NDArray[np.float64]], expected: list[float]) -> float:
    """Return how far the last digit of the weights moves the script's own losses.

    Steps this long amplify it: by 1e7 in 50 epochs for seed 4, and which digits are
    rounded is the machine's choice.
    """
    random = np.random.default_rng(0)
    moved = []
    for _ in range(10):
        beside = [
            np.nextafter(kernel, random.integers(0, 2, kernel.shape))
            for kernel in kernels
        ]
        losses = by_hand.train(X, Y, beside, rate=0.15, epochs=len(expected))
        moved.append(np.abs(np.divide(losses, expected) - 1).max())
    return float(max(moved))


@pytest.mark.parametrize("seed", range(6))
def test_losses_are_those_of_the_script(seed: int) -> None:
    model, kernels = in_minidl([25, 1], seed)
    expected = by_hand.train(X, Y, kernels, rate=0.15, epochs=4000)
    losses = model.fit(X, Y, batch_size=100, epochs=4000, verbose=0).history["loss"]
    rtol = max(1e-9, 4 * rounding(kernels, expected[:100]))
    assert rtol < 1e-7
    np.testing.assert_allclose(losses[:100], expected[:100], rtol=rtol)
    np.testing.assert_allclose(losses[-1], expected[-1], rtol=0.05)
    assert losses[-1] < 1


@pytest.mark.parametrize("seed", range(6))
def test_a_deeper_net_chains_as_the_script_does(seed: int) -> None:
    model, kernels = in_minidl([16, 16, 1], seed)
    expected = by_hand.train(X, Y, kernels, rate=0.01, epochs=100)
    model.optimizer.learning_rate = 0.01
    history = model.fit(X, Y, batch_size=100, epochs=100, verbose=0)
    np.testing.assert_allclose(history.history["loss"], expected, rtol=1e-9)


def test_the_wide_interval_needs_momentum() -> None:
    x = np.arange(-1.0, 1.0, 0.02)
    y = 20 * np.sin(2 * np.pi * x)
    losses = []
    for momentum in (0.0, 0.9):
        model = Sequential([Dense(25), Sigmoid(), Dense(1)], seed=1)
        model.compile(SGD(0.01, momentum=momentum), "mse")
        history = model.fit(x, y, batch_size=100, epochs=5000, verbose=0)
        losses.append(history.history["loss"][-1])
    assert 165 < losses[0] < 175
    assert losses[1] < 1
