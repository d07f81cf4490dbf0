"""How fast `fit` is on the sine experiment, in ratio to a hand-written script.

Run it alone on a quiet machine:

    python tests/benchmarks/fit_speed.py

The script is that of `script.py`. Both sides run in this process, in turn, on one BLAS
thread. `run.py` measures this and much more, beside other libraries.
"""

import contextlib
import io
import os

for threads in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[threads] = "1"

from statistics import median
from time import perf_counter

import numpy as np
from script import train

from minidl import Sequential
from minidl.layers import Dense, Identity, Sigmoid
from minidl.optimizers import SGD
from minidl.progress import Verbose
from minidl.types import Array

ROUNDS = 7
EPOCHS = 4000


def script(x: Array, y: Array, epochs: int) -> float:
    """Train as the tutorial's script does and return the last loss."""
    random = np.random.default_rng(0)
    parameters: dict[str, Array] = {
        "w1": random.random((25, 1)).astype(x.dtype),
        "b1": np.zeros((25, 1), x.dtype),
        "w2": random.random((1, 25)).astype(x.dtype),
        "b2": np.zeros((1, 1), x.dtype),
    }
    return train(x, y, parameters, rate=0.3, epochs=epochs)[-1]


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
