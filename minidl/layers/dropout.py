"""Layers that disturb what passes through, so that a net relies on no single number.

They do so while `fit` runs, and nothing otherwise. In their formulas, `random` is the
layer's `self.random`.
"""

import math
from collections.abc import Sequence
from typing import Unpack

import numpy as np

from minidl import arguments
from minidl.errors import ShapeError
from minidl.layers.activations.rectifiers import SELU_ALPHA, SELU_SCALE
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array, Shape


class Dropout(Layer):
    """Replaces numbers drawn at random by 0 and enlarges the others to make up for it.

    Forward:   kept = random.random(x.shape, "float32") >= rate
               mask = kept / (1 - rate)
               y = x * mask
    Backward:  dx = dy * mask
    Shapes:    x, y, mask of any one shape; mask of `noise_shape`, if that is given
    Keeps:     mask, until the next forward

    Args:
        rate: The probability of being dropped, in [0, 1).
        noise_shape: The shape of the mask, with None, for the batch too, where it is
            that of x, and 1 for one draw along the whole axis; None (default) for a
            draw of each number.
        seed: None (default) to draw from the model's random stream, or a whole number
            for a stream of the layer's own.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if `noise_shape` does not fit the samples.

    Source: `keras.layers.Dropout`; Srivastava et al., "Dropout", 2014.
    """

    rate: float
    noise_shape: tuple[int | None, ...] | None
    seed: int | None
    _mask: Array | None  # None where nothing was dropped

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.rate = arguments.real_number("Dropout", "rate", rate, least=0, below=1)
        self.noise_shape = _noise_shape("Dropout", noise_shape)
        self.seed = _own_stream(self, seed)

    def build(self, input_shape: Shape) -> None:
        """Check the mask's shape."""
        _refuse_misfit(self.label, self.noise_shape, input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return y = x * mask while training, else x."""
        self._mask = None
        if not self.training or self.rate == 0:
            return x
        kept = _kept(self.random, self.rate, self.noise_shape, x.shape)
        self._mask = np.multiply(kept, 1 / (1 - self.rate), dtype=x.dtype)
        return x * self._mask

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * mask."""
        return dy if self._mask is None else dy * self._mask


class GaussianNoise(Layer):
    """Adds normal random numbers.

    Forward:   y = x + stddev * random.standard_normal(x.shape)
    Backward:  dx = dy
    Shapes:    x, y of any one shape
    Keeps:     nothing

    Args:
        stddev: The standard deviation of the noise, at least 0.
        seed: As for `Dropout`; None by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.GaussianNoise`.
    """

    stddev: float
    seed: int | None

    def __init__(
        self, stddev: float, seed: int | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.stddev = arguments.real_number("GaussianNoise", "stddev", stddev, least=0)
        self.seed = _own_stream(self, seed)

    def forward(self, x: Array, /) -> Array:
        """Return y = x + noise while training, else x."""
        if not self.training or self.stddev == 0:
            return x
        y = _normal(self.random, x)
        y *= self.stddev
        y += x
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy."""
        return dy


class GaussianDropout(Layer):
    """Multiplies by normal random numbers of mean 1, as noisy as dropout.

    Forward:   noise = random.standard_normal(x.shape)
               mask = 1 + sqrt(rate / (1 - rate)) * noise
               y = x * mask
    Backward:  dx = dy * mask
    Shapes:    x, y of any one shape
    Keeps:     mask, until the next forward

    Args:
        rate: As for `Dropout`.
        seed: As for `Dropout`; None by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.GaussianDropout`; Srivastava et al., "Dropout", 2014.
    """

    rate: float
    seed: int | None
    _mask: Array | None  # None where nothing was changed

    def __init__(
        self, rate: float, seed: int | None = None, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.rate = arguments.real_number(
            "GaussianDropout", "rate", rate, least=0, below=1
        )
        self.seed = _own_stream(self, seed)

    def forward(self, x: Array, /) -> Array:
        """Return y = x * mask while training, else x."""
        self._mask = None
        if not self.training or self.rate == 0:
            return x
        mask = _normal(self.random, x)
        mask *= math.sqrt(self.rate / (1 - self.rate))
        mask += 1
        self._mask = mask
        return x * mask

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * mask."""
        return dy if self._mask is None else dy * self._mask


class AlphaDropout(Layer):
    """Dropout that keeps the mean and the variance of what comes from `SELU`.

    Forward:   low = -1.6732632423543772848 * 1.0507009873554804934
               a = 1 / sqrt((1 - rate) * (1 + rate * low**2))
               b = -a * low * rate
               kept = random.random(x.shape, "float32") >= rate
               y = a * (x * kept + low * (1 - kept)) + b
    Backward:  dx = dy * a * kept
    Shapes:    x, y, kept of any one shape; kept of `noise_shape`, if that is given
    Keeps:     a * kept, until the next forward

    Args:
        rate: As for `Dropout`.
        noise_shape: As for `Dropout`; None by default.
        seed: As for `Dropout`; None by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: as for `Dropout`.

    Source: `keras.layers.AlphaDropout`; Klambauer et al., "Self-Normalizing Neural
    Networks", 2017.
    """

    rate: float
    noise_shape: tuple[int | None, ...] | None
    seed: int | None
    _mask: Array | None  # None where nothing was dropped

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.rate = arguments.real_number(
            "AlphaDropout", "rate", rate, least=0, below=1
        )
        self.noise_shape = _noise_shape("AlphaDropout", noise_shape)
        self.seed = _own_stream(self, seed)

    def build(self, input_shape: Shape) -> None:
        """Check the mask's shape."""
        _refuse_misfit(self.label, self.noise_shape, input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return y, with what is dropped at the lower end of `SELU`, while training."""
        self._mask = None
        if not self.training or self.rate == 0:
            return x
        low = -SELU_ALPHA * SELU_SCALE
        a = 1 / math.sqrt((1 - self.rate) * (1 + self.rate * low**2))
        kept = _kept(self.random, self.rate, self.noise_shape, x.shape)
        self._mask = np.multiply(kept, a, dtype=x.dtype)
        y = x * self._mask
        y += low * (a - self._mask) - a * low * self.rate
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * a * kept."""
        return dy if self._mask is None else dy * self._mask


def _own_stream(layer: Layer, seed: int | None) -> int | None:
    """Return the seed, checked; if there is one, let the layer draw by it."""
    if seed is None:
        return None
    seed = arguments.whole_number(type(layer).__name__, "seed", seed, least=0)
    layer.random, layer.keeps_random = np.random.default_rng(seed), True
    return seed


def _noise_shape(owner: str, given: object) -> tuple[int | None, ...] | None:
    """Return the shape of a mask, checked."""
    if given is None:
        return None
    if not isinstance(given, tuple | list):
        raise TypeError(
            f"{owner}: noise_shape must be a tuple such as (None, 1), got {given!r}"
        )
    return tuple(
        None
        if size is None
        else arguments.whole_number(owner, "an axis of noise_shape", size)
        for size in given
    )


def _refuse_misfit(
    label: str, noise_shape: tuple[int | None, ...] | None, input_shape: Shape
) -> None:
    """Raise unless a mask of that shape fits every batch of such samples."""
    if noise_shape is None:
        return
    sizes = (None, *input_shape)
    fits = len(noise_shape) == len(sizes) and all(
        mine in (None, 1, size) for mine, size in zip(noise_shape, sizes, strict=True)
    )
    if not fits:
        raise ShapeError(
            f"{label}: noise_shape={noise_shape} does not fit batches of shape "
            f"{sizes}: each axis must be None, 1 or the size of that axis"
        )


def _kept(
    random: np.random.Generator,
    rate: float,
    noise_shape: tuple[int | None, ...] | None,
    shape: Shape,
) -> np.ndarray:
    """Return True with the probability 1 - rate, the same in float32 and float64."""
    if noise_shape is not None:
        pairs = zip(noise_shape, shape, strict=True)
        shape = tuple(size if mine is None else mine for mine, size in pairs)
    kept: np.ndarray = random.random(shape, dtype=np.float32) >= rate
    return kept


def _normal(random: np.random.Generator, x: Array) -> Array:
    """Return normal random numbers of mean 0 and variance 1, in the shape of x."""
    drawn = random.standard_normal(x.shape)
    return drawn.astype(x.dtype, copy=False)
