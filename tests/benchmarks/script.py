"""The arithmetic of the usual tutorial script, re-created as the yardstick.

Arrays are laid out as (features, samples), each parameter is a dictionary's entry, and
the sigmoid is computed anew, twice, in its derivative.
"""

import numpy as np

from minidl.types import Array


def sigmoid(z: Array) -> Array:
    y: Array = 1 / (1 + np.exp(-z))
    return y


def sigmoid_derivative(z: Array) -> Array:
    return sigmoid(z) * (1 - sigmoid(z))


def forward(x: Array, parameters: dict[str, Array]) -> dict[str, list[Array]]:
    """Keep z and a of every layer in lists."""
    depth = len(parameters) // 2
    z, a = [x], [x]
    for i in range(1, depth + 1):
        z.append(np.dot(parameters["w" + str(i)], a[-1]) + parameters["b" + str(i)])
        a.append(z[-1] if i == depth else sigmoid(z[-1]))
    return {"z": z, "a": a}


def backward(
    parameters: dict[str, Array], caches: dict[str, list[Array]], y: Array
) -> dict[str, Array]:
    """Keep dz, dw and db of every layer in a dictionary."""
    depth, samples = len(parameters) // 2, y.shape[1]
    grads: dict[str, Array] = {"dz" + str(depth): caches["a"][depth] - y}
    for i in range(depth, 0, -1):
        if i < depth:
            grads["dz" + str(i)] = np.dot(
                parameters["w" + str(i + 1)].T, grads["dz" + str(i + 1)]
            ) * sigmoid_derivative(caches["z"][i])
        dz = grads["dz" + str(i)]
        grads["dw" + str(i)] = np.dot(dz, caches["a"][i - 1].T) / samples
        grads["db" + str(i)] = np.sum(dz, axis=1, keepdims=True) / samples
    return grads


def train(
    x: Array, y: Array, parameters: dict[str, Array], rate: float, epochs: int
) -> list[float]:
    """Replace the parameters, step by step, and return the losses."""
    losses = []
    for _ in range(epochs):
        caches = forward(x, parameters)
        grads = backward(parameters, caches, y)
        for i in range(1, len(parameters) // 2 + 1):
            for kind in ("w", "b"):
                key = kind + str(i)
                parameters[key] = parameters[key] - rate * grads["d" + key]
        losses.append(float(np.mean(np.square(caches["a"][-1] - y))))
    return losses
