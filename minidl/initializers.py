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
from typing import ClassVar

import numpy as np

from minidl import aliases, arguments, arrays
from minidl.configuration import Configurable
from minidl.errors import ShapeError
from minidl.types import Array, Shape

TRUNCATED_STD = 0.87962566103423978  # of a standard normal cut at +-2


class Initializer(Configurable, metaclass=ABCMeta):
    """The contract: `draw` an array of a given shape.

    Args:
        seed: None to draw from the caller's random stream, or a whole number for a
            stream of the initializer's own, begun anew at every call.
    """

    seed: int | None = None
    _keras_only: ClassVar[tuple[str, ...]] = ("input_axes", "output_axes")

    def __init__(self, seed: int | None = None) -> None:
        owner = type(self).__name__
        if seed is not None:
            seed = arguments.whole_number(owner, "seed", seed, least=0)
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
        array = arrays.real_array(owner, "what draw() returned", drawn, precision)
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


class TruncatedNormal(Initializer):
    """Normal, drawn anew where it is more than two standard deviations off.

    Args:
        mean: 0 by default.
        stddev: Of the normal distribution before the cut, at least 0; 0.05 by default,
            as in Keras.
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
        """Return normal numbers within two standard deviations of the mean."""
        return self.mean + self.stddev * _truncated_normal(shape, random)


class VarianceScaling(Initializer):
    """Random with a variance that fits the number of inputs or outputs.

    The variance is scale / n, where n is the number of inputs, of outputs or the mean
    of both, so that signals keep their size through many layers.

    Args:
        scale: Above 0; 1 by default.
        mode: "fan_in" (default), "fan_out" or "fan_avg".
        distribution: "truncated_normal" (default), "untruncated_normal" or "uniform".
        seed: See `Initializer`.
    """

    scale: float
    mode: str
    distribution: str

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        self.scale = arguments.positive_number(owner, "scale", scale)
        self.mode = arguments.choice(
            owner, "mode", mode, ("fan_in", "fan_out", "fan_avg")
        )
        self.distribution = arguments.choice(
            owner,
            "distribution",
            distribution,
            ("truncated_normal", "untruncated_normal", "uniform"),
        )

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return random numbers of variance scale / n."""
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / n[self.mode]
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)  # on [-a, a] the variance is a^2 / 3
            return random.uniform(-limit, limit, shape)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return random.normal(0.0, stddev, shape)
        return _truncated_normal(shape, random) * (stddev / TRUNCATED_STD)


class GlorotUniform(VarianceScaling):
    """Uniform in [-limit, limit] with limit = sqrt(6 / (fan_in + fan_out)).

    Keeps the size of signals and of gradients alike through layers of tanh or sigmoid.
    Keras's default for kernels. Source: Glorot and Bengio, "Understanding the
    difficulty of training deep feedforward neural networks", AISTATS 2010.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance 2 / (fan_in + fan_out).

    Source: Glorot and Bengio (2010), as `GlorotUniform`; truncated as in Keras.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform in [-limit, limit] with limit = sqrt(6 / fan_in), for ReLU.

    Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Truncated normal of variance 2 / fan_in, for ReLU.

    Source: He et al. (2015), as `HeUniform`; truncated as in Keras.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Uniform in [-limit, limit] with limit = sqrt(3 / fan_in).

    Source: LeCun, Bottou, Orr and Mueller, "Efficient BackProp", 1998.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Truncated normal of variance 1 / fan_in.

    Source: LeCun et al. (1998), as `LecunUniform`; truncated as in Keras.
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


class Orthogonal(Initializer):
    """A random matrix whose columns, or rows if they are fewer, are orthonormal.

    It keeps the length of vectors, which recurrent layers need. An array of more than
    two axes is such a matrix with all axes but the last as its rows.

    Args:
        gain: What the matrix is multiplied by; 1 by default.
        seed: See `Initializer`.

    Source: `keras.initializers.Orthogonal`. Saxe, McClelland and Ganguli, "Exact
    solutions to the nonlinear dynamics of learning in deep linear neural networks",
    ICLR 2014.
    """

    gain: float

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = arguments.real_number("Orthogonal", "gain", gain)

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return an orthogonal matrix, all of them equally likely, times the gain."""
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal needs at least two axes, got shape {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = random.standard_normal((max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        q *= np.copysign(1.0, np.diag(r))  # the sign that qr chooses is not random
        matrix = q if rows >= columns else q.T
        return self.gain * matrix.reshape(shape)


class Identity(Initializer):
    """The identity matrix: 1 on the diagonal, 0 elsewhere.

    Args:
        gain: What the matrix is multiplied by; 1 by default.
        seed: Taken, as by every initializer, though nothing is drawn.
    """

    gain: float

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = arguments.real_number("Identity", "gain", gain)

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        """Return the identity matrix, which need not be square, times the gain."""
        if len(shape) != 2:
            raise ShapeError(f"Identity needs two axes, got shape {shape}")
        return self.gain * np.eye(*shape)


zeros = Zeros  # as Keras calls them too
ones = Ones
constant = Constant
random_uniform = RandomUniform
random_normal = RandomNormal
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
he_uniform = HeUniform
he_normal = HeNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
orthogonal = Orthogonal
identity = Identity


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


def _truncated_normal(shape: Shape, random: np.random.Generator) -> Array:
    """Draw standard normal numbers anew until all are within two deviations."""
    deviates = random.standard_normal(shape)
    while (outside := np.abs(deviates) > 2).any():
        deviates[outside] = random.standard_normal(np.count_nonzero(outside))
    return deviates
