"""The activations as functions, as in `keras.activations`.

Each runs the layer that defines it, on anything NumPy can read. A layer takes them too,
where it takes an activation; it then makes a layer with the arguments' defaults.

>>> from minidl import activations
>>> from minidl.layers import Dense
>>> activations.relu([-1.0, 2.0])
array([0., 2.])
>>> Dense(3, activation=activations.relu)
Dense(3, activation=ReLU())
"""

import numpy as np

from minidl import arrays, layers
from minidl.layers import Layer
from minidl.layers.activations import get as get
from minidl.types import Array, ArrayLike


def linear(x: ArrayLike) -> Array:
    """Return what the layer `Identity` makes of x."""
    return _run(layers.Identity(), x)


def relu(
    x: ArrayLike,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Array:
    """Return what the layer `ReLU` makes of x."""
    return _run(layers.ReLU(max_value, negative_slope, threshold), x)


def relu6(x: ArrayLike) -> Array:
    """Return what the layer `ReLU(6.0)` makes of x."""
    return _run(layers.ReLU(6.0), x)


def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> Array:
    """Return what the layer `LeakyReLU` makes of x."""
    return _run(layers.LeakyReLU(negative_slope), x)


def elu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """Return what the layer `ELU` makes of x."""
    return _run(layers.ELU(alpha), x)


def celu(x: ArrayLike, alpha: float = 1.0) -> Array:
    """Return what the layer `CELU` makes of x."""
    return _run(layers.CELU(alpha), x)


def selu(x: ArrayLike) -> Array:
    """Return what the layer `SELU` makes of x."""
    return _run(layers.SELU(), x)


def sigmoid(x: ArrayLike) -> Array:
    """Return what the layer `Sigmoid` makes of x."""
    return _run(layers.Sigmoid(), x)


def log_sigmoid(x: ArrayLike) -> Array:
    """Return what the layer `LogSigmoid` makes of x."""
    return _run(layers.LogSigmoid(), x)


def hard_sigmoid(x: ArrayLike) -> Array:
    """Return what the layer `HardSigmoid` makes of x."""
    return _run(layers.HardSigmoid(), x)


def sparse_sigmoid(x: ArrayLike) -> Array:
    """Return what the layer `SparseSigmoid` makes of x."""
    return _run(layers.SparseSigmoid(), x)


def tanh(x: ArrayLike) -> Array:
    """Return what the layer `Tanh` makes of x."""
    return _run(layers.Tanh(), x)


def hard_tanh(x: ArrayLike) -> Array:
    """Return what the layer `HardTanh` makes of x."""
    return _run(layers.HardTanh(), x)


def softsign(x: ArrayLike) -> Array:
    """Return what the layer `Softsign` makes of x."""
    return _run(layers.Softsign(), x)


def silu(x: ArrayLike) -> Array:
    """Return what the layer `SiLU` makes of x."""
    return _run(layers.SiLU(), x)


def hard_silu(x: ArrayLike) -> Array:
    """Return what the layer `HardSiLU` makes of x."""
    return _run(layers.HardSiLU(), x)


def gelu(x: ArrayLike, approximate: bool = False) -> Array:
    """Return what the layer `GELU` makes of x."""
    return _run(layers.GELU(approximate), x)


def mish(x: ArrayLike) -> Array:
    """Return what the layer `Mish` makes of x."""
    return _run(layers.Mish(), x)


def glu(x: ArrayLike, axis: int = -1) -> Array:
    """Return what the layer `GLU` makes of x."""
    return _run(layers.GLU(axis), x)


def exponential(x: ArrayLike) -> Array:
    """Return what the layer `Exponential` makes of x."""
    return _run(layers.Exponential(), x)


def softplus(x: ArrayLike) -> Array:
    """Return what the layer `Softplus` makes of x."""
    return _run(layers.Softplus(), x)


def squareplus(x: ArrayLike, b: float = 4) -> Array:
    """Return what the layer `Squareplus` makes of x."""
    return _run(layers.Squareplus(b), x)


def sparse_plus(x: ArrayLike) -> Array:
    """Return what the layer `SparsePlus` makes of x."""
    return _run(layers.SparsePlus(), x)


def tanh_shrink(x: ArrayLike) -> Array:
    """Return what the layer `TanhShrink` makes of x."""
    return _run(layers.TanhShrink(), x)


def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> Array:
    """Return what the layer `SoftShrink` makes of x."""
    return _run(layers.SoftShrink(threshold), x)


def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> Array:
    """Return what the layer `HardShrink` makes of x."""
    return _run(layers.HardShrink(threshold), x)


def threshold(x: ArrayLike, threshold: float, default_value: float) -> Array:
    """Return what the layer `Threshold` makes of x."""
    return _run(layers.Threshold(threshold, default_value), x)


def softmax(x: ArrayLike, axis: int | tuple[int, ...] = -1) -> Array:
    """Return what the layer `Softmax` makes of x."""
    return _run(layers.Softmax(axis), x)


def log_softmax(x: ArrayLike, axis: int | tuple[int, ...] = -1) -> Array:
    """Return what the layer `LogSoftmax` makes of x."""
    return _run(layers.LogSoftmax(axis), x)


def sparsemax(x: ArrayLike, axis: int = -1) -> Array:
    """Return what the layer `Sparsemax` makes of x."""
    return _run(layers.Sparsemax(axis), x)


swish = silu
hard_swish = hard_silu


def _run(layer: Layer, x: ArrayLike) -> Array:
    """Return what a layer makes of an array of any shape, float32 or float64."""
    owner = layer.name
    kept = isinstance(x, np.ndarray) and x.dtype == np.float32
    dtype = np.dtype("float32" if kept else "float64")
    given = arrays.real_array(owner, "x", x, dtype)
    y = layer.forward(given)
    return y.copy() if y is given else y
