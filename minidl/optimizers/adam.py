"""Adam and its relatives: an average of the gradients over an average of their size."""

import math
from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.optimizers.clipping import ClippingOptions
from minidl.optimizers.optimizer import Optimizer, OptimizerOptions, move
from minidl.schedules import Rate
from minidl.types import Array


class _Averaging(Optimizer):
    """The part that all below share: two running averages of the gradients."""

    slots: tuple[str, ...] = ("momentum", "velocity")
    beta_1: float
    beta_2: float
    epsilon: float

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        owner = type(self).__name__
        self.beta_1 = arguments.real_number(owner, "beta_1", beta_1, 0.0, 1.0)
        self.beta_2 = arguments.real_number(owner, "beta_2", beta_2, 0.0, 1.0)
        self.epsilon = arguments.positive_number(owner, "epsilon", epsilon)


class Adam(_Averaging):
    """Momentum, with steps relative to the recent size of a value's gradients.

    Update:    t = iterations + 1
               alpha = learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)
               momentum = beta_1 * momentum + (1 - beta_1) * gradient
               velocity = beta_2 * velocity + (1 - beta_2) * gradient**2
               highest = maximum(highest, velocity) if amsgrad else velocity
               value = value - alpha * momentum / (sqrt(highest) + epsilon)
    Keeps:     momentum, velocity, highest if amsgrad

    The epsilon is that of the paper's section 2, "epsilon hat".

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        beta_1: How much of `momentum` to keep at each step, in [0, 1); 0.9 by default.
        beta_2: How much of `velocity` to keep, in [0, 1); 0.999 by default.
        epsilon: Above 0; 1e-7 by default.
        amsgrad: Whether to divide by the highest velocity so far; False by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.Adam`. Kingma and Ba, "Adam: A method for stochastic
    optimization", ICLR 2015. AMSGrad: Reddi, Kale and Kumar, "On the convergence of
    Adam and beyond", ICLR 2018.
    """

    slots: tuple[str, ...]
    amsgrad: bool
    _alpha: float

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)
        self.amsgrad = arguments.flag(type(self).__name__, "amsgrad", amsgrad)
        self.slots = self._needed_slots()

    def _needed_slots(self) -> tuple[str, ...]:
        kept = ("momentum", "velocity", "highest")
        return kept if self.amsgrad else kept[:2]

    def begin_step(self) -> None:
        """Correct the rate for averages that began at 0."""
        t = self.iterations + 1
        correction = math.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        self._alpha = self.learning_rate * correction

    def update(
        self,
        value: Array,
        gradient: Array,
        /,
        momentum: Array,
        velocity: Array,
        highest: Array | None = None,
    ) -> None:
        """Go along the average gradient by steps of about the learning rate."""
        step = (1 - self.beta_1) * gradient
        momentum *= self.beta_1
        momentum += step
        np.multiply(gradient, gradient, out=step)  # in memory that the cache has
        step *= 1 - self.beta_2
        velocity *= self.beta_2
        velocity += step
        if highest is not None:
            velocity = np.maximum(highest, velocity, out=highest)
        np.sqrt(velocity, out=step)
        step += self.epsilon
        np.divide(momentum, step, out=step)
        step *= self._alpha
        value -= step


class AdamW(Adam):
    """Adam with weight decay that the size of the gradients does not change.

    Update:    t = iterations + 1
               alpha = learning_rate * sqrt(1 - beta_2**t) / (1 - beta_1**t)
               momentum = beta_1 * momentum + (1 - beta_1) * gradient
               velocity = beta_2 * velocity + (1 - beta_2) * gradient**2
               highest = maximum(highest, velocity) if amsgrad else velocity
               value = value - alpha * momentum / (sqrt(highest) + epsilon)
    Keeps:     momentum, velocity, highest if amsgrad

    Before the update each value decays, as with the `weight_decay` of every optimizer.

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        weight_decay: At least 0; 0.004 by default. None for no decay.
        beta_1: How much of `momentum` to keep at each step, in [0, 1); 0.9 by default.
        beta_2: How much of `velocity` to keep, in [0, 1); 0.999 by default.
        epsilon: Above 0; 1e-7 by default.
        amsgrad: Whether to divide by the highest velocity so far; False by default.
        options: One kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.AdamW`. Loshchilov and Hutter, "Decoupled weight decay
    regularization", ICLR 2019.
    """

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[ClippingOptions],
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay=weight_decay,
            **options,
        )


