"""What the programs share: the data, the first weights and the goal."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float32]
Digits: TypeAlias = tuple[Numbers, NDArray[np.int64]]

DATA = Path(__file__).parents[3] / "examples" / "data" / "digits.npz"
BATCH = 32
EPOCHS = 4000
MOST_EPOCHS = 200
GOAL = 0.97
RATE, SINE_RATE = 0.1, 0.15


def sine() -> tuple[Numbers, Numbers, list[Numbers]]:
    """Return x, y and the first weights of the sine experiment."""
    random = np.random.default_rng(0)
    x = np.arange(0.0, 1.0, 0.01)[:, np.newaxis].astype(np.float32)
    y = (20 * np.sin(2 * np.pi * x)).astype(np.float32)
    start = [random.random((1, 25)), np.zeros(25), random.random((25, 1)), np.zeros(1)]
    return x, y, [array.astype(np.float32) for array in start]


def digits() -> tuple[Digits, Digits, list[Numbers]]:
    """Return the digits to train on, those to test with, and the first weights."""
    with np.load(DATA) as data:
        images, labels = data["images"], data["labels"]
    random = np.random.default_rng(0)
    order = random.permutation(len(images))
    x = (images[order].reshape(-1, 64) / 16).astype(np.float32)
    y = labels[order].astype(np.int64)
    start = [
        random.normal(0, np.sqrt(2 / 128), (64, 64)),
        np.zeros(64),
        random.normal(0, np.sqrt(2 / 74), (64, 10)),
        np.zeros(10),
    ]
    weights = [array.astype(np.float32) for array in start]
    return (x[:1437], y[:1437]), (x[1437:], y[1437:]), weights


def batches(x: Any, y: Any) -> list[tuple[Any, Any]]:
    """Return the batches of an epoch, in order."""
    return [(x[i : i + BATCH], y[i : i + BATCH]) for i in range(0, len(x), BATCH)]


def until_good(train: Callable[[], object], outputs: Callable[[], Any]) -> str:
    """Train epoch by epoch until the goal; return what `main` prints."""
    labels = digits()[1][1]
    accuracy, epochs = 0.0, 0
    while accuracy < GOAL and epochs < MOST_EPOCHS:
        train()
        epochs += 1
        accuracy = float(np.mean(np.asarray(outputs()).argmax(axis=1) == labels))
    return report(accuracy, epochs)


def report(accuracy: float, epochs: int) -> str:
    return f"accuracy {accuracy:.4f} epochs {epochs}"


def main(sine_program: Callable[[], float], digits_program: Callable[[], str]) -> None:
    """Run the program that the command line names, and print its result."""
    if sys.argv[1] == "sine":
        print(f"loss {sine_program():.6f}")
    else:
        print(digits_program())
