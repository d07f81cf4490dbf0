"""thinc: the loop of its documentation, with its own BLAS and with that of NumPy.

The gradient of the loss is by hand.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import cases
import numpy as np
from cases import Case, Numbers, Task
from thinc.api import SGD, Adam, Linear, Relu, Sigmoid, Softmax, chain, use_ops

from contestants.contestant import Contestant


def layers(case: Case) -> list[Any]:
    """Return the layers of a case."""
    hidden = Relu if case.activation == "relu" else Sigmoid
    last = Linear if case.loss == "mse" else Softmax
    kinds = [hidden] * (len(case.widths) - 2) + [last]
    sizes = list(zip(case.widths, case.widths[1:], strict=False))
    return [kind(n_out, n_in) for kind, (n_in, n_out) in zip(kinds, sizes, strict=True)]


class Loop(Contestant):
    """`begin_update`, its callback, `finish_update`.

    The last layer of a classifier is a Softmax whose callback takes the gradient of the
    cross-entropy in the logits, as thinc means it.
    """

    name = "thinc"
    operations: ClassVar[dict[str, bool]] = {}

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        case = task.case
        with use_ops("cpu", **self.operations):
            self.layers = layers(case)
            self.model = chain(*self.layers)
            self.model.initialize()
        targets = task.y if case.loss == "mse" else task.one_hot
        parts = range(0, len(task.x), case.batch)
        self.batches = [
            (task.x[i : i + case.batch], targets[i : i + case.batch]) for i in parts
        ]
        elements = case.widths[-1] if case.loss == "mse" else 1
        factor = (2 if case.loss == "mse" else 1) / (case.batch * elements)
        self.factor = np.float32(factor)

    @classmethod
    def can(cls, case: Case) -> bool:
        return case.dtype == "float32" and case.optimizer != "momentum"

    def reset(self) -> None:
        both = zip(self.layers, self.task.kernels, self.task.biases, strict=True)
        for layer, kernel, bias in both:
            layer.set_param("W", kernel.T.copy())
            layer.set_param("b", bias.copy())
        rate = self.task.case.rate
        plain: dict[str, Any] = {"L2": 0.0, "grad_clip": 0.0, "use_averages": False}
        self.optimizer: Any = SGD(rate, **plain)
        if self.task.case.optimizer == "adam":
            options = {
                "beta1": cases.BETA_1,
                "beta2": cases.BETA_2,
                "eps": cases.EPSILON,
            }
            self.optimizer = Adam(rate, **options, **plain)

    def train(self, epochs: int) -> None:
        model, optimizer, factor = self.model, self.optimizer, self.factor
        for _ in range(epochs):
            for x, y in self.batches:
                prediction, backprop = model.begin_update(x)
                backprop((prediction - y) * factor)
                model.finish_update(optimizer)

    def weights(self) -> list[Numbers]:
        found: list[Numbers] = []
        for layer in self.layers:
            found += [layer.get_param("W").T.copy(), layer.get_param("b").copy()]
        return found

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        return {"thinc predict": lambda: self.model.predict(x)}


class WithoutBlis(Loop):
    """The products of matrices by NumPy, which is faster for small ones."""

    name = "thinc, use_blis=False"
    operations: ClassVar[dict[str, bool]] = {"use_blis": False}

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        return {"thinc predict, use_blis=False": lambda: self.model.predict(x)}


CONTESTANTS = [Loop, WithoutBlis]
