"""What values a parameter may have: applied after each update.

A constraint maps an array to the nearest one that is allowed. To write your own,
subclass `Constraint` and define `__call__`:

    >>> class AtMostOne(Constraint):
    ...     def __call__(self, w, /):
    ...         return np.minimum(w, 1.0)
    >>> AtMostOne()(np.array([0.5, 3.0]))
    array([0.5, 1. ])

A kernel of `Dense` is (n_in, units), so `axis=0` constrains the weights that lead into
each unit.
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from minidl import aliases, arguments
from minidl.configuration import Configurable
from minidl.types import Array

EPSILON = 1e-7  # as in Keras: no norm of 0 divides

Axis: TypeAlias = int | Sequence[int]


class Constraint(Configurable, metaclass=ABCMeta):
    """The contract: map an array to one that is allowed."""

    @abstractmethod
    def __call__(self, w: Array, /) -> Array:
        """Return an array like w that is allowed; w itself is left as it is."""


class NonNeg(Constraint):
    """No value is below 0.

    Allowed:   w = maximum(w, 0)

    Source: `keras.constraints.NonNeg`.
    """

    def __call__(self, w: Array, /) -> Array:
        """Return w with 0 for all values below."""
        return np.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Every norm is 1.

    Allowed:   norm = sqrt((w**2).sum(axis=axis, keepdims=True))
               w = w / (1e-7 + norm)

    Args:
        axis: The axis, or the axes, over which norms are taken; 0 by default.

    Source: `keras.constraints.UnitNorm`.
    """

    axis: int | tuple[int, ...]

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = _axis("UnitNorm", axis)

    def __call__(self, w: Array, /) -> Array:
        """Return w scaled to norms of 1."""
        return w / (EPSILON + _norm(w, self.axis))


class MaxNorm(Constraint):
    """No norm is above a number, which keeps a net with dropout in bounds.

    Allowed:   norm = sqrt((w**2).sum(axis=axis, keepdims=True))
               w = w * minimum(norm, max_value) / (1e-7 + norm)

    Args:
        max_value: The largest norm, at least 0; 2 by default.
        axis: The axis, or the axes, over which norms are taken; 0 by default.

    Source: `keras.constraints.MaxNorm`. Srivastava, Hinton, Krizhevsky, Sutskever and
    Salakhutdinov, "Dropout", JMLR 15, 2014.
    """

    max_value: float
    axis: int | tuple[int, ...]

    def __init__(self, max_value: float = 2.0, axis: Axis = 0) -> None:
        self.max_value = arguments.real_number(
            "MaxNorm", "max_value", max_value, least=0.0
        )
        self.axis = _axis("MaxNorm", axis)

    def __call__(self, w: Array, /) -> Array:
        """Return w scaled to norms of at most max_value."""
        norm = _norm(w, self.axis)
        scaled: Array = w * (np.minimum(norm, self.max_value) / (EPSILON + norm))
        return scaled


class MinMaxNorm(Constraint):
    """Every norm is between two numbers, or moves towards them.

    Allowed:   norm = sqrt((w**2).sum(axis=axis, keepdims=True))
               wanted = rate * clip(norm, min_value, max_value) + (1 - rate) * norm
               w = w * wanted / (1e-7 + norm)

    Args:
        min_value: The smallest norm, at least 0; 0 by default.
        max_value: The largest norm, at least min_value; 1 by default.
        rate: How much of the way to go at each step, in [0, 1]; 1 by default.
        axis: The axis, or the axes, over which norms are taken; 0 by default.

    Source: `keras.constraints.MinMaxNorm`.
    """

    min_value: float
    max_value: float
    rate: float
    axis: int | tuple[int, ...]

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        owner = "MinMaxNorm"
        self.min_value = arguments.real_number(owner, "min_value", min_value, least=0.0)
        self.max_value = arguments.real_number(
            owner, "max_value", max_value, least=self.min_value
        )
        self.rate = arguments.real_number(owner, "rate", rate, least=0.0)
        if self.rate > 1:
            raise ValueError(f"{owner}: rate must be at most 1, got {rate!r}")
        self.axis = _axis(owner, axis)

    def __call__(self, w: Array, /) -> Array:
        """Return w scaled towards norms in the range."""
        norm = _norm(w, self.axis)
        wanted = self.rate * np.clip(norm, self.min_value, self.max_value)
        wanted += (1 - self.rate) * norm
        return w * (wanted / (EPSILON + norm))


non_neg = NonNeg
unit_norm = UnitNorm
max_norm = MaxNorm
min_max_norm = MinMaxNorm


def get(identifier: object) -> Constraint | None:
    """Return the constraint that a name, an instance or a configuration means."""
    if identifier is None:
        return None
    table = aliases.CONSTRAINTS
    return aliases.resolve("constraint", identifier, Constraint, table, globals())


def _norm(w: Array, axis: int | tuple[int, ...]) -> Array:
    norm: Array = np.sqrt(np.square(w).sum(axis=axis, keepdims=True))
    return norm


def _axis(owner: str, axis: object) -> int | tuple[int, ...]:
    """Return one axis, or several, counted from either end."""
    if isinstance(axis, list | tuple):
        return tuple(
            arguments.whole_number(owner, f"axis[{i}]", each, least=-32)
            for i, each in enumerate(axis)
        )
    return arguments.whole_number(owner, "axis", axis, least=-32)
