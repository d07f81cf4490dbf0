"""The names that may stand for objects: "relu", "mse", "sgd", as in Keras.

This is the only table of strings. Each family (`initializers`, `losses`, ...) has a
`get` that looks a name up here and makes the object.
"""

import difflib
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any, TypeVar

from minidl import arguments, configuration

T = TypeVar("T")

ACTIVATIONS = {
    "linear": "Identity",
    "identity": "Identity",
    "relu": "ReLU",
    "relu6": "ReLU",
    "leaky_relu": "LeakyReLU",
    "prelu": "PReLU",
    "elu": "ELU",
    "celu": "CELU",
    "selu": "SELU",
    "sigmoid": "Sigmoid",
    "log_sigmoid": "LogSigmoid",
    "hard_sigmoid": "HardSigmoid",
    "sparse_sigmoid": "SparseSigmoid",
    "tanh": "Tanh",
    "hard_tanh": "HardTanh",
    "softsign": "Softsign",
    "silu": "SiLU",
    "swish": "SiLU",
    "hard_silu": "HardSiLU",
    "hard_swish": "HardSiLU",
    "gelu": "GELU",
    "mish": "Mish",
    "glu": "GLU",
    "exponential": "Exponential",
    "softplus": "Softplus",
    "squareplus": "Squareplus",
    "sparse_plus": "SparsePlus",
    "tanh_shrink": "TanhShrink",
    "soft_shrink": "SoftShrink",
    "hard_shrink": "HardShrink",
    "threshold": "Threshold",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "sparsemax": "Sparsemax",
}

INITIALIZERS = {
    "zeros": "Zeros",
    "zero": "Zeros",
    "ones": "Ones",
    "one": "Ones",
    "constant": "Constant",
    "random_uniform": "RandomUniform",
    "uniform": "RandomUniform",
    "random_normal": "RandomNormal",
    "normal": "RandomNormal",
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_uniform": "HeUniform",
    "he_normal": "HeNormal",
    "lecun_uniform": "LecunUniform",
    "lecun_normal": "LecunNormal",
    "truncated_normal": "TruncatedNormal",
    "variance_scaling": "VarianceScaling",
    "orthogonal": "Orthogonal",
    "identity": "Identity",
}

REGULARIZERS = {
    "l1": "L1",
    "l2": "L2",
    "l1_l2": "L1L2",
    "l1l2": "L1L2",
}

CONSTRAINTS = {
    "non_neg": "NonNeg",
    "unit_norm": "UnitNorm",
    "max_norm": "MaxNorm",
    "min_max_norm": "MinMaxNorm",
}

LOSSES = {
    "mean_squared_error": "MeanSquaredError",
    "mse": "MeanSquaredError",
    "MSE": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mae": "MeanAbsoluteError",
    "MAE": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mape": "MeanAbsolutePercentageError",
    "MAPE": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "msle": "MeanSquaredLogarithmicError",
    "MSLE": "MeanSquaredLogarithmicError",
    "huber": "Huber",
    "huber_loss": "Huber",
    "log_cosh": "LogCosh",
    "logcosh": "LogCosh",
    "poisson": "Poisson",
    "cosine_similarity": "CosineSimilarity",
    "kl_divergence": "KLDivergence",
    "kullback_leibler_divergence": "KLDivergence",
    "kld": "KLDivergence",
    "KLD": "KLDivergence",
    "binary_crossentropy": "BinaryCrossentropy",
    "bce": "BinaryCrossentropy",
    "BCE": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "crossentropy": "Crossentropy",
    "ce": "Crossentropy",
    "hinge": "Hinge",
    "squared_hinge": "SquaredHinge",
    "categorical_hinge": "CategoricalHinge",
}

METRICS = {  # "accuracy" and "crossentropy" choose by the shapes, in metrics.get
    "accuracy": "Accuracy",
    "binary_accuracy": "BinaryAccuracy",
    "categorical_accuracy": "CategoricalAccuracy",
    "sparse_categorical_accuracy": "SparseCategoricalAccuracy",
    "top_k_categorical_accuracy": "TopKCategoricalAccuracy",
    "sparse_top_k_categorical_accuracy": "SparseTopKCategoricalAccuracy",
    "precision": "Precision",
    "recall": "Recall",
    "f1_score": "F1Score",
    "f_beta_score": "FBetaScore",
    "auc": "AUC",
    "true_positives": "TruePositives",
    "false_positives": "FalsePositives",
    "true_negatives": "TrueNegatives",
    "false_negatives": "FalseNegatives",
    "mean_squared_error": "MeanSquaredError",
    "root_mean_squared_error": "RootMeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "r2_score": "R2Score",
    "cosine_similarity": "CosineSimilarity",
    "log_cosh_error": "LogCoshError",
    "kl_divergence": "KLDivergence",
    "poisson": "Poisson",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "hinge": "Hinge",
    "squared_hinge": "SquaredHinge",
    "categorical_hinge": "CategoricalHinge",
    "acc": "Accuracy",
    "fbeta_score": "FBetaScore",
    "logcosh": "LogCoshError",
    "log_cosh": "LogCoshError",
    "rmse": "RootMeanSquaredError",
    "kld": "KLDivergence",
    "KLD": "KLDivergence",
    "mse": "MeanSquaredError",
    "MSE": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "MAE": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "MAPE": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "MSLE": "MeanSquaredLogarithmicError",
    "bce": "BinaryCrossentropy",
    "BCE": "BinaryCrossentropy",
}

