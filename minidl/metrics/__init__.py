"""What is measured and not trained on, as Keras names it.

`metric.py` tells what a metric is and how to write your own.
"""

import inspect

from minidl import aliases
from minidl.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
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
from minidl.losses.targets import kind_of_targets
from minidl.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from minidl.metrics.confusion import ConfusionMatrix
from minidl.metrics.f_score import F1Score, FBetaScore
from minidl.metrics.metric import (
    Mean,
    MeanMetric,
    MeanMetricWrapper,
    Metric,
    Statistic,
    Sum,
)
from minidl.metrics.probabilistic import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    Hinge,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from minidl.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    R2Score,
    RootMeanSquaredError,
)
from minidl.metrics.thresholds import (
    AUC,
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    ThresholdMetric,
    TrueNegatives,
    TruePositives,
)
from minidl.types import Shape

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConfusionMatrix",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetric",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "Statistic",
    "Sum",
    "ThresholdMetric",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_hinge",
    "get",
    "get_all",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

BY_SHAPE: dict[str, dict[str, type[Metric]]] = {
    "accuracy": {
        "binary": BinaryAccuracy,
        "sparse": SparseCategoricalAccuracy,
        "categorical": CategoricalAccuracy,
    },
    "crossentropy": {
        "binary": BinaryCrossentropy,
        "sparse": SparseCategoricalCrossentropy,
        "categorical": CategoricalCrossentropy,
    },
}


def get(
    identifier: object,
    output_shape: Shape | None = None,
    y_shape: Shape | None = None,
) -> Metric:
    """Return the metric that a name, a function, a configuration or an instance means.

    Args:
        identifier: A name is also the name of the metric, so that "mse" stays "mse".
        output_shape: The shape of one prediction, from which "accuracy" and
            "crossentropy" choose; without it "accuracy" is `Accuracy`.
        y_shape: The shape of one target, for the same.
    """
    if isinstance(identifier, str):
        family = {"acc": "accuracy", "ce": "crossentropy"}.get(
            identifier.lower(), identifier.lower()
        )
        if family in BY_SHAPE and output_shape is not None and y_shape is not None:
            kind = kind_of_targets(y_shape, output_shape)
            return BY_SHAPE[family][kind](name=identifier)
    if inspect.isfunction(identifier):
        return MeanMetricWrapper(identifier)
    table = aliases.METRICS
    metric = aliases.resolve("metric", identifier, Metric, table, globals())
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


def get_all(
    identifiers: object,
    output_shape: Shape | None = None,
    y_shape: Shape | None = None,
) -> dict[str, Metric]:
    """Return the metrics by the names under which logs list them, in order.

    Args:
        identifiers: What `compile(metrics=...)` takes: a list, one metric, or None.
        output_shape: The shape of one prediction.
        y_shape: The shape of one target.
    """
    several = identifiers if isinstance(identifiers, list | tuple) else [identifiers]
    found: dict[str, Metric] = {}
    for identifier in several:
        if identifier is None and several is not identifiers:
            continue
        metric = get(identifier, output_shape, y_shape)
        name, count = metric.name, 0
        while name in found:
            count += 1
            name = f"{metric.name}_{count}"
        found[name] = metric
    return found