class Adamax(_Averaging):
    """Adam with the largest recent gradient in place of their mean square.

    Update:    t = iterations + 1
               momentum = beta_1 * momentum + (1 - beta_1) * gradient
               largest = maximum(beta_2 * largest, abs(gradient))
               alpha = learning_rate / (1 - beta_1**t)
               value = value - alpha * momentum / (largest + epsilon)
    Keeps:     momentum, largest

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        beta_1: How much of `momentum` to keep at each step, in [0, 1); 0.9 by default.
        beta_2: How much of `largest` to keep, in [0, 1); 0.999 by default.
        epsilon: Above 0; 1e-7 by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.Adamax`. Kingma and Ba (2015), as `Adam`, section 7.1.
    """

    slots: tuple[str, ...] = ("momentum", "largest")
    _alpha: float

    def begin_step(self) -> None:
        """Correct the rate for an average that began at 0."""
        self._alpha = self.learning_rate / (1 - self.beta_1 ** (self.iterations + 1))

    def update(
        self, value: Array, gradient: Array, /, momentum: Array, largest: Array
    ) -> None:
        """Go along the average gradient by steps of at most the learning rate."""
        move(momentum, gradient, self.beta_1)
        largest *= self.beta_2
        np.maximum(largest, np.abs(gradient), out=largest)
        step = momentum / (largest + self.epsilon)
        step *= self._alpha
        value -= step


class Nadam(_Averaging):
    """Adam that looks one step of momentum ahead, as Nesterov does.

    Update:    t = iterations + 1
               decays = beta_1 * (1 - 0.5 * 0.96 ** arange(1, t + 2))
               of_momentum = decays[t] / (1 - decays.prod())
               of_gradient = (1 - decays[t - 1]) / (1 - decays[:t].prod())
               momentum = beta_1 * momentum + (1 - beta_1) * gradient
               velocity = beta_2 * velocity + (1 - beta_2) * gradient**2
               mean = of_momentum * momentum + of_gradient * gradient
               scale = sqrt(velocity / (1 - beta_2**t)) + epsilon
               value = value - learning_rate * mean / scale
    Keeps:     momentum, velocity

    Args:
        learning_rate: A number of at least 0 or a schedule; 0.001 by default.
        beta_1: How much of `momentum` to keep at each step, in [0, 1); 0.9 by default.
        beta_2: How much of `velocity` to keep, in [0, 1); 0.999 by default.
        epsilon: Above 0; 1e-7 by default.
        options: `weight_decay` and one kind of clipping, as for every `Optimizer`.

    Source: `keras.optimizers.Nadam`. Dozat, "Incorporating Nesterov momentum into
    Adam", ICLR workshop, 2016.
    """

    _product: tuple[int, float]  # a count of steps, and the product of their decays
    _of_momentum: float  # the factors of a step, all with the learning rate in them
    _of_gradient: float
    _of_velocity: float

    def reset(self) -> None:
        """Forget the state and the count of steps."""
        super().reset()
        self._product = 0, 1.0

    def begin_step(self) -> None:
        """Compute the factors that depend on the count of steps alone."""
        t, rate = self.iterations + 1, self.learning_rate
        count, product = self._product
        if count != self.iterations:  # after loading, say
            product = math.prod(map(self._decay, range(1, t)))
        product *= self._decay(t)
        self._product = t, product
        ahead = self._decay(t + 1)
        self._of_momentum = rate * ahead / (1 - product * ahead)
        self._of_gradient = rate * (1 - self._decay(t)) / (1 - product)
        self._of_velocity = 1 / (1 - self.beta_2**t)

    def _decay(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def update(
        self, value: Array, gradient: Array, /, momentum: Array, velocity: Array
    ) -> None:
        """Go along the average gradient that the next step will see."""
        move(momentum, gradient, self.beta_1)
        move(velocity, gradient * gradient, self.beta_2)
        step = self._of_momentum * momentum
        step += self._of_gradient * gradient
        scale = self._of_velocity * velocity
        np.sqrt(scale, out=scale)
        scale += self.epsilon
        step /= scale
        value -= step