OPTIMIZERS = {
    "sgd": "SGD",
    "adagrad": "Adagrad",
    "rmsprop": "RMSprop",
    "adadelta": "Adadelta",
    "adam": "Adam",
    "adamw": "AdamW",
    "adamax": "Adamax",
    "nadam": "Nadam",
    "lion": "Lion",
}

ARGUMENTS: dict[str, dict[str, Any]] = {  # what a name says besides its class
    "leaky_relu": {"negative_slope": 0.2},
    "relu6": {"max_value": 6.0},
}

TAKES_A_NUMBER = {  # the class that is meant where a number is passed
    "constraint": "MaxNorm",
    "initializer": "Constant",
    "optimizer": "SGD",
    "regularizer": "L2",
}


def resolve(
    family: str,
    given: object,
    base: type[T],
    table: Mapping[str, str],
    classes: Mapping[str, object],
) -> T:
    """Return the object that `given` means.

    Args:
        family: What messages call it, such as "loss".
        given: An object of the family, its alias, its class's name, or a dictionary
            {"module": ..., "class_name": ..., "config": ...} as `get_config` writes it.
        base: The family's base class.
        table: The family's aliases.
        classes: The names of the family's module, where the classes are.

    Raises:
        TypeError: if `given` is a class, or something else altogether.
        ValueError: if no class has that alias; the nearest ones are named.
    """
    if isinstance(given, base):
        return given
    if isinstance(given, str):
        return _made(family, given, _named(family, given, base, table, classes))
    if isinstance(given, dict) and set(given) - {"module"} == {"class_name", "config"}:
        name, config = given["class_name"], given["config"]
        if not isinstance(name, str) or not isinstance(config, dict):
            raise TypeError(
                f"a configuration has a class_name, a string, and a config, a "
                f"dictionary; got class_name={name!r}, config={config!r}"
            )
        return _named(family, name, base, table, classes)(**config)
    if isinstance(given, type):
        name = given.__name__
        raise TypeError(f"{name} is a class: pass an instance of it, {name}(...)")
    names = f" or one of the names {_listed(table)}" if table else ""
    raise TypeError(
        f"{arguments.shown(given)} is no {family}: {_hint(given, family, table)}pass "
        f"an instance of {base.__name__}{names}"
    )


def _made(family: str, name: str, cls: type[T]) -> T:
    """Return an object of the class that a name means, if it needs no arguments."""
    try:
        return cls(**ARGUMENTS.get(name, {}))
    except TypeError:
        parameters = configuration.constructor_parameters(cls).values()
        needed = [p.name for p in parameters if p.default is p.empty]
        if not needed:
            raise
        raise TypeError(
            f"the {family} {name!r} needs arguments: pass {cls.__name__}"
            f"({', '.join(needed)})"
        ) from None


def _hint(given: object, family: str, table: Mapping[str, str]) -> str:
    """Return what may have been meant by something of another kind."""
    if isinstance(given, Real) and not isinstance(given, bool):
        cls = TAKES_A_NUMBER.get(family)
        return f"perhaps {cls}({given!r}) is meant; " if cls else ""
    name = getattr(given, "__name__", None) if callable(given) else None
    if name in table:
        return f"perhaps {name!r} is meant; "
    blind = callable(given) and family in ("activation", "regularizer")
    return "a function gives no gradient; " if blind else ""


def _named(
    family: str,
    name: str,
    base: type[T],
    table: Mapping[str, str],
    classes: Mapping[str, object],
) -> type[T]:
    class_name = table.get(name, name)
    cls = classes.get(class_name)
    known = class_name in table.values() or not table
    if known and isinstance(cls, type) and issubclass(cls, base) and cls is not base:
        return cls
    names = list(table) or [
        each
        for each, value in classes.items()
        if isinstance(value, type) and issubclass(value, base)
    ]
    lower = {each.lower(): each for each in reversed(names)}
    near = [
        lower[each]
        for each in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)
    ]
    hint = f"did you mean {_listed(near)}?" if near else f"known are {_listed(names)}"
    raise ValueError(f"unknown {family} {name!r}: {hint}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
