"""Layers that bring data to the scale that nets learn best from, inside the model."""

from typing import Unpack

import numpy as np

from minidl import arguments, arrays
from minidl.errors import ShapeError
from minidl.layers import axes
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.parameter import Parameter
from minidl.types import Array, ArrayLike, Shape


class Rescaling(Layer):
    """Multiplies by a scale and adds an offset.

    Forward:   y = x * scale + offset
    Backward:  dx = dy * scale
    Shapes:    x, y of any one shape
    Keeps:     nothing

    Args:
        scale: What to multiply by: 1 / 255 brings bytes to [0, 1].
        offset: What to add then; 0 by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.Rescaling`.
    """

    scale: float
    offset: float

    def __init__(
        self, scale: float, offset: float = 0.0, **options: Unpack[LayerOptions]
    ) -> None:
        super().__init__(**options)
        self.scale = arguments.real_number("Rescaling", "scale", scale)
        self.offset = arguments.real_number("Rescaling", "offset", offset)

    def forward(self, x: Array, /) -> Array:
        """Return y = x * scale + offset."""
        y: Array = x * self.scale
        y += self.offset
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy * scale."""
        return dy * self.scale


class Normalization(Layer):
    """Brings every feature to mean 0 and variance 1, as seen in given data.

    Forward:   deviation = maximum(sqrt(variance), 1e-7)
               y = mean + x * deviation if invert else (x - mean) / deviation
    Backward:  dx = dy * deviation if invert else dy / deviation
    Shapes:    x, y of any one shape, mean, variance (features,)
    Keeps:     deviation, until the next forward

    Call `adapt(data)` before the model is trained, or pass mean and variance. Nothing
    in the layer is changed by `fit`.

    Args:
        axis: The axis, or axes, of the features: each has a mean of its own. -1, the
            last, by default; None for one mean of everything.
        mean: The means, if known: a number, or one for each feature.
        variance: The variances, to be given if and only if `mean` is.
        invert: True to go the other way, from mean 0 and variance 1 to those of the
            data; False by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ValueError: if one of mean and variance is given without the other, or a
            variance is negative.
        ShapeError: if they do not fit the features.

    Example:
        >>> layer = Normalization()
        >>> layer.adapt([[0.0, 5.0], [2.0, 7.0]])
        >>> layer([[4.0, 6.0]])
        array([[3., 0.]])

    Source: `keras.layers.Normalization`. Its weight `count`, which nothing reads, is
    kept so that weights can be exchanged.
    """

    axis: int | tuple[int, ...] | None
    invert: bool
    mean: Parameter  # (features,), or the sizes of the axes
    variance: Parameter  # as mean
    count: Parameter  # ()
    _mean: object
    _variance: object
    _broadcast: Shape  # the shape of mean beside that of a batch
    _deviation: Array

    def __init__(
        self,
        axis: int | tuple[int, ...] | None = -1,
        mean: ArrayLike | None = None,
        variance: ArrayLike | None = None,
        invert: bool = False,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        owner = "Normalization"
        self.axis = None if axis is None else axes.check(owner, "axis", axis)
        self.invert = arguments.flag(owner, "invert", invert)
        if (mean is None) != (variance is None):
            raise ValueError(f"{owner}: pass both of mean and variance, or neither")
        self._mean = _numbers("mean", mean)
        self._variance = _numbers("variance", variance)
        if self._variance is not None and (np.asarray(self._variance) < 0).any():
            raise ValueError(
                f"{owner}: variance must not be negative, got {self._variance!r}"
            )

    def adapt(self, data: ArrayLike) -> None:
        """Take mean and variance from data, and the shape of its samples.

        Args:
            data: The samples, one a row, as `fit` takes them.
        """
        if self._mean is not None:
            raise TypeError(
                f"{self.label}: adapt() would replace the mean given: leave out one of "
                f"them"
            )
        float64 = np.dtype("float64")
        given = arrays.real_array(f"{self.label}, adapt()", "data", data, float64)
        rows = arrays.samples(f"{self.label}, adapt()", "data", given)
        if not len(rows):
            raise ShapeError(f"{self.label}, adapt(): data holds 0 samples")
        self.connect(rows.shape[1:])
        others = tuple(i for i, size in enumerate(self._kept(rows.shape)) if not size)
        self.mean.value = rows.mean(axis=others)
        self.variance.value = rows.var(axis=others)

    def adopt(self, dtype: np.dtype[np.floating], random: np.random.Generator) -> None:
        """Join a model, with what was adapted before."""
        for weight in self.weights:
            weight.astype(dtype)
        self.dtype = dtype
        super().adopt(dtype, random)

    def build(self, input_shape: Shape) -> None:
        """Declare mean and variance and, if they are to be adapted, count."""
        kept = self._kept((0, *input_shape))
        self._broadcast = tuple(size or 1 for size in kept)
        shape = tuple(size for size in kept if size)
        self.mean = self.add_parameter("mean", shape, "zeros", trainable=False)
        self.variance = self.add_parameter("variance", shape, "ones", trainable=False)
        if self._mean is None:
            self.count = self.add_parameter("count", (), "zeros", trainable=False)
            return
        for weight, given in ((self.mean, self._mean), (self.variance, self._variance)):
            numbers = np.asarray(given, self.dtype)
            try:
                weight.value = np.broadcast_to(numbers, shape)
            except ValueError:
                raise ShapeError(
                    f"{self.label}: {weight.name} has shape {numbers.shape}, but the "
                    f"features along axis {self.axis} have shape {shape}"
                ) from None

    def forward(self, x: Array, /) -> Array:
        """Return y = (x - mean) / deviation, or the inverse."""
        mean = self.mean.value.reshape(self._broadcast)
        deviation = np.sqrt(self.variance.value).reshape(self._broadcast)
        self._deviation = np.maximum(deviation, 1e-7, out=deviation)
        if self.invert:
            y = x * deviation
            y += mean
        else:
            y = x - mean
            y /= deviation
        return y

    def backward(self, dy: Array, /) -> Array:
        """Return dx = dy / deviation, or the inverse."""
        return dy * self._deviation if self.invert else dy / self._deviation

    def _kept(self, shape: Shape) -> Shape:
        """Return the shape of a batch with 0 for every axis that has no own mean."""
        if self.axis is None:
            return (0,) * len(shape)
        kept = axes.resolve(self.label, "axis", self.axis, shape[1:])
        return tuple(size if axis in kept else 0 for axis, size in enumerate(shape))


def _numbers(name: str, given: object) -> object:
    """Return numbers as they go into a configuration: plain ones, in lists."""
    if given is None:
        return None
    float64 = np.dtype("float64")
    return arrays.real_array("Normalization", name, given, float64).tolist()
