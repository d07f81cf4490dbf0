"""How the learning rate changes from step to step.

An optimizer takes a schedule where it takes a number, and asks it for the rate of every
step: the first is step 0. Any function of the step will do:

    >>> from minidl.optimizers import SGD
    >>> optimizer = SGD(lambda step: 0.1 / (1 + step))
    >>> optimizer.learning_rate
    0.1

A schedule that can be saved with a model is a class. To write your own, subclass
`LearningRateSchedule`, keep each argument under its name and define `__call__`:

    >>> class Halving(LearningRateSchedule):
    ...     def __init__(self, start, every):
    ...         self.start, self.every = start, every
    ...
    ...     def __call__(self, step):
    ...         return self.start * 0.5 ** (step // self.every)
    >>> Halving(0.1, every=1000)(2500)
    0.025
"""

import math
from abc import ABCMeta, abstractmethod
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias, cast

from minidl import aliases, arguments
from minidl.configuration import Configurable

Rate: TypeAlias = "float | Callable[[int], float]"
"""A number or a function of the step, which an optimizer takes as its learning rate."""


class LearningRateSchedule(Configurable, metaclass=ABCMeta):
    """The contract: called with the number of steps taken, it returns the next rate."""

    _keras_only = ("name",)

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""


class PiecewiseConstantDecay(LearningRateSchedule):
    """One value up to each boundary, and the last one after all of them.

    Rate:      rate = values[sum(step > boundary for boundary in boundaries)]

    Args:
        boundaries: The last steps of all values but the last, increasing.
        values: The rates, one more than there are boundaries.

    Source: `keras.optimizers.schedules.PiecewiseConstantDecay`.
    """

    boundaries: list[float]
    values: list[float]

    def __init__(self, boundaries: Sequence[float], values: Sequence[float]) -> None:
        owner = type(self).__name__
        self.boundaries = _numbers(owner, "boundaries", boundaries)
        self.values = _numbers(owner, "values", values)
        if any(left >= right for left, right in pairwise(self.boundaries)):
            raise ValueError(f"{owner}: boundaries must increase, got {boundaries!r}")
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"{owner}: values must be one more than the {len(self.boundaries)} "
                f"boundaries, got {len(self.values)}"
            )

    def __call__(self, step: int) -> float:
        """Return the value between the boundaries around the step."""
        return self.values[bisect_left(self.boundaries, step)]


class _PeriodicDecay(LearningRateSchedule):
    """A decay by the same amount in every period."""

    initial_learning_rate: float
    decay_steps: float
    decay_rate: float
    staircase: bool

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
    ) -> None:
        owner = type(self).__name__
        self.initial_learning_rate = _rate(owner, initial_learning_rate)
        self.decay_steps = _steps(owner, "decay_steps", decay_steps)
        self.decay_rate = arguments.real_number(owner, "decay_rate", decay_rate, 0.0)
        self.staircase = arguments.flag(owner, "staircase", staircase)

    def _periods(self, step: int) -> float:
        """Return how many periods a step is after the first one."""
        periods = step / self.decay_steps
        return math.floor(periods) if self.staircase else periods


class ExponentialDecay(_PeriodicDecay):
    """Multiplied by `decay_rate` every `decay_steps`.

    Rate:      periods = step / decay_steps
               periods = floor(periods) if staircase else periods
               rate = initial_learning_rate * decay_rate**periods

    Args:
        initial_learning_rate: The first rate, at least 0.
        decay_steps: Above 0.
        decay_rate: At least 0.
        staircase: Whether to decay at the end of each period at once rather than a bit
            at every step; False by default.

    Source: `keras.optimizers.schedules.ExponentialDecay`.
    """

    def __call__(self, step: int) -> float:
        """Return the rate after so many periods of decay."""
        factor: float = self.decay_rate ** self._periods(step)
        return self.initial_learning_rate * factor


