"""How gradients change parameters, from the simplest rule up.

To write your own, subclass `Optimizer`, name the state it keeps for each parameter in
`slots` and define `update`, which changes `value` in place:

    >>> class SignDescent(Optimizer):
    ...     '''Steps of one size, by the gradient's sign.'''
    ...
    ...     def update(self, value, gradient, /):
    ...         value -= self.learning_rate * np.sign(gradient)
"""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Never

import numpy as np

from minidl import aliases, arguments
from minidl.configuration import Configurable
from minidl.constants import constant
from minidl.types import Array

BLOCK = 16_384  # numbers updated at a time: value, gradient and state stay in L2 cache

KERAS_ONLY = (
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
    "name",
)


class Optimizer(Configurable, metaclass=ABCMeta):
    """The contract: `update` changes a block of values, given their gradients.

    A model hands over the vector of all its values and the vector of all its gradients
    once, to `prepare`; then `step` goes over both in blocks.

    Attributes:
        learning_rate: The size of a step. May be changed at any time.
        iterations: How many steps were taken.
        slots: The names of the vectors of state, each as long as the values and zero at
            first; `update` is handed its part of each, in this order.
        state: These vectors, by name.
    """

    slots: tuple[str, ...] = ()
    state: dict[str, Array]
    iterations: int
    _weights: list[object]
    _blocks: list[tuple[Array, ...]]

    def __init__(self, learning_rate: float, **_unknown: Never) -> None:
        owner = type(self).__name__
        arguments.unsupported(owner, _unknown, KERAS_ONLY)
        self.learning_rate = learning_rate
        self.reset()

    @abstractmethod
    def update(
        self, value: Array, gradient: Array, /, *state: Any, **options: Any
    ) -> None:
        """Change `value`, and the state of each slot, in place."""

    @property
    def learning_rate(self) -> float:
        """The size of a step, at least 0."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        owner = type(self).__name__
        rate = arguments.real_number(owner, "learning_rate", value, least=0.0)
        self._learning_rate = rate

    def prepare(
        self,
        weights: Sequence[object],
        values: Array,
        gradients: Array,
        trainable: Sequence[slice],
    ) -> None:
        """Take a model's vectors and the parts of them that may change.

        If the weights are those of the last time, the state is kept, so training goes
        on where it stopped. If some were added or taken away, it begins anew.

        Raises:
            ValueError: if the optimizer has begun to train another model.
        """
        before = set(map(id, self._weights))
        if before and before.isdisjoint(map(id, weights)):
            owner = type(self).__name__
            raise ValueError(
                f"{owner} has trained another model, whose state it keeps: make a new "
                f"{owner} for this one"
            )
        if list(map(id, self._weights)) != list(map(id, weights)):
            self.reset()
        self._weights = list(weights)
        for slot in self.slots:
            self.state.setdefault(slot, np.zeros_like(values))
        vectors = (values, gradients, *(self.state[slot] for slot in self.slots))
        self._blocks = [
            tuple(vector[start : min(start + BLOCK, part.stop)] for vector in vectors)
            for part in trainable
            for start in range(part.start, part.stop, BLOCK)
        ]

    def step(self) -> None:
        """Update every block once."""
        for block in self._blocks:
            self.update(*block)
        self.iterations += 1

    def reset(self) -> None:
        """Forget the state and the count of steps."""
        self.iterations = 0
        self._weights = []
        self.state = {}
        self._blocks = []

    def __getstate__(self) -> dict[str, object]:
        """Leave the blocks out: copied by themselves they would no longer be views."""
        return {**vars(self), "_blocks": []}

    if not TYPE_CHECKING:  # type checkers shall still find misspelt attributes

        def __getattr__(self, name: str) -> object:
            """Say why an attribute is missing."""
            owner = type(self).__name__
            if "iterations" in vars(self) or name.startswith("__"):
                raise AttributeError(f"{owner} has no attribute {name!r}")
            raise AttributeError(
                f"{owner}.__init__ does not call super().__init__(learning_rate): "
                f"write it as the first line"
            )


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    Update:    velocity = momentum * velocity - learning_rate * gradient
               value = value + velocity
    Nesterov:  value = value + momentum * velocity - learning_rate * gradient
    Keeps:     velocity, if there is momentum

    The gradient is that of the mean over a batch; on a full batch without momentum this
    is plain gradient descent.

    Args:
        learning_rate: At least 0; 0.01 by default.
        momentum: How much of the last step to repeat, in [0, 1); 0 by default.
        nesterov: Whether to look one step of momentum ahead; False by default.

    Source: `keras.optimizers.SGD`. Nesterov's momentum: Sutskever, Martens, Dahl and
    Hinton, "On the importance of initialization and momentum in deep learning", ICML
    2013.
    """

    slots: tuple[str, ...]
    momentum: float
    nesterov: bool

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **_unknown: Never,
    ) -> None:
        super().__init__(learning_rate, **_unknown)
        self.momentum = arguments.real_number("SGD", "momentum", momentum, 0.0, 1.0)
        self.nesterov = arguments.flag("SGD", "nesterov", nesterov)
        self.slots = ("velocity",) if self.momentum else ()

    def update(
        self, value: Array, gradient: Array, /, velocity: Array | None = None
    ) -> None:
        """Go one step downhill."""
        step = gradient * constant(self._learning_rate, gradient.dtype)
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


def get(identifier: object) -> Optimizer:
    """Return the optimizer that a name, a configuration or an instance means."""
    table = aliases.OPTIMIZERS
    return aliases.resolve("optimizer", identifier, Optimizer, table, globals())
