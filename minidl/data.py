"""What users pass to `fit`, `evaluate` and `predict`: what it is, and its faults."""

import math
from collections.abc import Iterable, Iterator, Sequence
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from minidl import arrays
from minidl.batches import Batch
from minidl.errors import ShapeError
from minidl.types import Array

NOT_BATCHES = (str, bytes, dict, set, frozenset, type(None))


def is_stream(x: object, y: object) -> bool:
    """Return whether x stands for batches rather than for samples."""
    if y is not None or isinstance(x, NOT_BATCHES):
        return False
    if arrays.is_array(x) or hasattr(x, "toarray"):  # dense, or sparse
        return False
    if isinstance(x, list | tuple):
        pair = x[0] if x else None
        return isinstance(pair, tuple) and bool(pair) and np.ndim(pair[0]) > 0
    return arrays.is_numbered(x) or isinstance(x, Iterable)


def is_source(x: object) -> bool:
    """Return whether x can only stand for batches, whatever comes with it."""
    return is_stream(x, None) and not isinstance(x, Sequence)


def refuse_pairs(owner: str, x: Any) -> None:
    """Raise if x, which came without y, is a function, a pair or a list of lists."""
    if isinstance(x, FunctionType | MethodType):
        raise TypeError(
            f"{owner}: x is a function: pass what it yields, {x.__name__}()"
        )
    first = x[0] if isinstance(x, list | tuple) and x else None
    if arrays.several(x) and len(x) in (2, 3):
        raise TypeError(
            f"{owner}: x is {arrays.several(x)}, and y is None: pass them one by "
            f"one, {owner.partition('(')[0]}(x, y)"
        )
    if isinstance(first, list) and arrays.several(first):
        raise TypeError(
            f"{owner}: a batch is a tuple, and x begins with {arrays.several(first)}"
            f": pass [(x, y), ...]"
        )


class Numbered:
    """Goes over the batches that an object has by number, as Keras's `PyDataset`.

    If the object has a method `on_epoch_begin` or `on_epoch_end`, it is called before
    the first batch, or after the last.
    """

    def __init__(self, source: Any) -> None:
        self._source = source

    def __iter__(self) -> Iterator[object]:
        self._tell("on_epoch_begin")
        for number in range(len(self._source)):
            yield self._source[number]
        self._tell("on_epoch_end")

    def _tell(self, name: str) -> None:
        """Call a method of the object, if it is there."""
        hook = getattr(self._source, name, None)
        if hook is not None:
            hook()


def iterable(source: object) -> Iterable[object]:
    """Return what goes over the batches of a stream."""
    return source if isinstance(source, Iterable) else Numbered(source)


def loaded(value: object) -> object:
    """Return an array in memory of one on disk; anything else as it is."""
    return np.array(value) if isinstance(value, np.memmap) else value


def rows(owner: str, name: str, value: object, dtype: np.dtype[np.floating]) -> Array:
    """Return x or y with one sample a row, checked; what is on disk stays there."""
    if value is None and name == "y":
        raise TypeError(f"{owner}: y is None: pass x and y, both arrays")
    if isinstance(value, np.memmap) and value.dtype.kind in "fiub" and value.ndim > 0:
        return value[:, np.newaxis] if value.ndim == 1 else value
    array = arrays.real_array(owner, name, value, dtype)
    return arrays.samples(owner, name, array)


def check_count(owner: str, x: Array, y: Array, given: tuple[object, object]) -> None:
    """Raise unless there are as many inputs as targets, and some.

    Args:
        owner: How the message begins.
        x: The inputs.
        y: The targets.
        given: What the user passed for both.
    """
    if len(x) != len(y):
        parts = {"x": arrays.several(given[0]), "y": arrays.several(given[1])}
        hints = [f"; {name} is {kind}" for name, kind in parts.items() if kind]
        one = ", and a model has one input and one output" if hints else ""
        raise ShapeError(
            f"{owner}: x has {len(x)} samples and y has {len(y)}: each sample "
            f"needs one target{''.join(hints)}{one}"
        )
    if len(x) == 0:
        raise ShapeError(f"{owner}: x and y hold 0 samples: there is nothing to learn")


def split(
    owner: str, fraction: float, x: Array, y: Array, weights: Array | None
) -> tuple[Batch, Batch]:
    """Return the training and the validation part: the last `fraction` of the samples.

    As in Keras, the cut is made before shuffling, at floor(n * (1 - fraction)).
    """
    cut = math.floor(len(x) * (1 - fraction))
    if not 0 < cut < len(x):
        raise ValueError(
            f"{owner}: validation_split={fraction} of {len(x)} samples leaves {cut} "
            f"for training and {len(x) - cut} for validation: both need at least one"
        )
    before, after = slice(None, cut), slice(cut, None)
    return (
        (x[before], y[before], None if weights is None else weights[before]),
        (x[after], y[after], None if weights is None else weights[after]),
    )
