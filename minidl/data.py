"""What users pass to `fit`, `evaluate` and `predict`, made into checked batches."""

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.types import Array, ArrayLike, Shape

Pair: TypeAlias = tuple[Array, Array]
"""Inputs and their targets, one sample a row."""


class Batches:
    """Goes over pairs of inputs and targets, batch by batch, once an epoch.

    Args:
        x: The inputs, one sample a row.
        y: The targets, one sample a row.
        batch_size: How many samples a batch has; the last one may have fewer.

    Attributes:
        random: The stream that shuffles the samples anew in each epoch; None, as at
            first, leaves them in order. A single batch is never shuffled: a sum has no
            order.
    """

    x: Array
    y: Array
    samples: int
    random: np.random.Generator | None = None

    def __init__(self, x: Array, y: Array, batch_size: int) -> None:
        self.x, self.y = x, y
        self.samples = len(x)
        self._batch_size = batch_size

    def __iter__(self) -> Iterator[Pair]:
        """Yield the batches of one epoch."""
        if self.samples <= self._batch_size:
            yield self.x, self.y
            return
        order = None if self.random is None else self.random.permutation(self.samples)
        for start in range(0, self.samples, self._batch_size):
            part = slice(start, start + self._batch_size)
            chosen = part if order is None else order[part]
            yield self.x[chosen], self.y[chosen]


def pair(owner: str, x: ArrayLike, y: ArrayLike, dtype: np.dtype[np.floating]) -> Pair:
    """Return x and y with one sample a row, as many of each, or raise."""
    for name, given in (("x", x), ("y", y)):
        if given is None:
            raise TypeError(f"{owner}: {name} is None: pass x and y, both arrays")
    samples = arguments.samples(owner, "x", arguments.real_array(owner, "x", x, dtype))
    targets = arguments.samples(owner, "y", arguments.real_array(owner, "y", y, dtype))
    if len(samples) != len(targets):
        raise ShapeError(
            f"{owner}: x has {len(samples)} samples and y has {len(targets)}: "
            f"each sample needs one target"
        )
    if len(samples) == 0:
        raise ShapeError(f"{owner}: x and y hold 0 samples: there is nothing to learn")
    return samples, targets


def check_targets(owner: str, y: Array, output_shape: Shape) -> None:
    """Raise unless a model's outputs have the shape of the targets."""
    if y.shape[1:] != output_shape:
        raise ShapeError(
            f"{owner}: y has shape {y.shape}, but the model's output has shape "
            f"{(len(y), *output_shape)}: make the last layer and y agree"
        )


def split(owner: str, x: Array, y: Array, fraction: float) -> tuple[Pair, Pair]:
    """Return the training and the validation part: the last `fraction` of the samples.

    As in Keras, the cut is made before shuffling, at floor(n * (1 - fraction)).
    """
    cut = math.floor(len(x) * (1 - fraction))
    if not 0 < cut < len(x):
        raise ValueError(
            f"{owner}: validation_split={fraction} of {len(x)} samples leaves {cut} "
            f"for training and {len(x) - cut} for validation: both need at least one"
        )
    return (x[:cut], y[:cut]), (x[cut:], y[cut:])
