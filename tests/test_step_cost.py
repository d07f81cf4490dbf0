"""What a step of training costs, in calls: a guard of the speed that cannot flake.

For a small net nearly all of a step's time is the cost of calling things. So this
counts the calls, which are the same on every machine, and not seconds, which differ. A
count that rises means a slower step: measure whether what it buys is worth it before
raising a bound.
"""

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any, Self

import numpy as np
import pytest

import minidl
from minidl import Sequential
from minidl.batches import Batches
from minidl.callbacks.callback import Callbacks
from minidl.layers import Dense, Identity, Sigmoid
from minidl.optimizers import SGD, Adam, Optimizer
from minidl.packing import pack
from minidl.progress import Progress
from minidl.scores import Scores
from minidl.training import Training

PACKAGE = str(Path(minidl.__file__).parent)

NUMPY, FRAMES = "NumPy calls", "Python frames"


def in_package(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(PACKAGE)


class Counted(np.ndarray[Any, Any]):
    """An array that counts what lines of minidl do with it.

    The profiler sees calls of methods, such as `x.dot(y)`, but neither operators nor
    functions of NumPy.
    """

    __array_priority__: Any = 1.0  # so that a product with a plain array counts, too

    @classmethod
    def of(cls, array: np.ndarray[Any, Any], calls: Counter[str]) -> Self:
        counted = array.view(cls)
        counted.calls = calls
        return counted

    def __array_finalize__(self, parent: Any) -> None:
        calls: Any = getattr(parent, "calls", None)
        self.calls: Counter[str] = Counter() if calls is None else calls

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: Any, *inputs: Any, **options: Any
    ) -> Any:
        self._count()
        if "out" in options:
            options["out"] = tuple(map(plain, options["out"]))
        result = getattr(ufunc, method)(*map(plain, inputs), **options)
        return Counted.of(result, self.calls) if np.ndim(result) else result

    def __array_function__(
        self, function: Any, types: Any, inputs: Any, options: Any
    ) -> Any:
        self._count()
        return super().__array_function__(function, types, inputs, options)

    def __getitem__(self, key: Any) -> Any:
        self._count()
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._count()
        super().__setitem__(key, value)

    def _count(self) -> None:
        if in_package(sys._getframe(2)):  # who called the method that called this one
            self.calls[NUMPY] += 1


def plain(value: Any) -> Any:
    return value.view(np.ndarray) if isinstance(value, Counted) else value


def sine(optimizer: Optimizer, calls: Counter[str]) -> Training:
    """Return what trains a 1-25-1 net on a single batch of arrays that count."""
    layers = [Dense(25), Sigmoid(), Dense(1), Identity()]
    model = Sequential(layers, dtype="float32", seed=0, input_shape=(1,))
    model.compile(optimizer, "mse")
    values, gradients = pack(model.weights)
    start = 0
    for weight in model.weights:
        vectors = Counted.of(values, calls), Counted.of(gradients, calls)
        weight._bind(*vectors, start)
        weight._vectors = model.weights[0]._vectors
        start += weight.size
    x = np.arange(0.0, 1.0, 0.01)[:, np.newaxis].astype(np.float32)
    y = 20 * np.sin(2 * np.pi * x)
    batch = Counted.of(x, calls), Counted.of(y, calls)
    batches = Batches("fit()", *batch, None, len(x), model.dtype)
    watchers = Callbacks(None, model, {})
    scores = Scores.of(None, None)
    return Training(model, optimizer, model.loss, scores, watchers, batches)


def calls_of_a_step(optimizer: Optimizer) -> dict[str, float]:
    """Return what one step more adds to the calls of the loop of `fit`."""
    calls: Counter[str] = Counter()

    def spy(frame: FrameType, event: str, called: Any) -> None:
        if not in_package(frame):
            return
        if event == "call":
            calls[FRAMES] += 1
        elif event == "c_call" and isinstance(
            getattr(called, "__self__", None), np.ndarray
        ):
            calls[NUMPY] += 1

    training = sine(optimizer, calls)
    counts = []
    with training:
        training.run(range(5), None, Progress())  # the first step is special
        for steps in (10, 30):
            calls.clear()
            sys.setprofile(spy)
            try:
                training.run(range(steps), None, Progress())
            finally:
                sys.setprofile(None)
            counts.append(dict(calls))
    few, many = counts
    return {kind: (many[kind] - few[kind]) / 20 for kind in many}


@pytest.mark.parametrize(
    ("optimizer", "numpy_calls", "frames"),
    [(SGD(0.15), 21, 26), (SGD(0.15, momentum=0.9), 23, 26), (Adam(), 31, 26)],
    ids=["SGD", "SGD with momentum", "Adam"],
)
def test_a_step_of_the_sine_experiment_costs_no_more_calls(
    optimizer: Optimizer, numpy_calls: int, frames: int
) -> None:
    # one more is not seen, the assignment in Affine.with_ones, to a plain array
    cost = calls_of_a_step(optimizer)
    assert cost[NUMPY] <= numpy_calls
    assert cost[FRAMES] <= frames
