"""What a parameter holds before training.

An initializer takes a shape and returns an array. Without a `seed` it draws from the
random stream of the model, so the model's seed decides; with one it draws from a stream
of its own and gives the same numbers at every call.

To write your own, subclass `Initializer` and define `draw`:

    >>> class Diagonal(Initializer):
    ...     def draw(self, shape, random):
    ...         return np.eye(*shape)
    >>> Diagonal()((2, 3))
    array([[1., 0., 0.],
           [0., 1., 0.]])
"""

import math
from abc import ABCMeta, abstractmethod

import numpy as np

from minidl import aliases, arguments
from minidl.configuration import Configurable
from minidl.errors import ShapeError
from minidl.types import Array, Shape


class Initializer(Configurable, metaclass=ABCMeta):
    """The contract: `draw` an array of a given shape.

    Args:
        seed: None to draw from the caller's random stream, or a whole number for a
            stream of the initializer's own, begun anew at every call.
    """

    seed: int | None = None

    def __init__(self, seed: int | None = None) -> None:
        if seed is not None:
            seed = arguments.whole_number(type(self).__name__, "seed", seed, least=0)
        self.seed = seed

    @abstractmethod
    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return an array of `shape`, in float64."""

    def __call__(
        self,
        shape: Shape,
        dtype: str | type | np.dtype[np.floating] = "float64",
        random: np.random.Generator | None = None,
    ) -> Array:
        """Return an array of `shape` and `dtype`.

        Args:
            shape: The parameter's shape.
            dtype: "float64" or "float32"; the numbers are drawn in float64, so both
                hold the same net up to rounding.
            random: The stream to draw from, unless the initializer has a seed. By
                default a fresh one, different every time.
        """
        owner = type(self).__name__
        shape = arguments.shape(owner, "shape", shape)
        if self.seed is not None or random is None:
            random = np.random.default_rng(self.seed)
        drawn, precision = self.draw(shape, random), arguments.dtype(owner, dtype)
        array = arguments.real_array(owner, "what draw() returned", drawn, precision)
        if array.shape != shape:
            raise ShapeError(f"{owner}: draw() returned {array.shape}, not {shape}")
        return array


class Constant(Initializer):
    """Every element is `value`.

    Args:
        value: Any finite number; 0 by default.
        seed: Taken, as by every initializer, though nothing is drawn.
    """

    value: float

    def __init__(self, value: float = 0.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.value = arguments.real_number(type(self).__name__, "value", value)

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return an array filled with `value`."""
        return np.full(shape, self.value)


class Zeros(Initializer):
    """Every element is 0, as biases usually begin."""

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return an array of zeros."""
        return np.zeros(shape)


class Ones(Initializer):
    """Every element is 1, as scales usually begin."""

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return an array of ones."""
        return np.ones(shape)


class RandomUniform(Initializer):
    """Uniform in [minval, maxval).

    Args:
        minval: The lower end; -0.05 by default, as in Keras.
        maxval: The upper end, at least `minval`; 0.05 by default, as in Keras.
        seed: See `Initializer`.
    """

    minval: float
    maxval: float

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        self.minval = arguments.real_number(owner, "minval", minval)
        self.maxval = arguments.real_number(owner, "maxval", maxval, least=self.minval)

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return uniform numbers."""
        return random.uniform(self.minval, self.maxval, shape)


class RandomNormal(Initializer):
    """Normal with a given mean and standard deviation.

    Args:
        mean: 0 by default.
        stddev: At least 0; 0.05 by default, as in Keras.
        seed: See `Initializer`.
    """

    mean: float
    stddev: float

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        self.mean = arguments.real_number(owner, "mean", mean)
        self.stddev = arguments.real_number(owner, "stddev", stddev, least=0.0)

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return normal numbers."""
        return random.normal(self.mean, self.stddev, shape)


class GlorotUniform(Initializer):
    """Uniform in [-limit, limit] with limit = sqrt(6 / (fan_in + fan_out)).

    Keeps the size of signals and of gradients alike through layers of tanh or sigmoid.
    Keras's default for kernels. Source: Glorot and Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", AISTATS 2010.
    """

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return uniform numbers of variance 2 / (fan_in + fan_out)."""
        fan_in, fan_out = fans(shape)
        return _uniform(2 / (fan_in + fan_out), shape, random)


class GlorotNormal(Initializer):
    """Truncated normal of variance 2 / (fan_in + fan_out).

    Source: Glorot and Bengio (2010), as `GlorotUniform`; truncated as in Keras.
    """

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return truncated normal numbers of variance 2 / (fan_in + fan_out)."""
        fan_in, fan_out = fans(shape)
        return _truncated_normal(2 / (fan_in + fan_out), shape, random)


class HeUniform(Initializer):
    """Uniform in [-limit, limit] with limit = sqrt(6 / fan_in), for ReLU.

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.
    """

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return uniform numbers of variance 2 / fan_in."""
        return _uniform(2 / fans(shape)[0], shape, random)


class HeNormal(Initializer):
    """Truncated normal of variance 2 / fan_in, for ReLU.

    Source: He et al. (2015), as `HeUniform`; truncated as in Keras.
    """

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return truncated normal numbers of variance 2 / fan_in."""
        return _truncated_normal(2 / fans(shape)[0], shape, random)


class LecunUniform(Initializer):
    """Uniform in [-limit, limit] with limit = sqrt(3 / fan_in).

    Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.
    """

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return uniform numbers of variance 1 / fan_in."""
        return _uniform(1 / fans(shape)[0], shape, random)


class LecunNormal(Initializer):
    """Truncated normal of variance 1 / fan_in.

    Source: LeCun et al. (1998), as `LecunUniform`; truncated as in Keras.
    """

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return truncated normal numbers of variance 1 / fan_in."""
        return _truncated_normal(1 / fans(shape)[0], shape, random)


def get(identifier: object) -> Initializer:
    """Return the initializer that a name, a configuration or an instance means."""
    table = aliases.INITIALIZERS
    return aliases.resolve("initializer", identifier, Initializer, table, globals())


def fans(shape: Shape) -> tuple[int, int]:
    """Return how many inputs and outputs a weight of this shape connects.

    A kernel is (n_in, n_out); with more axes, as in a convolution, the leading ones are
    the window, which multiplies both. A vector counts as its own input and output.
    """
    if len(shape) < 2:
        size = max(1, math.prod(shape))
        return size, size
    window = math.prod(shape[:-2])
    return max(1, window * shape[-2]), max(1, window * shape[-1])


def _uniform(variance: float, shape: Shape, random: np.random.Generator) -> Array:
    limit = math.sqrt(3 * variance)  # a uniform on [-a, a] has variance a^2 / 3
    return random.uniform(-limit, limit, shape)


def _truncated_normal(
    variance: float, shape: Shape, random: np.random.Generator
) -> Array:
    """Draw normal numbers anew until all lie within two standard deviations."""
    deviates = random.standard_normal(shape)
    while (outside := np.abs(deviates) > 2).any():
        deviates[outside] = random.standard_normal(np.count_nonzero(outside))
    truncated_std = 0.87962566103423978  # of a standard normal cut at +-2
    return deviates * (math.sqrt(variance) / truncated_std)
