"""The metrics: Keras's numbers, what names mean, exact sums, and wrong uses.

The golden numbers are what Keras 3.15.1 computes (JAX backend, JAX_ENABLE_X64=1,
keras.config.set_floatx("float64")) on the arrays below, in two batches:

    def number(metric, y_true, y_pred, weight=None):
        for part in (slice(0, 5), slice(5, 8)):
            w = None if weight is None else weight[part]
            metric.update_state(y_true[part], y_pred[part], sample_weight=w)
        return metric.result()

first without weights, then with WEIGHT.
"""

from typing import Any, NamedTuple

import numpy as np
import pytest
from formulas import execute
from registry import classes_of

from minidl import aliases, losses, metrics
from minidl.errors import ShapeError
from minidl.metrics import (
    AUC,
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    ConfusionMatrix,
    CosineSimilarity,
    F1Score,
    FalseNegatives,
    FalsePositives,
    FBetaScore,
    Hinge,
    KLDivergence,
    LogCoshError,
    Mean,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanMetric,
    MeanMetricWrapper,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Metric,
    Poisson,
    Precision,
    R2Score,
    Recall,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SquaredHinge,
    Sum,
    TopKCategoricalAccuracy,
    TrueNegatives,
    TruePositives,
)
from minidl.types import Array

I = np.arange(24.0).reshape(8, 3)  # noqa: E741
N, P = np.cos(2 * I), 2 * np.sin(I + 1)
POS, RATE = 1.5 + np.sin(I), 1.6 + np.cos(I)
PROB = 0.1 + 0.8 * np.abs(np.sin(3 * I + 1))
BIN = (np.cos(I * I) > 0) * 1.0
LAB = np.array([2.0, 0, 1, 1, 0, 2, 2, 1])
ONE = np.eye(3)[LAB.astype(int)]
WEIGHT = np.array([1.0, 0.5, 2.0, 0.0, 1.5, 1.0, 0.25, 3.0])


class Golden(NamedTuple):
    metric: Metric
    y_true: Array
    y_pred: Array
    value: Any
    weighted: Any


