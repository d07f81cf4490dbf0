"""What a contestant is: one way to train the net of a task and to compute with it."""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable
from typing import Any

from cases import Case, Numbers, Task


class Contestant(metaclass=ABCMeta):
    """One way to do the work. Construction and `reset` are not timed; `train` is.

    Attributes:
        name: How tables call it.
        task: The work.
        learns: Whether it trains, so that there are weights to check.
    """

    name: str
    learns: bool = True
    task: Task

    def __init__(self, task: Task) -> None:
        self.task = task

    @classmethod
    def can(cls, case: Case) -> bool:
        """Return whether it can do the same work as everybody."""
        return True

    @abstractmethod
    def reset(self) -> None:
        """Go back to the first weights, with a fresh optimizer."""

    @abstractmethod
    def train(self, epochs: int) -> None:
        """Train for so many epochs, the batches in order, and be done on return."""

    @abstractmethod
    def weights(self) -> list[Numbers]:
        """Return the weights as `Task.start` has them."""

    def inference(self, x: Numbers) -> dict[str, Callable[[], Any]]:
        """Return ways to compute the outputs for x, by name; x is converted before."""
        return {}
