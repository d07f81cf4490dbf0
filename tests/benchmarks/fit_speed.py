"""How fast `fit` is on the sine experiment, in ratio to a hand-written script.

Run it alone on a quiet machine:

    python tests/benchmarks/fit_speed.py

The yardstick re-creates the arithmetic of the usual tutorial script: arrays laid out as
(features, samples), one dictionary entry a parameter, the sigmoid computed anew, twice,
in its derivative. Both sides run in this process, in turn, on one BLAS thread.
"""

import contextlib
import io
import os

for threads in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[threads] = "1"

from statistics import median
from time import perf_counter

import numpy as np

from minidl import Sequential
from minidl.layers import Dense, Identity, Sigmoid
from minidl.optimizers import SGD
from minidl.progress import Verbose
from minidl.types import Array

ROUNDS = 7
EPOCHS = 4000


def sigmoid(z: Array) -> Array:
    y: Array = 1 / (1 + np.exp(-z))
    return y


def sigmoid_derivative(z: Array) -> Array:
    return sigmoid(z) * (1 - sigmoid(z))


def script_forward(x: Array, parameters: dict[str, Array]) -> dict[str, list[Array]]:
    """Keep z and a of every layer in lists."""
    depth = len(parameters) // 2
    z, a = [x], [x]
    for i in range(1, depth + 1):
        z.append(np.dot(parameters["w" + str(i)], a[-1]) + parameters["b" + str(i)])
        a.append(z[-1] if i == depth else sigmoid(z[-1]))
    return {"z": z, "a": a}


def script_backward(
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


def script(x: Array, y: Array, epochs: int) -> float:
    """Train as the tutorial's script does and return the last loss."""
    random = np.random.default_rng(0)
    parameters: dict[str, Array] = {
        "w1": random.random((25, 1)).astype(x.dtype),
        "b1": np.zeros((25, 1), x.dtype),
        "w2": random.random((1, 25)).astype(x.dtype),
        "b2": np.zeros((1, 1), x.dtype),
    }
    losses = []
    for _ in range(epochs):
        caches = script_forward(x, parameters)
        grads = script_backward(parameters, caches, y)
        for i in (1, 2):
            for kind in ("w", "b"):
                key = kind + str(i)
                parameters[key] = parameters[key] - 0.3 * grads["d" + key]
        losses.append(float(np.mean(np.square(caches["a"][-1] - y))))
    return losses[-1]


def library(x: Array, y: Array, epochs: int, verbose: Verbose = 0) -> float:
    """Train as the README does and return the last loss."""
    layers = [
        Dense(25, kernel_initializer="random_uniform"),
        Sigmoid(),
        Dense(1, kernel_initializer="random_uniform"),
        Identity(),
    ]
    model = Sequential(layers, dtype=x.dtype.name, seed=0)
    model.compile(optimizer=SGD(0.15), loss="mse")
    with contextlib.redirect_stdout(io.StringIO()):
        history = model.fit(x, y, batch_size=100, epochs=epochs, verbose=verbose)
    return history.history["loss"][-1]


def seconds(run: object, *arguments: object) -> float:
    start = perf_counter()
    run(*arguments)  # type: ignore[operator]
    return perf_counter() - start


def main() -> None:
    in_float64: list[float] = []
    for dtype in ("float64", "float32"):
        x = np.arange(0.0, 1.0, 0.01).astype(dtype)[np.newaxis]
        y = (20 * np.sin(2 * np.pi * x)).astype(dtype)
        ratios, verbose_ratios, scripts, times = [], [], [], []
        for _ in range(ROUNDS):
            by_hand = seconds(script, x, y, EPOCHS)
            quiet = seconds(library, x.T, y.T, EPOCHS)
            verbose = seconds(library, x.T, y.T, EPOCHS, 1)
            ratios.append(by_hand / quiet)
            verbose_ratios.append(verbose / quiet)
            scripts.append(by_hand / EPOCHS * 1e6)
            times.append(quiet / EPOCHS * 1e6)
        print(
            f"{dtype}: fit is {median(ratios):.2f}x as fast as the script "
            f"({min(ratios):.2f} to {max(ratios):.2f}), {median(times):.1f} us a step "
            f"against {median(scripts):.1f}; "
            f"verbose=1 takes {median(verbose_ratios):.2f}x the time of verbose=0"
        )
        in_float64 = in_float64 or scripts
    against = median(in_float64) / median(times)
    print(f"float32 fit against the script in float64, as it is taught: {against:.2f}x")


if __name__ == "__main__":
    main()
