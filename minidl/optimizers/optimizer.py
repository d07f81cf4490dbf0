"""What an optimizer is, and how to write your own."""

from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Never

import numpy as np

from minidl import arguments, schedules
from minidl.configuration import Configurable
from minidl.errors import NonFiniteError
from minidl.keywords import Renamed
from minidl.optimizers.clipping import ClippingOptions, checked_limit, clip
from minidl.parameter import Parameter
from minidl.schedules import Rate
from minidl.types import Array

BLOCK = 131_072  # bytes updated at a time: value, gradient and state stay in L2 cache

KERAS_ONLY = (
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "loss_scale_factor",
    "gradient_accumulation_steps",
    "name",
)


class OptimizerOptions(ClippingOptions, total=False):
    """The keyword arguments that every optimizer takes and hands on to `Optimizer`."""

    weight_decay: float | None


class Optimizer(Configurable, metaclass=ABCMeta):
    """How gradients change the values of parameters.

    To write your own, subclass `Optimizer`, name the state it keeps for each value in
    `slots` and define `update`, which changes a block of values in place:

        >>> class Momentum(Optimizer):
        ...     '''Descent with an average of the gradients.
        ...
        ...     Update:    average = 0.9 * average + gradient
        ...                value = value - learning_rate * average
        ...     '''
        ...
        ...     slots = ("average",)
        ...
        ...     def update(self, value, gradient, /, average):
        ...         average *= 0.9
        ...         average += gradient
        ...         value -= self.learning_rate * average

    Large models are updated in several blocks a step, one `update` for each: what is
    kept from step to step belongs in slots, not in attributes.

    What is the same for all values of a step is computed once, in `begin_step`. A slot
    that does not start at 0 has its start from `initial`.

    A model hands over the vector of all its values and the vector of all its gradients
    once, to `prepare`. Then each `step` clips the gradients if asked to and goes over
    both vectors in blocks, with weight decay before `update`:

    Clipnorm:  norm = sqrt((gradient**2).sum())
               gradient = gradient * minimum(1, clipnorm / norm)
    Clipvalue: gradient = clip(gradient, -clipvalue, clipvalue)
    Decay:     value = value - weight_decay * learning_rate * value

    Args:
        learning_rate: The size of a step, at least 0; or a schedule, which is any
            function of the number of steps taken before.
        weight_decay: At least 0; None (default) for no decay.
        clipnorm: The largest norm that the gradient of a parameter may have, above 0;
            None (default) for any.
        clipvalue: The largest absolute value that an element may have, above 0; None
            (default) for any.
        global_clipnorm: The largest norm that the gradients of all parameters may have
            together, above 0; None (default) for any.

    Raises:
        ValueError: if more than one kind of clipping is asked for.

    Attributes:
        iterations: How many steps were taken.
        slots: The names of the vectors of state, each as long as the values; `update`
            is handed its part of each, in this order. What needs others than before,
            such as a momentum assigned where there was none, counts from the next `fit`
            on.
        state: These vectors, by name.

    Source: `keras.optimizers.Optimizer`.
    """

    _keras_only: ClassVar[tuple[str, ...]] = KERAS_ONLY
    lr: Renamed = Renamed("learning_rate")
    slots: tuple[str, ...] = ()
    state: dict[str, Array]
    iterations: int
    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    _learning_rate: Rate
    _scheduled: tuple[int, float]  # a count of steps and the scheduled rate after them
    _weights: list[object]
    _blocks: list[tuple[Array, ...]]
    _gradients: list[Array]  # what is clipped, each by itself or all together

    def __init__(
        self,
        learning_rate: Rate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        owner = type(self).__name__
        if weight_decay is not None:
            weight_decay = arguments.real_number(
                owner, "weight_decay", weight_decay, least=0.0
            )
        self.weight_decay = weight_decay
        self.clipnorm = checked_limit(owner, "clipnorm", clipnorm)
        self.clipvalue = checked_limit(owner, "clipvalue", clipvalue)
        self.global_clipnorm = checked_limit(owner, "global_clipnorm", global_clipnorm)
        if sum(limit is not None for limit in self._limits) > 1:
            raise ValueError(
                f"{owner}: only one of clipnorm, clipvalue and global_clipnorm can be "
                f"given, got {clipnorm}, {clipvalue} and {global_clipnorm}"
            )
        self.learning_rate = learning_rate
        self.reset()

    @abstractmethod
    def update(
        self, value: Array, gradient: Array, /, *state: Any, **options: Any
    ) -> None:
        """Change `value`, and the state of each slot, in place."""

    def begin_step(self) -> None:  # most need none
        """Compute what `update` needs and what is the same for all blocks of a step."""

    def initial(self, slot: str) -> float:
        """Return what the state of a slot holds before the first step: 0."""
        return 0.0

    @property
    def learning_rate(self) -> float:
        """The size of the next step; assigning a number or a function replaces it."""
        rate = self._learning_rate
        if not callable(rate):
            return rate
        if self._scheduled[0] != self.iterations:
            owner, said = type(self).__name__, rate(self.iterations)
            checked = arguments.real_number(owner, "the scheduled rate", said, 0.0)
            self._scheduled = self.iterations, checked
        return self._scheduled[1]

    @learning_rate.setter
    def learning_rate(self, value: Rate) -> None:
        owner = type(self).__name__
        if callable(value) or isinstance(value, dict):
            self._learning_rate = schedules.get(value)
        else:
            self._learning_rate = arguments.real_number(
                owner, "learning_rate", value, least=0.0
            )
        self._scheduled = -1, 0.0

    @property
    def schedule(self) -> Callable[[int], float] | None:
        """The function that gives the learning rate; None if it is a number."""
        return self._learning_rate if callable(self._learning_rate) else None

    def prepare(
        self,
        weights: Sequence[object],
        values: Array,
        gradients: Array,
        trainable: Sequence[slice],
    ) -> None:
        """Take a model's vectors and where in them each parameter that may change is.

        If the weights are those of the last time, the state is kept, so training goes
        on where it stopped. If some were added or taken away, it begins anew.

        Raises:
            ValueError: if the optimizer has trained other weights, and none of these.
        """
        _refuse_unfinished(self)
        before = set(map(id, self._weights))
        if before and before.isdisjoint(map(id, weights)):
            owner = type(self).__name__
            raise ValueError(
                f"{owner} has trained none of these weights, but others, whose state "
                f"it keeps: make a new {owner} and compile() with it"
            )
        if not self._trains(weights):
            self.reset()
        self._weights = list(weights)
        self.slots = self._needed_slots()
        self.state = self._state_for(values)
        vectors = (values, gradients, *(self.state[slot] for slot in self.slots))
        runs = _joined(trainable)
        size = BLOCK // values.itemsize
        self._blocks = [
            tuple(vector[start : min(start + size, run.stop)] for vector in vectors)
            for run in runs
            for start in range(run.start, run.stop, size)
        ]
        parts = trainable if self.clipnorm is not None else runs
        clips = any(limit is not None for limit in self._limits)
        self._gradients = [gradients[part] for part in parts] if clips else []

    def take_state(self, weights: Sequence[object], state: dict[str, Array]) -> None:
        """Go on with these weights from the state of each slot, which is copied."""
        if not self._trains(weights):
            self._weights, self.state = list(weights), {}
        for slot, vector in state.items():
            if slot in self.state:
                self.state[slot][...] = vector  # the blocks are views of it
            else:
                self.state[slot] = vector.copy()

    def step(self) -> None:
        """Clip the gradients, then let every block of values decay and update it."""
        if self._gradients:
            self._clip()
        self.begin_step()
        update: Callable[..., object] = self.update
        for block in self._blocks:
            if self.weight_decay is not None:
                value = block[0]
                value *= 1 - self.weight_decay * self.learning_rate
            if update(*block) is not None:
                _refuse_returned(self)
        self.iterations += 1

    def reset(self) -> None:
        """Forget the state and the count of steps."""
        self.iterations = 0
        self._weights = []
        self.state = {}
        self._blocks, self._gradients = [], []

    def _needed_slots(self) -> tuple[str, ...]:
        """Return `slots` as the hyperparameters, which may have changed, want them."""
        return self.slots

    def _state_for(self, values: Array) -> dict[str, Array]:
        """Return what is kept for a model's values: the state so far, or its start."""
        return {
            slot: self.state[slot]
            if slot in self.state
            else np.full_like(values, self.initial(slot))
            for slot in self._needed_slots()
        }

    def _trains(self, weights: Sequence[object]) -> bool:
        """Return whether these are the weights of the last time, in their order."""
        return list(map(id, self._weights)) == list(map(id, weights))

    @property
    def _limits(self) -> tuple[float | None, float | None, float | None]:
        return self.clipnorm, self.clipvalue, self.global_clipnorm

    def _clip(self) -> None:
        try:
            clip(self._gradients, *self._limits)
        except NonFiniteError as error:
            advice = _advice(self._weights, self.learning_rate)
            raise NonFiniteError(f"{type(self).__name__}: {error}: {advice}") from None

    def __getstate__(self) -> dict[str, object]:
        """Leave the views out: copied by themselves they would no longer be views."""
        return {**vars(self), "_blocks": [], "_gradients": []}


def move(average: Array, new: Array, keep: float) -> None:
    """Move a running average: average = keep * average + (1 - keep) * new."""
    average *= keep
    average += (1 - keep) * new


def _refuse_unfinished(optimizer: Optimizer) -> None:
    """Raise if a subclass forgot the constructor of its base, or a comma."""
    owner, slots = type(optimizer).__name__, optimizer.slots
    if not hasattr(optimizer, "iterations"):
        raise TypeError(
            f"{owner}.__init__ does not call super().__init__(learning_rate): write it "
            f"as the first line"
        )
    if isinstance(slots, str):
        raise TypeError(f"{owner}: slots must be a tuple, ({slots!r},), got {slots!r}")


def _refuse_returned(optimizer: Optimizer) -> Never:
    """Raise for new values, of which the model would know nothing."""
    raise TypeError(
        f"{type(optimizer).__name__}: update() returned something: change value in "
        f"place, as in value -= step, and return nothing"
    )


def _advice(weights: Sequence[object], rate: float) -> str:
    """Return what to do about gradients that have no finite norm."""
    for weight in reversed(weights):  # as gradients go
        if isinstance(weight, Parameter) and not np.isfinite(weight.grad).all():
            return (
                f"that of {weight.name}, of shape {weight.shape}, is not finite; prove "
                f"its layer's backward with gradient_check.check_layer"
            )
    return f"try a smaller learning_rate (now {rate:g}), or scale x and y to about 1"


def _joined(slices: Iterable[slice]) -> list[slice]:
    """Return the same places with neighbours joined, in as few slices as will do."""
    found: list[slice] = []
    for part in slices:
        if found and found[-1].stop == part.start:
            found[-1] = slice(found[-1].start, part.stop)
        else:
            found.append(part)
    return found
