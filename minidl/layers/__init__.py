"""The layers that models are made of, each on one screen.

`layer.py` tells what a layer is and how to write your own.
"""

from typing import TYPE_CHECKING, Never

from minidl import absent
from minidl.layers.activations import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Activation,
    Exponential,
    HardShrink,
    HardSigmoid,
    HardSiLU,
    HardTanh,
    Identity,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    SoftShrink,
    Softsign,
    Sparsemax,
    SparsePlus,
    SparseSigmoid,
    Squareplus,
    Tanh,
    TanhShrink,
    Threshold,
)
from minidl.layers.dense import Dense
from minidl.layers.dropout import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
)
from minidl.layers.input import Input
from minidl.layers.layer import Layer
from minidl.layers.normalization import BatchNormalization, LayerNormalization
from minidl.layers.options import LayerOptions
from minidl.layers.preprocessing import Normalization, Rescaling
from minidl.layers.shaping import Flatten, Permute, RepeatVector, Reshape

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Activation",
    "AlphaDropout",
    "BatchNormalization",
    "Dense",
    "Dropout",
    "Exponential",
    "Flatten",
    "GaussianDropout",
    "GaussianNoise",
    "HardShrink",
    "HardSiLU",
    "HardSigmoid",
    "HardTanh",
    "Identity",
    "Input",
    "Layer",
    "LayerNormalization",
    "LayerOptions",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "Normalization",
    "PReLU",
    "Permute",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
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
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Never:
        raise absent.attribute(__name__, name)
