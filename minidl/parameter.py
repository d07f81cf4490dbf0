"""A parameter: an array that training changes, with its gradient."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from math import prod
from typing import Any, TypeAlias, cast

import numpy as np

from minidl import arguments, arrays, constraints, initializers, regularizers
from minidl.constraints import Constraint
from minidl.errors import ShapeError
from minidl.regularizers import Regularizer
from minidl.types import Array, ArrayLike, Shape

Kind: TypeAlias = tuple[Shape, np.dtype[Any]]

_declarable: ContextVar[Counter[Kind] | None] = ContextVar("declarable", default=None)


class Parameter:
    """An array that training changes, with its gradient.

    A parameter begins with two small vectors of its own. Before a model trains, `pack`
    moves it into the model's two vectors; `value` and `grad` are then views of those.

    Attributes:
        value: The numbers themselves; assigning copies into the model's vector.
        grad: dLoss/dvalue of the last `backward`; assigning copies into the vector.
        name: What its layer calls it, such as "kernel".
        shape: The shape of `value` and of `grad`.
        trainable: False for what a layer keeps but no gradient changes.
        regularizer: What its size adds to the loss, if anything.
        constraint: What its values must be after each update, if not anything.

    Example:
        >>> bias = Parameter("bias", np.zeros(2))
        >>> bias.grad = np.array([0.5, -1.0])  # copied into the gradient vector
        >>> bias.value -= 0.1 * bias.grad
        >>> bias.value
        array([-0.05,  0.1 ])

    Where NumPy expects an array, a parameter stands for a copy of its value:

        >>> float(np.abs(bias).max())
        0.1
    """

    __slots__ = (  # no others can be assigned, such as `gradient` by mistake
        *("name", "shape", "trainable", "regularizer", "constraint"),
        *("value", "grad", "_addend", "_vectors", "_start", "__weakref__"),
    )

    name: str
    shape: Shape
    trainable: bool
    regularizer: Regularizer | None
    constraint: Constraint | None
    value: Array
    grad: Array
    _addend: Array  # the value; of a single number without axes, which is added faster
    _vectors: tuple[Array, Array]
    _start: int

    def __init__(
        self,
        name: str,
        value: Array,
        trainable: bool = True,
        regularizer: object = None,
        constraint: object = None,
    ) -> None:
        _refuse_other_values(name, value)
        self.name = name
        self.shape = value.shape
        self.trainable = trainable
        self.regularizer = regularizers.get(regularizer)
        self.constraint = constraints.get(constraint)
        self._bind(value.flatten(), np.zeros(value.size, value.dtype), 0)

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return prod(self.shape)

    def astype(self, dtype: np.dtype[np.floating]) -> None:
        """Change to another dtype, in vectors of its own."""
        self._bind(
            self.value.astype(dtype).reshape(-1),
            self.grad.astype(dtype).reshape(-1),
            0,
        )

    def numpy(self) -> Array:
        """Return a copy of `value`, as a variable of Keras does."""
        return self.value.copy()

    def __array__(
        self, dtype: np.dtype[Any] | None = None, copy: bool | None = None
    ) -> np.ndarray:
        """Return `value` for NumPy: a copy, which training leaves as it is."""
        return np.array(self.value, dtype, copy=copy is not False)

    def __setattr__(self, name: str, new: Any) -> None:
        """Set an attribute; copy what is assigned to `value` or `grad`.

        Properties would say the same, but reading one takes several times as long.
        """
        if name in ("value", "grad"):
            self._write(name, new)
        else:
            super().__setattr__(name, new)

    def _write(self, name: str, new: Array) -> None:
        target: Array = getattr(self, name)
        if new is target:  # from `grad -= ...`, which has already changed it in place
            return
        if np.shape(new) != self.shape:
            raise ShapeError(
                f"parameter {self.name!r} has shape {self.shape}: its {name} cannot be "
                f"an array of shape {np.shape(new)}"
            )
        target[...] = new

    def _bind(self, values: Array, gradients: Array, start: int) -> None:
        """Make `value` and `grad` views of two vectors, from `start` on."""
        self._vectors = (values, gradients)
        self._start = start
        part = slice(start, start + self.size)
        axes = () if self.size == 1 else self.shape
        super().__setattr__("value", values[part].reshape(self.shape))
        super().__setattr__("_addend", values[part].reshape(axes))
        super().__setattr__("grad", gradients[part].reshape(self.shape))

    def _move(self, values: Array, gradients: Array, start: int) -> None:
        """Take the numbers along into two vectors, from `start` on."""
        value, grad = self.value, self.grad
        self._bind(values, gradients, start)
        self.value, self.grad = value, grad

    def __getstate__(self) -> dict[str, object]:
        """Leave the views out: copied by themselves they would no longer be views."""
        own, slots = cast(tuple[dict[str, object] | None, ...], super().__getstate__())
        kept = (own or {}) | (slots or {})  # what a subclass has is in `own`
        hidden = ("value", "grad", "_addend")
        return {name: item for name, item in kept.items() if name not in hidden}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, item in state.items():
            setattr(self, name, item)
        self._bind(*self._vectors, self._start)

    def __repr__(self) -> str:
        return f"<Parameter {self.name!r}, shape {self.shape}, {self.value.dtype}>"


def _refuse_other_values(name: str, value: object) -> None:
    """Raise unless a parameter begins with an array of float64 or float32."""
    dtype = value.dtype.name if isinstance(value, np.ndarray) else ""
    if dtype not in ("float64", "float32"):
        came = f"an array of {dtype}" if dtype else repr(value)
        raise TypeError(
            f"parameter {name!r} must begin with an array of float64 or float32, got "
            f"{came}"
        )


@contextmanager
def declaring(given: Iterable[np.ndarray]) -> Iterator[None]:
    """Let parameters like these arrays be declared, and no others, and begin at 0.

    This is how a model is built whose weights come from a file: a configuration can
    make it take no more memory than the file has numbers.
    """
    token = _declarable.set(Counter((array.shape, array.dtype) for array in given))
    try:
        yield
    finally:
        _declarable.reset(token)


def first_value(
    owner: str,
    initializer: object,
    shape: Shape,
    dtype: np.dtype[np.floating],
    random: np.random.Generator,
) -> Array:
    """Return what a new parameter begins with: what is drawn, or 0 if a file has it.

    Raises:
        ShapeError: if a file has no such parameter.
    """
    shape = arguments.shape(owner, "its shape", shape)
    left = _declarable.get()
    if left is None:
        return initializers.get(initializer)(shape, dtype, random)
    if not left[shape, dtype]:
        raise ShapeError(
            f"{owner} must be of shape {shape} and {dtype} by the configuration, but "
            f"the file has no such array"
        )
    left[shape, dtype] -= 1
    return np.broadcast_to(np.zeros((), dtype), shape)  # takes no memory yet


def penalty(weights: Iterable[Parameter]) -> float:
    """Return what the regularizers of parameters add to the loss."""
    return sum((w.regularizer(w.value) for w in weights if w.regularizer), 0.0)


def add_penalty_gradients(weights: Iterable[Parameter]) -> None:
    """Add to each gradient what its parameter's regularizer contributes."""
    for weight in weights:
        if weight.regularizer is not None:
            weight.grad += weight.regularizer.gradient(weight.value)


def constrain(weights: Iterable[Parameter]) -> None:
    """Give each parameter the values that its constraint allows."""
    for weight in weights:
        if weight.constraint is not None:
            weight.value = weight.constraint(weight.value)


def assign(
    owner: str, weights: Sequence[Parameter], given: Sequence[ArrayLike]
) -> None:
    """Set weights from arrays; raise, with nothing changed, if one does not fit."""
    if not isinstance(given, Sequence):
        kind = type(given).__name__
        raise TypeError(f"{owner}: weights must be a list of arrays, got {kind}")
    if len(given) != len(weights):
        raise ShapeError(
            f"{owner} has {len(weights)} weights, set_weights() got {len(given)}: pass "
            f"as many, as get_weights() returns them"
        )
    checked = []
    for i, (weight, values) in enumerate(zip(weights, given, strict=True)):
        array = arrays.real_array(owner, f"weights[{i}]", values, weight.value.dtype)
        if array.shape != weight.shape:
            raise ShapeError(
                f"{owner}: weights[{i}] ({weight.name}) must have shape "
                f"{weight.shape}, got {array.shape}"
            )
        checked.append(array)
    for weight, array in zip(weights, checked, strict=True):
        weight.value = array
