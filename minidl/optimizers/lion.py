"""The optimizer that looks at signs only."""

from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.optimizers.optimizer import Optimizer, OptimizerOptions, move
from minidl.schedules import Rate
from minidl.types import Array


class Lion(Optimizer):
    """Steps of one size, by the sign of gradient and momentum together.

    Update:    push = beta_1 * momentum + (1 - beta_1) * gradient
               value = value - learning_rate * sign(push)
               momentum = beta_2 * momentum + (1 - beta_2) * gradient
    Keeps:     momentum

    It wants a learning rate three to ten times smaller than Adam's.

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        beta_1: The share of `momentum` in a step, in [0, 1); 0.9 by default.
        beta_2: How much of `momentum` to keep at each step, in [0, 1); 0.99 by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.Lion`. Chen et al., "Symbolic discovery of optimization
    algorithms", NeurIPS 2023.
    """

    slots: tuple[str, ...] = ("momentum",)
    beta_1: float
    beta_2: float

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        owner = type(self).__name__
        self.beta_1 = arguments.real_number(owner, "beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = arguments.real_number(owner, "beta_2", beta_2, 0.0, 1.0)

    def update(self, value: Array, gradient: Array, /, momentum: Array) -> None:
        """Go downhill, every value as far."""
        step = self.beta_1 * momentum
        step += (1 - self.beta_1) * gradient
        np.sign(step, out=step)
        step *= self.learning_rate
        value -= step
        move(momentum, gradient, self.beta_2)
