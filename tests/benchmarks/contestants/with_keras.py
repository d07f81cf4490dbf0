"""Keras on JAX: `fit`, and `fit` with all steps of an epoch in one execution."""

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import cases
import keras
import numpy as np
from cases import Case, Numbers, Task

from contestants.contestant import Contestant


def build(case: Case, steps: int) -> Any:
    """Return the compiled net of a case."""
    *hidden, outputs = case.widths[1:]
    layers = [keras.layers.Dense(width, activation=case.activation) for width in hidden]
    model = keras.Sequential(
        [keras.Input(case.widths[:1]), *layers, keras.layers.Dense(outputs)]
    )
    mse = keras.losses.MeanSquaredError()
    labels = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(
        optimizer(case),
        mse if case.loss == "mse" else labels,
        steps_per_execution=steps,
    )
    return model


def optimizer(case: Case) -> Any:
    if case.optimizer == "adam":
        return keras.optimizers.Adam(
            case.rate, cases.BETA_1, cases.BETA_2, cases.EPSILON
        )
    momentum = cases.MOMENTUM if case.optimizer == "momentum" else 0.0
    return keras.optimizers.SGD(case.rate, momentum=momentum)


class Fit(Contestant):
    """`model.fit`, and the three ways to predict."""

    name = "keras.fit (JAX)"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        self.model = build(task.case, self.steps(task.case))

    def steps(self, case: Case) -> int:
        return 1

    @classmethod
    def can(cls, case: Case) -> bool:
        return case.dtype == "float32"

    def reset(self) -> None:
        self.model.set_weights(self.task.start)
        for variable in self.model.optimizer.variables:
            if "learning_rate" not in variable.path:
                variable.assign(np.zeros(variable.shape))

    def train(self, epochs: int) -> None:
        batch = self.task.case.batch
        self.model.fit(
            self.task.x, self.task.y, batch, epochs, verbose=0, shuffle=False
        )

    def weights(self) -> list[Numbers]:
        return list(self.model.get_weights())

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        model, tensor = self.model, keras.ops.convert_to_tensor(x)
        return {
            "keras predict (JAX)": lambda: model.predict(x, verbose=0),
            "keras predict_on_batch (JAX)": lambda: model.predict_on_batch(x),
            "keras model(x) (JAX)": lambda: model(tensor).block_until_ready(),
        }


class EpochAtOnce(Fit):
    """`steps_per_execution` of an epoch."""

    name = "keras.fit (JAX), steps_per_execution"

    def steps(self, case: Case) -> int:
        return case.batches

    @classmethod
    def can(cls, case: Case) -> bool:
        return super().can(case) and case.batches > 1

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        return {}


CONTESTANTS = [Fit, EpochAtOnce]
