"""scikit-learn: `fit` of its multi-layer perceptrons, going on from given weights.

Its regressor descends half of the squared error, summed over the outputs, so the
learning rate is doubled and divided by their number. Its own penalty is turned off, but
it still computes one.
"""

import warnings
from collections.abc import Callable
from typing import Any

import cases
import numpy as np
from cases import Numbers, Task
from sklearn.neural_network import MLPClassifier, MLPRegressor

from contestants.contestant import Contestant


class Fit(Contestant):
    """`fit` with `warm_start`, so that it begins with the weights it is given."""

    name = "scikit-learn"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        case = task.case
        mse = case.loss == "mse"
        rate = case.rate * 2 / case.widths[-1] if mse else case.rate
        options: dict[str, Any] = {
            "hidden_layer_sizes": case.widths[1:-1],
            "activation": "logistic" if case.activation == "sigmoid" else "relu",
            "solver": "adam" if case.optimizer == "adam" else "sgd",
            "alpha": 0.0,
            "batch_size": case.batch,
            "learning_rate_init": rate,
            "shuffle": False,
            "tol": 0.0,
            "n_iter_no_change": 10**9,
            "warm_start": True,
            "momentum": cases.MOMENTUM if case.optimizer == "momentum" else 0.0,
            "nesterovs_momentum": False,
            "beta_1": cases.BETA_1,
            "beta_2": cases.BETA_2,
            "epsilon": cases.EPSILON,
        }
        self.model: Any = (MLPRegressor if mse else MLPClassifier)(**options)
        self.y = task.y[:, 0] if task.y.shape[1:] == (1,) else task.y
        self.train(1)  # makes its arrays

    def reset(self) -> None:
        for own, given in zip(self.model.coefs_, self.task.kernels, strict=True):
            own[...] = given
        for own, given in zip(self.model.intercepts_, self.task.biases, strict=True):
            own[...] = given

    def train(self, epochs: int) -> None:
        self.model.max_iter = epochs
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that it could go on
            self.model.fit(self.task.x, self.y)

    def weights(self) -> list[Numbers]:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [np.array(array) for pair in pairs for array in pair]

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        model = self.model
        return {"scikit-learn predict_proba": lambda: model.predict_proba(x)}


CONTESTANTS = [Fit]
