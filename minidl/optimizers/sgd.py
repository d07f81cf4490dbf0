"""Gradient descent, and the momentum that carries it through flat valleys."""

from typing import Unpack

from minidl import arguments
from minidl.constants import constant
from minidl.optimizers.optimizer import Optimizer, OptimizerOptions
from minidl.schedules import Rate
from minidl.types import Array


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    Update:    velocity = momentum * velocity - learning_rate * gradient
               ahead = momentum * velocity - learning_rate * gradient
               value = value + (ahead if nesterov else velocity)
    Keeps:     velocity, if there is momentum

    The gradient is that of the mean over a batch; on a full batch without momentum this
    is plain gradient descent.

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.01 by default.
        momentum: How much of the last step to repeat, in [0, 1); 0 by default.
        nesterov: Whether to look one step of momentum ahead; False by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.SGD`. Nesterov's momentum: Sutskever, Martens, Dahl and
    Hinton, "On the importance of initialization and momentum in deep learning", ICML
    2013.
    """

    slots: tuple[str, ...]
    momentum: float
    nesterov: bool

    def __init__(
        self,
        learning_rate: Rate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.momentum = arguments.real_number("SGD", "momentum", momentum, 0.0, 1.0)
        self.nesterov = arguments.flag("SGD", "nesterov", nesterov)
        self.slots = self._needed_slots()

    def _needed_slots(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def update(
        self, value: Array, gradient: Array, /, velocity: Array | None = None
    ) -> None:
        """Go one step downhill."""
        step = gradient * constant(self.learning_rate, gradient.dtype)
        if velocity is None:
            value -= step
            return
        velocity *= self.momentum
        velocity -= step
        if self.nesterov:
            value += self.momentum * velocity
            value -= step
        else:
            value += velocity