class InverseTimeDecay(_PeriodicDecay):
    """Divided by a number that grows by `decay_rate` every `decay_steps`.

    Rate:      periods = step / decay_steps
               periods = floor(periods) if staircase else periods
               rate = initial_learning_rate / (1 + decay_rate * periods)

    Args:
        initial_learning_rate: The first rate, at least 0.
        decay_steps: Above 0.
        decay_rate: At least 0.
        staircase: Whether to decay at the end of each period at once rather than a bit
            at every step; False by default.

    Source: `keras.optimizers.schedules.InverseTimeDecay`.
    """

    def __call__(self, step: int) -> float:
        """Return the rate after so many periods of decay."""
        return self.initial_learning_rate / (1 + self.decay_rate * self._periods(step))


class PolynomialDecay(LearningRateSchedule):
    """From one rate to another along a power of the time that is left.

    Rate:      cycles = maximum(1, ceil(step / decay_steps)) if cycle else 1
               left = 1 - minimum(1, step / (decay_steps * cycles))
               span = initial_learning_rate - end_learning_rate
               rate = span * left**power + end_learning_rate

    Args:
        initial_learning_rate: The first rate, at least 0.
        decay_steps: The step at which the end is reached, above 0.
        end_learning_rate: The last rate, at least 0; 0.0001 by default.
        power: Above 0; 1 by default, a straight line.
        cycle: Whether to rise again after the end, to decay over twice, three times,
            ... as many steps; False by default.

    Source: `keras.optimizers.schedules.PolynomialDecay`.
    """

    initial_learning_rate: float
    decay_steps: float
    end_learning_rate: float
    power: float
    cycle: bool

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
    ) -> None:
        owner = type(self).__name__
        self.initial_learning_rate = _rate(owner, initial_learning_rate)
        self.decay_steps = _steps(owner, "decay_steps", decay_steps)
        self.end_learning_rate = arguments.real_number(
            owner, "end_learning_rate", end_learning_rate, least=0.0
        )
        self.power = arguments.positive_number(owner, "power", power)
        self.cycle = arguments.flag(owner, "cycle", cycle)

    def __call__(self, step: int) -> float:
        """Return the rate at what is left of the way."""
        cycles = max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1
        left = 1 - min(1.0, step / (self.decay_steps * cycles))
        span = self.initial_learning_rate - self.end_learning_rate
        rate: float = span * left**self.power + self.end_learning_rate
        return rate


