"""minidl: `fit`, with everything that it does for its users."""

from collections.abc import Callable
from typing import Any

import cases
from cases import Case, Numbers, Task

from contestants.contestant import Contestant
from minidl import Sequential
from minidl.layers import Dense
from minidl.losses import Loss, MeanSquaredError, SparseCategoricalCrossentropy
from minidl.optimizers import SGD, Adam, Optimizer


def build(case: Case) -> Sequential:
    """Return the compiled net of a case."""
    *hidden, outputs = case.widths[1:]
    layers = [Dense(width, activation=case.activation) for width in hidden]
    model = Sequential(
        [*layers, Dense(outputs)], dtype=case.dtype, seed=0, input_shape=case.widths[:1]
    )
    model.compile(optimizer(case), loss(case))
    return model


def optimizer(case: Case) -> Optimizer:
    if case.optimizer == "adam":
        return Adam(case.rate, cases.BETA_1, cases.BETA_2, cases.EPSILON)
    momentum = cases.MOMENTUM if case.optimizer == "momentum" else 0.0
    return SGD(case.rate, momentum=momentum)


def loss(case: Case) -> Loss:
    if case.loss == "mse":
        return MeanSquaredError()
    return SparseCategoricalCrossentropy(from_logits=True)


class Fit(Contestant):
    """`model.fit`, `model(x)` and `model.predict`."""

    name = "minidl"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.model = build(task.case)

    def reset(self) -> None:
        self.model.set_weights(self.task.start)
        self.model.optimizer.reset()

    def train(self, epochs: int) -> None:
        batch = self.task.case.batch
        self.model.fit(
            self.task.x, self.task.y, batch, epochs, verbose=0, shuffle=False
        )

    def weights(self) -> list[Numbers]:
        return self.model.get_weights()

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        model = self.model
        return {
            "minidl model(x)": lambda: model(x),
            "minidl predict": lambda: model.predict(x, verbose=0),
        }


CONTESTANTS = [Fit]
