"""What everybody is to do: nets, data and first weights, the same for all.

All arrays are made here, by NumPy, and handed to each contestant, who copies them into
its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.floating[Any]]
Activation: TypeAlias = Literal["relu", "sigmoid"]
LossName: TypeAlias = Literal["mse", "crossentropy"]
OptimizerName: TypeAlias = Literal["sgd", "momentum", "adam"]

MOMENTUM = 0.9
BETA_1, BETA_2 = 0.9, 0.999  # of Adam
EPSILON = 1e-12  # so small that it does not matter where in Adam a library adds it


@dataclass(frozen=True)
class Case:
    """A training run.

    Attributes:
        name: How tables call it.
        widths: The number of inputs, of every hidden layer, and of outputs.
        batch: Samples a batch.
        batches: Batches an epoch.
        epochs: Epochs that are timed.
        activation: What follows each hidden layer; nothing follows the last.
        loss: The mean of squares over all elements, or the cross-entropy of labels
            with the softmax of the outputs.
        optimizer: Gradient descent, that with momentum, or Adam.
        rate: The learning rate.
        dtype: That of all numbers.
    """

    name: str
    widths: tuple[int, ...]
    batch: int
    batches: int
    epochs: int
    activation: Activation = "relu"
    loss: LossName = "crossentropy"
    optimizer: OptimizerName = "sgd"
    rate: float = 0.05
    dtype: str = "float32"

    @property
    def steps(self) -> int:
        return self.batches * self.epochs

    @property
    def checked_epochs(self) -> int:
        """How many epochs are compared before any time is believed: about ten steps."""
        return max(1, 10 // self.batches)

    @property
    def tenth(self) -> int:
        """About a tenth of the epochs."""
        return max(1, self.epochs // 10)

    def quick(self) -> "Case":
        """Return the same with about a tenth of the epochs."""
        return replace(self, epochs=self.tenth)


@dataclass(frozen=True)
class Task:
    """A case with its arrays.

    Attributes:
        case: The case.
        x: The inputs, (samples, features).
        y: Targets (samples, outputs), or for the cross-entropy labels (samples,).
        start: The first weights: kernel (n_in, n_out) and bias (n_out,), in turn.
    """

    case: Case
    x: Numbers
    y: NDArray[Any]
    start: list[Numbers]

    @property
    def kernels(self) -> list[Numbers]:
        return self.start[::2]

    @property
    def biases(self) -> list[Numbers]:
        return self.start[1::2]

    @property
    def one_hot(self) -> Numbers:
        """The labels as rows with a single 1."""
        rows: Numbers = np.eye(self.case.widths[-1], dtype=self.x.dtype)[self.y]
        return rows


def task(case: Case) -> Task:
    """Return a case with its arrays, the same at every call."""
    if case.widths == SINE.widths:
        return sine_task(case)
    random = np.random.default_rng(0)
    samples, outputs = case.batch * case.batches, case.widths[-1]
    x = random.normal(size=(samples, case.widths[0])).astype(case.dtype)
    scores = x @ random.normal(size=(case.widths[0], outputs))
    labels = scores.argmax(axis=1).astype(np.int64)
    y = np.eye(outputs, dtype=case.dtype)[labels] if case.loss == "mse" else labels
    start: list[Numbers] = []
    for n_in, n_out in zip(case.widths, case.widths[1:], strict=False):
        kernel = random.normal(0, np.sqrt(2 / (n_in + n_out)), (n_in, n_out))
        start += [kernel, np.zeros(n_out)]
    return Task(case, x, y, frozen(start, case))


def sine_task(case: Case) -> Task:
    """Return the first experiment: 100 points, weights uniform in [0, 1)."""
    random = np.random.default_rng(0)
    x = np.arange(0.0, 1.0, 0.01)[:, np.newaxis]
    y = 20 * np.sin(2 * np.pi * x)
    start = [random.random((1, 25)), np.zeros(25), random.random((25, 1)), np.zeros(1)]
    weights = frozen(start, case)
    return Task(case, x.astype(case.dtype), y.astype(case.dtype), weights)


def frozen(arrays: Sequence[Numbers], case: Case) -> list[Numbers]:
    """Return first weights that nobody can train by mistake."""
    copies = [array.astype(case.dtype) for array in arrays]
    for copy in copies:
        copy.flags.writeable = False
    return copies


SINE = Case(
    "1-25-1 sine",
    (1, 25, 1),
    100,
    1,
    4000,
    activation="sigmoid",
    loss="mse",
    rate=0.15,
)
SINE64 = replace(SINE, name="1-25-1 sine, float64", dtype="float64")
SMALL = Case("64-64-10", (64, 64, 10), 32, 56, 10)
WIDER = Case("64-256-10", (64, 256, 10), 128, 14, 20)
MNIST = Case("784-128-10", (784, 128, 10), 128, 20, 5)
DEEP = Case("784-512-512-10", (784, 512, 512, 10), 128, 10, 4)
LARGE = Case("784-2048-2048-10", (784, 2048, 2048, 10), 256, 3, 2)

MAIN = [SINE, SMALL, WIDER, MNIST, DEEP, LARGE]
DEEP_ADAM = replace(DEEP, name="784-512-512-10, Adam", optimizer="adam", rate=0.001)
VARIATIONS = [
    replace(MNIST, name="784-128-10, momentum", optimizer="momentum"),
    replace(MNIST, name="784-128-10, Adam", optimizer="adam", rate=0.001),
    replace(MNIST, name="784-128-10, sigmoid", activation="sigmoid"),
    replace(MNIST, name="784-128-10, mean squared error", loss="mse"),
    DEEP_ADAM,
]
TRAINING = [MAIN[0], SINE64, *MAIN[1:], *VARIATIONS]