# fmt: off
GOLDEN = [
    Golden(Accuracy(), np.round(N), np.round(P),
           0.2083333395, 0.2072072134),
    Golden(BinaryAccuracy(), BIN, PROB,
           0.5000000075, 0.7207207277),
    Golden(BinaryAccuracy(threshold=0.3), BIN, PROB,
           0.5833333433, 0.7207207277),
    Golden(CategoricalAccuracy(), ONE, PROB,
           0.25, 0.1621621622),
    Golden(SparseCategoricalAccuracy(), LAB, PROB,
           0.25, 0.1621621622),
    Golden(TopKCategoricalAccuracy(k=2), ONE, PROB,
           0.5, 0.4864864865),
    Golden(SparseTopKCategoricalAccuracy(k=2), LAB, PROB,
           0.5, 0.4864864865),
    Golden(Precision(), BIN, PROB,
           0.5882352941, 0.843373494),
    Golden(Precision(thresholds=[0.2, 0.7]), BIN, PROB,
           [0.6086956522, 0.6666666667], [0.7766990291, 0.8923076923]),
    Golden(Precision(top_k=2), BIN, PROB,
           0.5625, 0.7567567568),
    Golden(Precision(class_id=1), BIN, PROB,
           0.6, 0.8148148148),
    Golden(Recall(), BIN, PROB,
           0.6666666667, 0.7954545455),
    Golden(Recall(thresholds=[0.7, 0.2]), BIN, PROB,
           [0.5333333333, 0.9333333333], [0.6590909091, 0.9090909091]),
    Golden(Recall(thresholds=0.5, top_k=1), BIN, PROB,
           0.2666666667, 0.2954545455),
    Golden(Recall(class_id=2), BIN, PROB,
           0.6, 0.6875),
    Golden(F1Score(), ONE, PROB,
           [0.2857142367, 0, 0.3333332722],
           [0.1142856764, 0, 0.421052564]),
    Golden(F1Score(average='macro', threshold=0.6), BIN, PROB,
           0.6666666269, 0.8329414725),
    Golden(FBetaScore(average='micro', beta=2.0), ONE, PROB,
           0.2499999702, 0.16216214),
    Golden(FBetaScore(average='weighted', beta=0.5, threshold=0.5), BIN, PROB,
           0.6022987614, 0.8279398731),
    Golden(AUC(), BIN, PROB,
           0.4, 0.5592885375),
    Golden(AUC(curve='PR'), BIN, PROB,
           0.5337167876, 0.7724299169),
    Golden(AUC(num_thresholds=20, summation_method='minoring'), BIN, PROB,
           0.3851851852, 0.5494071146),
    Golden(AUC(curve='PR', summation_method='majoring'), BIN, PROB,
           0.5629659302, 0.8103662316),
    Golden(AUC(thresholds=[0.3, 0.6]), BIN, PROB,
           0.5444444444, 0.6467391304),
    Golden(AUC(from_logits=True), BIN, P,
           0.5555555556, 0.5444664032),
    Golden(TruePositives(), BIN, PROB,
           10, 17.5),
    Golden(FalsePositives(), BIN, PROB,
           7, 3.25),
    Golden(TrueNegatives(thresholds=[0.3, 0.8]), BIN, PROB,
           [1, 5], [2, 4]),
    Golden(FalseNegatives(), BIN, PROB,
           5, 4.5),
    Golden(MeanSquaredError(), N, P,
           2.611514717, 2.639687815),
    Golden(RootMeanSquaredError(), N, P,
           1.616018167, 1.62471161),
    Golden(MeanAbsoluteError(), N, P,
           1.37291567, 1.395891921),
    Golden(MeanAbsolutePercentageError(), N, P,
           316.216059, 310.5093795),
    Golden(MeanSquaredLogarithmicError(), POS, RATE,
           0.1617419375, 0.1474346245),
    Golden(R2Score(), N, P,
           -27.96928406, -22.01678848),
    Golden(R2Score(class_aggregation='variance_weighted_average'), N, P,
           -14.2136942, -12.1049829),
    Golden(R2Score(class_aggregation=None), N, P,
           [-4.718641306, -16.85328562, -62.33593084],
           [-0.8344050775, -19.22472714, -45.99123188]),
    Golden(R2Score(num_regressors=2), N, P,
           -30.72826349, -24.20886358),
    Golden(CosineSimilarity(), N, P,
           -0.009125939002, -0.03807151313),
    Golden(LogCoshError(), N, P,
           0.8371258229, 0.8460685401),
    Golden(KLDivergence(), PROB, PROB[::-1],
           0.6084657036, 0.5060314664),
    Golden(Poisson(), POS, RATE,
           1.043905787, 0.9897593534),
    Golden(BinaryCrossentropy(), BIN, PROB,
           0.9011953659, 0.6782461759),
    Golden(BinaryCrossentropy(from_logits=True, label_smoothing=0.1), BIN, P,
           0.8857613914, 0.891444638),
    Golden(CategoricalCrossentropy(), ONE, PROB,
           1.161159858, 1.222970214),
    Golden(CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), ONE, P,
           1.494697794, 1.532612924),
    Golden(SparseCategoricalCrossentropy(), LAB, PROB,
           1.161159858, 1.222970214),
    Golden(SparseCategoricalCrossentropy(from_logits=True), LAB, P,
           1.519483842, 1.557275012),
    Golden(Hinge(), BIN, P,
           1.165688937, 1.175569344),
    Golden(SquaredHinge(), BIN, P,
           2.691540348, 2.70916055),
    Golden(CategoricalHinge(), ONE, P,
           2.109134014, 2.004587397),
    Golden(MeanMetricWrapper(losses.huber, delta=0.5), N, P,
           0.5668217912, 0.5743758002),
]
# fmt: on
every_row = pytest.mark.parametrize("row", GOLDEN, ids=lambda row: repr(row.metric))


