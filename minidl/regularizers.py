"""What a parameter's size adds to the loss, so that training keeps it small.

The penalty counts in the loss that `fit` and `evaluate` report, as in Keras.

To write your own, subclass `Regularizer` and define both methods:

    >>> class TowardsOne(Regularizer):
    ...     def __call__(self, w, /):
    ...         return float(((w - 1) ** 2).sum())
    ...
    ...     def gradient(self, w, /):
    ...         return 2 * (w - 1)
    >>> TowardsOne()(np.array([1.0, 3.0]))
    4.0

Then `minidl.gradient_check.check_model` proves `gradient` along with the rest.
"""

from abc import ABCMeta, abstractmethod

import numpy as np

from minidl import aliases, arguments
from minidl.configuration import Configurable
from minidl.types import Array


class Regularizer(Configurable, metaclass=ABCMeta):
    """The contract: the penalty of an array, and its derivative."""

    @abstractmethod
    def __call__(self, w: Array, /) -> float:
        """Return the penalty of the values w."""

    @abstractmethod
    def gradient(self, w: Array, /) -> Array:
        """Return dpenalty/dw, a fresh array in the shape of w."""


class L1(Regularizer):
    """The sum of absolute values, which drives unneeded ones to 0.

    Penalty:   penalty = l1 * abs(w).sum()
    Gradient:  dw = l1 * sign(w)

    Args:
        l1: At least 0; 0.01 by default.

    Source: `keras.regularizers.L1`.
    """

    l1: float

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = arguments.real_number("L1", "l1", l1, least=0.0)

    def __call__(self, w: Array, /) -> float:
        """Return the sum of absolute values times l1."""
        return self.l1 * float(np.abs(w).sum())

    def gradient(self, w: Array, /) -> Array:
        """Return l1 with the signs of w."""
        return self.l1 * np.sign(w)


class L2(Regularizer):
    """The sum of squares, which keeps all values small.

    Penalty:   penalty = l2 * (w**2).sum()
    Gradient:  dw = 2 * l2 * w

    There is no factor 1/2, as in Keras: half of the `weight_decay` of other libraries.

    Args:
        l2: At least 0; 0.01 by default.

    Source: `keras.regularizers.L2`.
    """

    l2: float

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = arguments.real_number("L2", "l2", l2, least=0.0)

    def __call__(self, w: Array, /) -> float:
        """Return the sum of squares times l2."""
        return self.l2 * float(np.vdot(w, w))

    def gradient(self, w: Array, /) -> Array:
        """Return 2 * l2 * w."""
        return 2 * self.l2 * w


class L1L2(Regularizer):
    """Both sums, of absolute values and of squares: the elastic net.

    Penalty:   penalty = l1 * abs(w).sum() + l2 * (w**2).sum()
    Gradient:  dw = l1 * sign(w) + 2 * l2 * w

    Args:
        l1: At least 0; 0 by default.
        l2: At least 0; 0 by default.

    Source: `keras.regularizers.L1L2`.
    """

    l1: float
    l2: float

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = arguments.real_number("L1L2", "l1", l1, least=0.0)
        self.l2 = arguments.real_number("L1L2", "l2", l2, least=0.0)

    def __call__(self, w: Array, /) -> float:
        """Return the sum of both penalties."""
        return self.l1 * float(np.abs(w).sum()) + self.l2 * float(np.vdot(w, w))

    def gradient(self, w: Array, /) -> Array:
        """Return the sum of both gradients."""
        gradient = 2 * self.l2 * w
        gradient += self.l1 * np.sign(w)
        return gradient


l1 = L1  # as Keras calls them too: regularizers.l2(1e-4)
l2 = L2
l1_l2 = L1L2


def get(identifier: object) -> Regularizer | None:
    """Return the regularizer that a name, an instance or a configuration means."""
    if identifier is None:
        return None
    table = aliases.REGULARIZERS
    return aliases.resolve("regularizer", identifier, Regularizer, table, globals())
