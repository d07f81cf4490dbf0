"""What training makes small, each loss as a class and as a function.

`loss.py` tells what a loss is and how to write your own.
"""

import inspect

from minidl import aliases
from minidl.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Crossentropy,
    KLDivergence,
)
from minidl.losses.functions import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from minidl.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from minidl.losses.loss import Loss, Reduction, SampleLoss
from minidl.losses.regression import (
    MAE,
    MAPE,
    MSE,
    MSLE,
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from minidl.losses.sparse_crossentropy import SparseCategoricalCrossentropy

__all__ = [
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Crossentropy",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "Reduction",
    "SampleLoss",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


def get(identifier: object) -> Loss:
    """Return the loss that a name, a configuration or an instance means.

    A function of this module means the class of that name. A function of your own is
    refused: it cannot say what its derivative is.
    """
    if inspect.isfunction(identifier):
        name = identifier.__name__
        if globals().get(name) is not identifier:
            raise TypeError(
                f"the function {name} gives no gradient, so it is no loss: write a "
                f"class, `class MyLoss(losses.SampleLoss)`, with values(y_true, y_pred)"
                f" and their derivatives, slopes(); help(losses.SampleLoss) has an "
                f"example"
            )
        identifier = name
    return aliases.resolve("loss", identifier, Loss, aliases.LOSSES, globals())
