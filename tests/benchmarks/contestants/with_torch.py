"""PyTorch: the loop of its tutorials, then with its faster optimizers, then compiled.

The batches are views made before the clock starts, where the tutorials have a
`DataLoader`, which is slower.
"""

import os
from collections.abc import Callable
from typing import Any, ClassVar

import cases
import torch
from cases import Case, Numbers, Task

from contestants.contestant import Contestant

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def net(case: Case) -> Any:
    """Return the net of a case."""
    between = torch.nn.ReLU if case.activation == "relu" else torch.nn.Sigmoid
    layers: list[Any] = []
    for n_in, n_out in zip(case.widths, case.widths[1:], strict=False):
        layers += [torch.nn.Linear(n_in, n_out), between()]
    return torch.nn.Sequential(*layers[:-1]).to(getattr(torch, case.dtype))


class Eager(Contestant):
    """`nn.Sequential` and a loop, with the default optimizer."""

    name = "torch"
    options: ClassVar[dict[str, bool]] = {}

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        case = task.case
        self.model = net(case)
        x, y = torch.from_numpy(task.x), torch.from_numpy(task.y)
        self.batches = list(zip(x.split(case.batch), y.split(case.batch), strict=True))
        mse = case.loss == "mse"
        self.criterion = torch.nn.MSELoss() if mse else torch.nn.CrossEntropyLoss()
        self.forward: Any = self.loss

    def loss(self, x: Any, y: Any) -> Any:
        return self.criterion(self.model(x), y)

    def reset(self) -> None:
        with torch.no_grad():
            for own, given in zip(
                self.model.parameters(), self.task.start, strict=True
            ):
                own.copy_(torch.tensor(given.T))
        self.optimizer = self.make_optimizer()

    def make_optimizer(self) -> Any:
        case, parameters = self.task.case, self.model.parameters()
        if case.optimizer == "adam":
            return torch.optim.Adam(
                parameters,
                lr=case.rate,
                betas=(cases.BETA_1, cases.BETA_2),
                eps=cases.EPSILON,
                **self.options,
            )
        momentum = cases.MOMENTUM if case.optimizer == "momentum" else 0.0
        return torch.optim.SGD(
            parameters, lr=case.rate, momentum=momentum, **self.options
        )

    def train(self, epochs: int) -> None:
        forward, optimizer = self.forward, self.optimizer
        losses = []
        for _ in range(epochs):
            for x, y in self.batches:
                optimizer.zero_grad()
                loss = forward(x, y)
                loss.backward()
                optimizer.step()
                losses.append(loss.detach())

    def weights(self) -> list[Numbers]:
        return [own.detach().numpy().T.copy() for own in self.model.parameters()]


class WithInference(Eager):
    """The same, and `model(x)` in the two modes without gradients."""

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        model, tensor = self.model.eval(), torch.from_numpy(x)

        def no_grad() -> Any:
            with torch.no_grad():
                return model(tensor)

        def inference_mode() -> Any:
            with torch.inference_mode():
                return model(tensor)

        return {
            "torch model(x), no_grad": no_grad,
            "torch model(x), inference_mode": inference_mode,
        }


class Foreach(Eager):
    """All parameters in one call of the optimizer."""

    name = "torch, foreach"
    options: ClassVar[dict[str, bool]] = {"foreach": True}


class Fused(Eager):
    """The optimizer in one kernel."""

    name = "torch, fused"
    options: ClassVar[dict[str, bool]] = {"fused": True}


class Compiled(Fused):
    """`torch.compile` of the net and the loss, forward and backward; and of the net."""

    name = "torch.compile, fused"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        torch.compiler.reset()  # or the nets before count towards its limit
        self.forward = torch.compile(self.loss, dynamic=False)

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        model, tensor = (
            torch.compile(self.model.eval(), dynamic=False),
            torch.from_numpy(x),
        )

        def inference_mode() -> Any:
            with torch.inference_mode():
                return model(tensor)

        return {"torch.compile model(x), inference_mode": inference_mode}


CONTESTANTS = [WithInference, Foreach, Fused, Compiled]
