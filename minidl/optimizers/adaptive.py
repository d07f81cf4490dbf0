"""A step size for every value of its own, from the size of its gradients so far."""

from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.optimizers.optimizer import Optimizer, OptimizerOptions, move
from minidl.schedules import Rate
from minidl.types import Array


class Adagrad(Optimizer):
    """Shorter steps the more a value has been pushed, which suits rare features.

    Update:    accumulator = accumulator + gradient**2
               value = value - learning_rate * gradient / sqrt(accumulator + epsilon)
    Keeps:     accumulator, initial_accumulator_value at first

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        initial_accumulator_value: At least 0; 0.1 by default.
        epsilon: Above 0; 1e-7 by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.Adagrad`. Duchi, Hazan and Singer, "Adaptive subgradient
    methods for online learning and stochastic optimization", JMLR 12, 2011.
    """

    slots: tuple[str, ...] = ("accumulator",)
    initial_accumulator_value: float
    epsilon: float

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        owner = type(self).__name__
        self.initial_accumulator_value = arguments.real_number(
            owner, "initial_accumulator_value", initial_accumulator_value, least=0.0
        )
        self.epsilon = arguments.positive_number(owner, "epsilon", epsilon)

    def initial(self, slot: str) -> float:
        """Return `initial_accumulator_value`."""
        return self.initial_accumulator_value

    def update(self, value: Array, gradient: Array, /, accumulator: Array) -> None:
        """Go downhill by steps that get shorter."""
        accumulator += gradient * gradient
        step = self.learning_rate * gradient
        step /= np.sqrt(accumulator + self.epsilon)
        value -= step


class RMSprop(Optimizer):
    """Steps relative to the recent size of a value's gradients.

    Update:    square = rho * square + (1 - rho) * gradient**2
               mean = rho * mean + (1 - rho) * gradient if centered else 0
               variance = maximum(square - mean**2, 0)
               step = learning_rate * gradient / sqrt(variance + epsilon)
               velocity = momentum * velocity + step
               value = value - velocity
    Keeps:     square, mean if centered, velocity if there is momentum

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        rho: How much of the averages to keep at each step, in [0, 1); 0.9 by default.
        momentum: How much of the last step to repeat, in [0, 1); 0 by default.
        epsilon: Above 0; 1e-7 by default.
        centered: Whether to take the variance of the gradients instead of the mean of
            their squares; False by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.RMSprop`. Tieleman and Hinton, "Lecture 6.5: RMSProp",
    COURSERA, 2012. Centered: Graves, "Generating sequences with recurrent neural
    networks", arXiv:1308.0850, 2013.
    """

    slots: tuple[str, ...]
    rho: float
    momentum: float
    epsilon: float
    centered: bool

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        owner = type(self).__name__
        self.rho = arguments.real_number(owner, "rho", rho, 0.0, 1.0)
        self.momentum = arguments.real_number(owner, "momentum", momentum, 0.0, 1.0)
        self.epsilon = arguments.positive_number(owner, "epsilon", epsilon)
        self.centered = arguments.flag(owner, "centered", centered)
        self.slots = self._needed_slots()

    def _needed_slots(self) -> tuple[str, ...]:
        kept = {"square": True, "mean": self.centered, "velocity": self.momentum > 0}
        return tuple(slot for slot in kept if kept[slot])

    def update(
        self, value: Array, gradient: Array, /, square: Array, *others: Array
    ) -> None:
        """Go downhill by steps of about the learning rate."""
        move(square, gradient * gradient, self.rho)
        variance = square
        if "mean" in self.slots:
            mean = others[0]
            move(mean, gradient, self.rho)
            variance = square - mean * mean
            np.maximum(variance, 0.0, out=variance)  # rounding can make it negative
        step = self.learning_rate * gradient
        step /= np.sqrt(variance + self.epsilon)
        if "velocity" in self.slots:
            velocity = others[-1]
            velocity *= self.momentum
            velocity += step
            step = velocity
        value -= step


class Adadelta(Optimizer):
    """Steps as large as recent steps were, so that no rate needs to be chosen.

    Update:    square = rho * square + (1 - rho) * gradient**2
               step = sqrt(step_square + epsilon) / sqrt(square + epsilon) * gradient
               step_square = rho * step_square + (1 - rho) * step**2
               value = value - learning_rate * step
    Keeps:     square, step_square

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default, as in
            Keras. The paper has 1.
        rho: How much of the averages to keep at each step, in [0, 1); 0.95 by default.
        epsilon: Above 0; 1e-7 by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.Adadelta`. Zeiler, "ADADELTA: An adaptive learning rate
    method", arXiv:1212.5701, 2012.
    """

    slots: tuple[str, ...] = ("square", "step_square")
    rho: float
    epsilon: float

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        owner = type(self).__name__
        self.rho = arguments.real_number(owner, "rho", rho, 0.0, 1.0)
        self.epsilon = arguments.positive_number(owner, "epsilon", epsilon)

    def update(
        self, value: Array, gradient: Array, /, square: Array, step_square: Array
    ) -> None:
        """Go downhill by steps of the size of recent ones."""
        move(square, gradient * gradient, self.rho)
        step = step_square + self.epsilon
        step /= square + self.epsilon
        np.sqrt(step, out=step)
        step *= gradient
        move(step_square, step * step, self.rho)
        step *= self.learning_rate
        value -= step
