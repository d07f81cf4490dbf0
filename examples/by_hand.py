"""The sine experiment by hand, in plain NumPy: what minidl's classes grow out of.

Every layer but the last is a sigmoid one. Arrays hold one sample a row.

    python examples/by_hand.py
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def forward(x: Array, kernels: list[Array], biases: list[Array]) -> list[Array]:
    """Return what goes into every layer, and last what comes out of the net."""
    values = [x]
    for kernel, bias in zip(kernels[:-1], biases[:-1], strict=True):
        values.append(1 / (1 + np.exp(-(values[-1] @ kernel + bias))))
    return [*values, values[-1] @ kernels[-1] + biases[-1]]


def step(
    values: list[Array],
    y: Array,
    kernels: list[Array],
    biases: list[Array],
    rate: float,
) -> None:
    """Go from the last layer to the first, and each one step downhill."""
    dy = 2 * (values[-1] - y) / y.size  # of the loss ((prediction - y) ** 2).mean()
    for i in reversed(range(len(kernels))):
        x, kernel_before = values[i], kernels[i]
        kernels[i] = kernels[i] - rate * (x.T @ dy)
        biases[i] = biases[i] - rate * dy.sum(axis=0)
        dy = dy @ kernel_before.T * x * (1 - x)  # through the sigmoid that made x


def train(
    x: Array, y: Array, kernels: list[Array], rate: float, epochs: int
) -> list[float]:
    """Return the loss before every step; the biases begin at zero."""
    kernels, biases = list(kernels), [np.zeros(kernel.shape[1]) for kernel in kernels]
    losses = []
    for _ in range(epochs):
        values = forward(x, kernels, biases)
        losses.append(float(((values[-1] - y) ** 2).mean()))
        step(values, y, kernels, biases, rate)
    return losses


if __name__ == "__main__":
    random = np.random.default_rng(0)
    x = np.arange(0.0, 1.0, 0.01)[:, np.newaxis]
    kernels = [random.random((1, 25)), random.random((25, 1))]
    losses = train(x, 20 * np.sin(2 * np.pi * x), kernels, rate=0.15, epochs=4000)
    for epoch in range(399, 4000, 400):
        print(f"epoch {epoch + 1:4d}  loss {losses[epoch]:.4f}")
