"""The layers that models are made of, each on one screen.

`layer.py` tells what a layer is and how to write your own.
"""

from minidl.layers.activations import Activation, Identity, ReLU, Sigmoid, Tanh
from minidl.layers.dense import Dense
from minidl.layers.input import Input
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions

__all__ = [
    "Activation",
    "Dense",
    "Identity",
    "Input",
    "Layer",
    "LayerOptions",
    "ReLU",
    "Sigmoid",
    "Tanh",
]
