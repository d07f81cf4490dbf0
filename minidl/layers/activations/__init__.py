"""The functions between the layers that have parameters.

Each is a layer of its own. All but the softmaxes and `GLU` work on every number by
itself, and all but `GLU` keep the shape.
"""

from typing import Unpack

from minidl import aliases
from minidl.layers.activations.gates import GELU, GLU, HardSiLU, Mish, SiLU
from minidl.layers.activations.identity import Identity
from minidl.layers.activations.pluses import (
    Exponential,
    Softplus,
    SparsePlus,
    Squareplus,
)
from minidl.layers.activations.rectifiers import CELU, ELU, SELU, LeakyReLU, PReLU, ReLU
from minidl.layers.activations.shrinks import (
    HardShrink,
    SoftShrink,
    TanhShrink,
    Threshold,
)
from minidl.layers.activations.sigmoids import (
    HardSigmoid,
    HardTanh,
    LogSigmoid,
    Sigmoid,
    Softsign,
    SparseSigmoid,
    Tanh,
)
from minidl.layers.activations.softmaxes import LogSoftmax, Softmax, Sparsemax
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.types import Array, Shape

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Activation",
    "Exponential",
    "HardShrink",
    "HardSiLU",
    "HardSigmoid",
    "HardTanh",
    "Identity",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "SoftShrink",
    "Softmax",
    "Softplus",
    "Softsign",
    "SparsePlus",
    "SparseSigmoid",
    "Sparsemax",
    "Squareplus",
    "Tanh",
    "TanhShrink",
    "Threshold",
    "get",
]


class Activation(Layer):
    """An activation by name.

    Forward:   y = activation(x)
    Backward:  dx = the activation's
    Shapes:    x of any shape, y the activation's, nearly always the same
    Keeps:     what the activation keeps

    Args:
        activation: A name such as "relu", a function of `minidl.activations`, or an
            activation layer.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Source: `keras.layers.Activation`.
    """

    activation: Layer

    def __init__(self, activation: object, **options: Unpack[LayerOptions]) -> None:
        super().__init__(**options)
        self.activation = get(activation)

    def build(self, input_shape: Shape) -> None:
        """Build the activation."""
        self.activation.connect(input_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return what the activation makes of the shape; most keep it."""
        return self.activation.output_shape(input_shape)

    def forward(self, x: Array, /) -> Array:
        """Return what the activation makes of x."""
        return self.activation.forward(x)

    def backward(self, dy: Array, /) -> Array:
        """Return the activation's dx."""
        return self.activation.backward(dy)


def get(identifier: object) -> Layer:
    """Return the activation that a name, a function, a configuration or a layer means.

    A function of `minidl.activations` has its alias as name.
    """
    if getattr(identifier, "__module__", None) == "minidl.activations":
        identifier = getattr(identifier, "__name__", identifier)
    table = aliases.ACTIVATIONS
    return aliases.resolve("activation", identifier, Layer, table, globals())