class CosineDecay(LearningRateSchedule):
    """Half a wave of a cosine down to a fraction of the rate, after a warm-up.

    Rate:      warm = warmup_target is not None
               start = warmup_target if warm else initial_learning_rate
               delay = warmup_steps if warm else 0
               done = minimum(1, (step - delay) / decay_steps)
               rate = start * ((1 - alpha) * 0.5 * (1 + cos(pi * done)) + alpha)
    Warm-up:   rise = (warmup_target - initial_learning_rate) / warmup_steps
               rate = initial_learning_rate + rise * step  # while step < warmup_steps

    Args:
        initial_learning_rate: The first rate, at least 0.
        decay_steps: How many steps the decay takes, above 0.
        alpha: The last rate as a fraction of the highest, at least 0; 0 by default.
        warmup_target: The rate to rise to first; None (default) for no warm-up.
        warmup_steps: How many steps the warm-up takes, at least 0; 0 by default.

    Source: `keras.optimizers.schedules.CosineDecay`. Loshchilov and Hutter, "SGDR:
    Stochastic gradient descent with warm restarts", ICLR 2017.
    """

    initial_learning_rate: float
    decay_steps: float
    alpha: float
    warmup_target: float | None
    warmup_steps: float

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        *,
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        owner = type(self).__name__
        self.initial_learning_rate = _rate(owner, initial_learning_rate)
        self.decay_steps = _steps(owner, "decay_steps", decay_steps)
        self.alpha = arguments.real_number(owner, "alpha", alpha, least=0.0)
        if warmup_target is not None:
            warmup_target = arguments.real_number(
                owner, "warmup_target", warmup_target, least=0.0
            )
        self.warmup_target = warmup_target
        self.warmup_steps = _tidy(
            arguments.real_number(owner, "warmup_steps", warmup_steps, least=0.0)
        )

    def __call__(self, step: int) -> float:
        """Return the rate on the way up or down."""
        start, top = self.initial_learning_rate, self.warmup_target
        if top is None:
            return start * _half_wave(step / self.decay_steps, self.alpha)
        if step < self.warmup_steps:
            return start + (top - start) / self.warmup_steps * step
        done = (step - self.warmup_steps) / self.decay_steps
        return top * _half_wave(done, self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Half a wave of a cosine, again and again, each longer and lower than the last.

    Rate:      rate = (1 - alpha) * 0.5 * height * (1 + cos(pi * done)) + alpha
               rate = initial_learning_rate * rate

    where `done` is the part of the wave that is over, from 0 to 1, and `height` is
    m_mul**(the number of waves before it).

    Args:
        initial_learning_rate: The first rate, at least 0.
        first_decay_steps: How many steps the first wave takes, above 0.
        t_mul: How much longer each wave is than the last, at least 1; 2 by default.
        m_mul: How much higher each wave is than the last, at least 0; 1 by default.
        alpha: The lowest rate as a fraction of the first, at least 0; 0 by default.

    Source: `keras.optimizers.schedules.CosineDecayRestarts`. Loshchilov and Hutter
    (2017), as `CosineDecay`.
    """

    initial_learning_rate: float
    first_decay_steps: float
    t_mul: float
    m_mul: float
    alpha: float

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
    ) -> None:
        owner = type(self).__name__
        self.initial_learning_rate = _rate(owner, initial_learning_rate)
        self.first_decay_steps = _steps(owner, "first_decay_steps", first_decay_steps)
        self.t_mul = arguments.real_number(owner, "t_mul", t_mul, least=1.0)
        self.m_mul = arguments.real_number(owner, "m_mul", m_mul, least=0.0)
        self.alpha = arguments.real_number(owner, "alpha", alpha, least=0.0)

    def __call__(self, step: int) -> float:
        """Return the rate on the wave that the step is on."""
        waves, done = self._wave(step)
        height = self.m_mul**waves
        return self.initial_learning_rate * _half_wave(done, self.alpha, height)

    def _wave(self, step: float) -> tuple[int, float]:
        """Return how many waves came before a step, and how much of its own is done."""
        length = self.first_decay_steps
        if self.t_mul == 1:
            waves, rest = divmod(step, length)
            return int(waves), rest / length
        waves = 0
        while step >= length:
            step -= length
            length *= self.t_mul
            waves += 1
        return waves, step / length


def get(identifier: object) -> Callable[[int], float]:
    """Return the schedule that a configuration, an instance or a function means."""
    if callable(identifier) and not isinstance(identifier, type):
        return cast(Callable[[int], float], identifier)
    return aliases.resolve("schedule", identifier, LearningRateSchedule, {}, globals())


def _half_wave(done: float, alpha: float, height: float = 1.0) -> float:
    """Return a cosine that falls from 1 to alpha while `done` goes from 0 to 1."""
    wave = 0.5 * height * (1 + math.cos(math.pi * min(1.0, done)))
    return (1 - alpha) * wave + alpha


def _rate(owner: str, value: object) -> float:
    return arguments.real_number(owner, "initial_learning_rate", value, least=0.0)


def _steps(owner: str, name: str, value: object) -> float:
    return _tidy(arguments.positive_number(owner, name, value))


def _tidy(number: float) -> float:
    """Return a number of steps as an int if it is one, so that `repr` is short."""
    return int(number) if number.is_integer() else number


def _numbers(owner: str, name: str, values: object) -> list[float]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise TypeError(f"{owner}: {name} must be a list of numbers, got {values!r}")
    return [
        arguments.real_number(owner, f"{name}[{i}]", value, least=0.0)
        for i, value in enumerate(values)
    ]