def streamed(metric: Metric, y_true: Array, y_pred: Array, weight: Any = None) -> Any:
    """Return the result over two batches."""
    metric.reset_state()
    for part in (slice(0, 5), slice(5, 8)):
        metric.update_state(
            y_true[part], y_pred[part], None if weight is None else weight[part]
        )
    return metric.result()


@every_row
def test_numbers_are_those_of_keras(row: Golden) -> None:
    got = streamed(row.metric, row.y_true, row.y_pred)
    np.testing.assert_allclose(got, row.value, rtol=1e-6)
    got = streamed(row.metric, row.y_true, row.y_pred, WEIGHT)
    np.testing.assert_allclose(got, row.weighted, rtol=1e-6)


def test_every_class_has_a_golden_number() -> None:
    classes = classes_of(metrics, Metric)  # Keras has no ConfusionMatrix
    assert classes - {type(row.metric) for row in GOLDEN} == {ConfusionMatrix}


@every_row
def test_a_mean_counts_values_by_their_weights(row: Golden) -> None:
    if not isinstance(row.metric, MeanMetric) or isinstance(
        row.metric, RootMeanSquaredError
    ):
        pytest.skip("is no such mean")
    values = row.metric.values(row.y_true, row.y_pred).reshape(8, -1).mean(axis=1)
    named = {"values": values, "sample_weight": WEIGHT}
    stated = execute(MeanMetric, "Value", named)["value"]
    got = streamed(row.metric, row.y_true, row.y_pred, WEIGHT)
    np.testing.assert_allclose(got, stated, rtol=1e-12)


def test_aliases_name_metrics_that_exist() -> None:
    for name in aliases.METRICS:
        assert metrics.get(name).name == name


@pytest.mark.parametrize(
    ("statistic", "value", "weighted"),
    [(Mean(), 0.006185606122, 0.09336708043), (Sum(), 0.148454895, 2.590937078)],
)
def test_means_and_sums_are_those_of_keras(
    statistic: Mean | Sum, value: float, weighted: float
) -> None:
    """Of P, in the same two batches."""
    for weight, expected in ((np.ones(8), value), (WEIGHT, weighted)):
        statistic.reset_state()
        for part in (slice(0, 5), slice(5, 8)):
            statistic.update_state(P[part], weight[part])
        assert statistic.result() == pytest.approx(expected, rel=3e-6)


# Exactness ----------------------------------------------------------------------------


def test_means_and_sums() -> None:
    mean, total = Mean(), Sum()
    assert mean.result() == total.result() == 0
    mean.update_state([1.0, 3.0])
    total.update_state([1.0, 3.0])
    mean.update_state([[5.0, 7.0]], [2.0])
    total.update_state([[5.0, 7.0]], [2.0])
    assert mean.result() == (1 + 3 + 2 * 6) / 4
    assert total.result() == 1 + 3 + 2 * 12
    mean.update_state(4.0)
    assert mean.result() == (16 + 4) / 5


def test_r2_score_far_from_zero() -> None:
    y, p = 1e8 + N, 1e8 + N + 0.1 * P
    expected = 1 - ((0.1 * P) ** 2).sum(0) / ((N - N.mean(0)) ** 2).sum(0)
    got = streamed(R2Score(None), y, p)
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_r2_score_of_a_constant() -> None:
    score = R2Score()
    assert score([1.0, 1.0], [1.0, 1.0]) == 1
    score.reset_state()
    assert score([1.0, 1.0], [1.0, 2.0]) == 0


def test_confusion_matrix() -> None:
    matrix = ConfusionMatrix(3)
    result: Any = streamed(matrix, LAB, PROB)
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (LAB.astype(int), PROB.argmax(axis=1)), 1)
    np.testing.assert_array_equal(result, expected)
    assert result.dtype.kind == "i"
    np.testing.assert_array_equal(streamed(matrix, ONE, PROB), expected)
    weighted: Any = streamed(matrix, LAB, PROB, WEIGHT)
    assert weighted.sum() == WEIGHT.sum()
    binary: Any = ConfusionMatrix(2)([0, 1, 1], [[0.2], [0.7], [0.5]])
    np.testing.assert_array_equal(binary, [[1, 0], [1, 1]])


