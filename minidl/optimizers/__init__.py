"""How gradients change parameters, from the simplest rule up.

`optimizer.py` tells what an optimizer is and how to write your own.
"""

from minidl import aliases
from minidl.optimizers import schedules
from minidl.optimizers.adam import Adam, Adamax, AdamW, Nadam
from minidl.optimizers.adaptive import Adadelta, Adagrad, RMSprop
from minidl.optimizers.lion import Lion
from minidl.optimizers.optimizer import Optimizer, OptimizerOptions
from minidl.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "OptimizerOptions",
    "RMSprop",
    "get",
    "schedules",
]


def get(identifier: object) -> Optimizer:
    """Return the optimizer that a name, a configuration or an instance means."""
    table = aliases.OPTIMIZERS
    return aliases.resolve("optimizer", identifier, Optimizer, table, globals())