def test_ignored_labels_do_not_count() -> None:
    metric = SparseCategoricalCrossentropy(ignore_class=1)
    kept = LAB != 1
    expected = SparseCategoricalCrossentropy()(LAB[kept], PROB[kept])
    assert metric(LAB, PROB) == pytest.approx(expected)
    metric.reset_state()
    expected = SparseCategoricalCrossentropy()(LAB[kept], PROB[kept], WEIGHT[kept])
    assert metric(LAB, PROB, WEIGHT) == pytest.approx(expected)


def test_weights_of_steps() -> None:
    y, p, weight = N.reshape(4, 2, 3), P.reshape(4, 2, 3), WEIGHT.reshape(4, 2)
    values = np.abs(p - y).mean(axis=-1)
    expected = (values * weight).sum() / weight.sum()
    assert MeanAbsoluteError()(y, p, weight) == pytest.approx(expected)


# What names mean ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "output_shape", "y_shape", "expected"),
    [
        ("accuracy", (1,), (1,), BinaryAccuracy),
        ("acc", (3,), (), SparseCategoricalAccuracy),
        ("Accuracy", (3,), (1,), SparseCategoricalAccuracy),
        ("accuracy", (3,), (3,), CategoricalAccuracy),
        ("ce", (1,), (), BinaryCrossentropy),
        ("crossentropy", (3,), (), SparseCategoricalCrossentropy),
        ("crossentropy", (3,), (3,), CategoricalCrossentropy),
        ("MSE", (3,), (3,), MeanSquaredError),
        ("AUC", (1,), (1,), AUC),
        ("MeanAbsoluteError", (1,), (1,), MeanAbsoluteError),
    ],
)
def test_names(name: str, output_shape: Any, y_shape: Any, expected: type) -> None:
    metric = metrics.get(name, output_shape, y_shape)
    assert type(metric) is expected
    assert metric.name == name


def test_functions_are_metrics() -> None:
    def worst(y_true: Array, y_pred: Array) -> Any:
        return np.abs(y_true - y_pred).max()

    metric = metrics.get(worst)
    assert metric.name == "worst"
    assert metric([1.0, 2.0], [1.5, 2.0]) == 0.5
    assert metric([1.0, 2.0], [2.5, 2.0]) == 1.0  # the mean over the batches
    assert metrics.get(lambda y, p: y - p).name == "lambda"
    assert metrics.get(losses.mean_squared_error).name == "mean_squared_error"
    wrapped = MeanMetricWrapper(losses.huber, name="h", delta=0.5)
    assert wrapped(N, P) == pytest.approx(losses.Huber(0.5)(N, P))


def test_all_metrics_have_names_of_their_own() -> None:
    given = ["mae", MeanAbsoluteError("mae"), Precision(), "mae", Precision()]
    names = list(metrics.get_all(given, (1,), (1,)))
    assert names == ["mae", "mae_1", "precision", "mae_2", "precision_1"]
    assert list(metrics.get_all("accuracy", (1,), (1,))) == ["accuracy"]
    assert metrics.get_all(None) == {}


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "a typo": (lambda: metrics.get("acuracy"), ValueError, "did you mean 'accuracy'"),
    "a class": (lambda: metrics.get(AUC), TypeError, r"an instance of it, AUC\(...\)"),
    "a number": (lambda: metrics.get(3), TypeError, "3 is no metric"),
    "a loss": (lambda: metrics.get(losses.MSE()), TypeError, "is no metric"),
    "None in a list": (lambda: metrics.get_all([None]), TypeError, "None is no metric"),
    "mean": (lambda: metrics.get(Mean()), TypeError, "is no metric"),
    "shapes": (
        lambda: MeanSquaredError()(N, N[:, :2]),
        ShapeError,
        r"y has shape \(8, 3\)",
    ),
    "samples": (
        lambda: Accuracy()(N, N[:2]),
        ShapeError,
        "y_true has 8 samples, y_pred 2",
    ),
    "numbers": (lambda: Accuracy()(1.0, 1.0), ShapeError, "y_true is a number"),
    "labels for one-hot": (
        lambda: CategoricalAccuracy()(LAB, PROB),
        ShapeError,
        r"y_true has shape \(8,\) and y_pred \(8, 3\)",
    ),
    "one-hot for labels": (
        lambda: SparseCategoricalAccuracy()(ONE, PROB),
        ShapeError,
        r"need labels of shape \(8,\)",
    ),
    "label": (
        lambda: SparseCategoricalAccuracy()(LAB + 1, PROB),
        ValueError,
        r"label 3 in row 0 is outside 0\.\.2",
    ),
    "weights": (
        lambda: Accuracy()(N, P, [1.0]),
        ShapeError,
        r"sample_weight has shape \(1,\)",
    ),
    "logits to AUC": (lambda: AUC()(BIN, P), ValueError, "from_logits=True"),
    "targets of 2": (lambda: Recall()([2.0], [0.5]), ValueError, "0 and 1 only"),
    "class_id": (
        lambda: Recall(class_id=3)(BIN, PROB),
        ShapeError,
        r"class_id=3, but y_pred has shape \(8, 3\)",
    ),
    "threshold": (lambda: Precision(1.5), ValueError, "a threshold must be at most 1"),
    "no thresholds": (lambda: Precision([]), ValueError, "thresholds is empty"),
    "top_k": (lambda: Precision(top_k=0), ValueError, "top_k must be at least 1"),
    "k": (lambda: TopKCategoricalAccuracy(0), ValueError, "k must be at least 1"),
    "curve": (
        lambda: AUC(curve="DET"),  # type: ignore[arg-type]
        ValueError,
        "curve must be one of 'ROC', 'PR', got 'DET'",
    ),
    "num_thresholds": (lambda: AUC(1), ValueError, "num_thresholds must be at least 2"),
    "average": (
        lambda: F1Score("mean"),  # type: ignore[arg-type]
        ValueError,
        "average, unless None, must be one of 'micro'",
    ),
    "aggregation": (
        lambda: R2Score("sum"),  # type: ignore[arg-type]
        ValueError,
        "class_aggregation, unless None, must be one of",
    ),
    "f-score of 3 axes": (
        lambda: F1Score()(N[None], N[None]),
        ShapeError,
        "samples, classes",
    ),
    "matrix": (lambda: ConfusionMatrix(4)(LAB, PROB), ShapeError, "of 4 classes"),
    "matrix targets": (
        lambda: ConfusionMatrix(3)(N[:, :2], PROB),
        ShapeError,
        "neither a label nor one-hot",
    ),
    "wrapped": (lambda: MeanMetricWrapper(3), TypeError, "fn must be a function"),  # type: ignore[arg-type]
    "name": (lambda: Mean(""), ValueError, "name must be printable"),
    "dtype": (lambda: Mean(dtype="x"), TypeError, "leave it out"),  # type: ignore[call-arg]
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_answered(case: str) -> None:
    call, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        call()


def test_a_metric_whose_numbers_are_set_too_late() -> None:
    """As in programs for Keras, whose metrics make variables in the constructor."""

    class Late(metrics.Metric):
        def __init__(self) -> None:
            super().__init__()
            self.counts = [0]

        def update_state(
            self, y_true: Any, y_pred: Any, sample_weight: Any = None
        ) -> None:
            self.counts[0] += 1

        def result(self) -> float:
            return self.counts[0]

        def reset_state(self) -> None:
            self.counts[0] = 0

    with pytest.raises(AttributeError, match="no attribute 'counts'") as caught:
        Late()
    assert "Late: the constructor of metrics calls reset" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (metrics.AUC, "multi_label"),
        (metrics.AUC, "dtype"),
        (metrics.SparseTopKCategoricalAccuracy, "from_sorted_ids"),
    ],
)
def test_arguments_of_keras_alone(metric: Any, name: str) -> None:
    with pytest.raises(TypeError, match=f"Keras has the argument '{name}'"):
        metric(**{name: None})
