"""The losses: Keras's numbers, extreme predictions, weights, and wrong targets.

The golden numbers are what Keras 3.15.1 computes (JAX backend, JAX_ENABLE_X64=1,
keras.config.set_floatx("float64")) on the arrays below:

    def numbers(loss, y_true, y_pred, sample_weight=None):
        def f(p):
            return loss(y_true, p, sample_weight=sample_weight)

        value, gradient = jax.value_and_grad(f)(y_pred)
        return float(value), float((gradient * np.cos(I)).sum())

first without weights, then with sample_weight=WEIGHT.
"""

import copy
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pytest
from registry import LOSSES, LossCase, classes_of

from minidl import Input, Sequential, losses
from minidl.errors import DivergenceError, NonFiniteError, ShapeError
from minidl.gradient_check import check_loss, check_model
from minidl.layers import Dense
from minidl.losses import (
    MSE,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Crossentropy,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SampleLoss,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from minidl.types import Array

I = np.arange(12.0).reshape(4, 3)  # noqa: E741
N, P = np.cos(2 * I), 2 * np.sin(I + 1)
POS, RATE = 1.5 + np.sin(I), 1.6 + np.cos(I)
PROB = 0.1 + 0.8 * np.abs(np.sin(3 * I + 1))
BIN = (np.cos(I * I) > 0) * 1.0
LAB = np.array([2.0, 0, 1, 1])
ONE = np.eye(3)[LAB.astype(int)]
WEIGHT = np.array([1.0, 0.5, 2.0, 0.0])


class Golden(NamedTuple):
    loss: SampleLoss
    y_true: Array
    y_pred: Array
    value: float
    slope: float
    weighted_value: float
    weighted_slope: float


# fmt: off
GOLDEN = [
    Golden(MeanSquaredError(), N, P,
           2.610467732, 1.730317769, 2.048677385, 1.084335568),
    Golden(MeanAbsoluteError(), N, P,
           1.391961128, 0.5304835468, 1.192061633, 0.4354124826),
    Golden(MeanAbsolutePercentageError(), N, P,
           392.3907518, 145.4514624, 390.0667965, 146.5940537),
    Golden(MeanSquaredLogarithmicError(), POS, RATE,
           0.1622903105, 0.1685221655, 0.1133806892, 0.1105820362),
    Golden(Huber(0.5), N, P, 0.5806204677, 0.2578135136, 0.4877363369, 0.2103270774),
    Golden(LogCosh(), N, P, 0.858143568, 0.4308251934, 0.7014109492, 0.3043470361),
    Golden(Poisson(), POS, RATE, 1.040474027, 0.4202810442, 0.7634293735, 0.2507229321),
    Golden(CosineSimilarity(), N, P,
           -0.01343953967, 0.0001397967203, -0.1227648018, -0.1527228226),
    Golden(KLDivergence(), PROB, PROB[::-1],
           0.3428107777, 0.5391158052, 0.2244804657, -0.3784293936),
    Golden(Hinge(), BIN, P, 0.8682358563, 0.1796719295, 0.5867606923, 0.1377802301),
    Golden(SquaredHinge(), BIN, P, 1.901605219, 0.94854618, 1.135820538, 0.6233454919),
    Golden(CategoricalHinge(), ONE, P,
           2.096299236, 0.7479453001, 1.115917685, 0.4659953638),
    Golden(BinaryCrossentropy(), BIN, PROB,
           0.9040588439, -0.629424387, 0.9114919603, -1.287549402),
    Golden(BinaryCrossentropy(label_smoothing=0.1), BIN, PROB,
           0.8941391408, -0.5805438465, 0.8984989375, -1.217406628),
    Golden(BinaryCrossentropy(from_logits=True), BIN, P,
           0.6963886321, 0.1015934018, 0.4940703735, 0.06069825882),
    Golden(CategoricalCrossentropy(), ONE, PROB,
           1.199979678, -0.3729794987, 1.216682133, -1.647933348),
    Golden(CategoricalCrossentropy(label_smoothing=0.1), ONE, PROB,
           1.192144522, -0.3490178763, 1.193891301, -1.515239631),
    Golden(CategoricalCrossentropy(from_logits=True), ONE, P,
           1.530439891, 0.5264955591, 1.051555369, 0.317594998),
    Golden(SparseCategoricalCrossentropy(), LAB, PROB,
           1.199979678, -0.3729794987, 1.216682133, -1.647933348),
    Golden(SparseCategoricalCrossentropy(from_logits=True), LAB, P,
           1.530439891, 0.5264955591, 1.051555369, 0.317594998),
    Golden(SparseCategoricalCrossentropy(ignore_class=1), LAB, PROB,
           1.050867057, 1.002181823, 0.8286836299, 0.8009532476),
    Golden(MeanSquaredError(reduction='sum'), N, P,
           10.44187093, 6.921271076, 8.194709539, 4.337342271),
    Golden(MeanAbsoluteError(reduction='mean_with_sample_weight'), N, P,
           1.391961128, 0.5304835468, 1.362356152, 0.4976142992),
]
# fmt: on


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: repr(row.loss))
def test_numbers_are_those_of_keras(row: Golden) -> None:
    got = []
    for weight in (None, WEIGHT):
        got.append(row.loss(row.y_true, row.y_pred, sample_weight=weight))
        got.append(float((row.loss.gradient() * np.cos(I)).sum()))
    np.testing.assert_allclose(got, row[3:], rtol=1e-6)


def test_every_class_has_a_golden_number() -> None:
    """But for the one that chooses among three others, by the shapes."""
    classes = classes_of(losses, Loss)
    assert classes - {type(row.loss) for row in GOLDEN} == {Crossentropy}


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: repr(row.loss))
def test_functions_return_each_samples_value(row: Golden) -> None:
    if row.loss.reduction != "sum_over_batch_size" or row.loss.sample_weight:
        pytest.skip("a function has no reduction")
    name = row.loss.name.removesuffix("_loss")
    config = row.loss.get_config()
    options = {k: v for k, v in config.items() if k not in ("reduction", "name")}
    values = getattr(losses, name)(row.y_true, row.y_pred, **options)
    assert values.shape == (4,)
    counted = 2 if options.get("ignore_class") is not None else 4
    np.testing.assert_allclose(values.sum() / counted, row.value, rtol=1e-6)
    assert type(losses.get(getattr(losses, name))) is type(row.loss)
    assert type(losses.get(name)) is type(row.loss)


def test_weights_that_count_are_as_good_as_repeated_rows() -> None:
    for row in GOLDEN:
        repeated = np.repeat(np.arange(4), [2, 1, 0, 3])
        total = type(row.loss).from_config(
            {**row.loss.get_config(), "reduction": "sum"}
        )
        weighted = total(row.y_true, row.y_pred, sample_weight=[2, 1, 0, 3])
        if isinstance(total, Hinge | SquaredHinge):
            continue  # whether 0 means -1 is seen from the whole batch
        expected = total(row.y_true[repeated], row.y_pred[repeated])
        assert weighted == pytest.approx(expected)


def test_mean_squared_error_is_one_product() -> None:
    loss = MSE()
    error = P - N
    assert loss.forward(N, P) == np.vdot(error, error) / error.size
    np.testing.assert_array_equal(loss.gradient(), (2 / error.size) * error)
    assert MSE("mean").forward(N, P) == loss.forward(N, P)
    loss.sample_weight = np.ones(4)
    assert loss.forward(N, P) == pytest.approx(MSE()(N, P), rel=1e-14)
    np.testing.assert_allclose(loss.gradient(), (2 / error.size) * error, rtol=1e-14)


def test_weights_of_a_call_are_forgotten_but_not_its_gradient() -> None:
    loss = MSE()
    loss(N, P, sample_weight=[0, 0, 0, 1])
    assert loss.sample_weight is None
    assert not loss.gradient()[:3].any()
    assert loss.gradient()[3].all()


def test_weights_of_steps() -> None:
    y_true, y_pred = N.reshape(2, 2, 3), P.reshape(2, 2, 3)
    steps = MeanAbsoluteError()(y_true, y_pred, sample_weight=[[1, 2], [0, 3]])
    values = np.abs(y_pred - y_true).mean(axis=-1)
    assert steps == pytest.approx((values * [[1, 2], [0, 3]]).sum() / 4)
    samples = MeanAbsoluteError()(y_true, y_pred, sample_weight=[1, 2])
    assert samples == pytest.approx((values * [[1], [2]]).sum() / 4)


def test_nothing_that_counts_is_zero_and_not_nan() -> None:
    ignoring = SparseCategoricalCrossentropy(ignore_class=-1)
    assert ignoring([-1, -1], [[0.5, 0.5], [0.1, 0.9]]) == 0
    assert not ignoring.gradient().any()
    weightless = MeanSquaredError("mean_with_sample_weight")
    assert weightless(N, P, sample_weight=np.zeros(4)) == 0


def test_ignored_labels_change_neither_value_nor_gradient() -> None:
    all_rows = SparseCategoricalCrossentropy(ignore_class=-1)
    value = all_rows([2, -1, 1, -1], PROB)
    gradient = all_rows.gradient()
    counted = SparseCategoricalCrossentropy()
    assert value == pytest.approx(counted([2, 1], PROB[::2]))
    np.testing.assert_allclose(gradient[::2], counted.gradient())
    assert not gradient[1::2].any()


def test_ignored_labels_have_no_weight() -> None:
    options: Any = {"reduction": "mean_with_sample_weight"}
    some = SparseCategoricalCrossentropy(ignore_class=-1, **options)
    value = some([2, -1, 1, -1], PROB, sample_weight=[1, 5, 3, 7])
    others = SparseCategoricalCrossentropy(**options)
    assert value == pytest.approx(others([2, 1], PROB[::2], sample_weight=[1, 3]))


def test_crossentropy_chooses_by_the_shapes() -> None:
    loss = losses.get("ce")
    assert isinstance(loss, Crossentropy)
    assert loss(LAB, PROB) == SparseCategoricalCrossentropy()(LAB, PROB)
    assert loss(LAB[:, None], PROB) == SparseCategoricalCrossentropy()(LAB, PROB)
    assert loss(ONE, PROB) == CategoricalCrossentropy()(ONE, PROB)
    assert loss(BIN[:, 0], PROB[:, :1]) == BinaryCrossentropy()(BIN[:, :1], PROB[:, :1])


def test_classes_along_another_axis() -> None:
    y_pred = np.ascontiguousarray(PROB[:, :, None] * np.array([1.0, 2.0]))
    labels = np.stack([LAB, LAB[::-1]], axis=1)
    loss = SparseCategoricalCrossentropy(axis=1)
    expected = SparseCategoricalCrossentropy()(labels, np.moveaxis(y_pred, 1, -1))
    assert loss(labels, y_pred) == pytest.approx(expected)
    check_loss(loss, labels, y_pred)
    one_hot = np.moveaxis(np.eye(3)[labels.astype(int)], -1, 1)
    categorical = CategoricalCrossentropy(axis=1)
    assert categorical(one_hot, y_pred) == pytest.approx(expected)
    check_loss(categorical, one_hot, y_pred)


# Extremes: finite values and gradients, and no warning from NumPy ---------------------

LOGITS = np.array([1e4, 0.0, -1e4])
EXTREMES: dict[str, tuple[Loss, Any, Any, float]] = {
    "binary logits 1e4": (BinaryCrossentropy(True), [[0]], [[1e4]], 1e4),
    "binary logits -100": (BinaryCrossentropy(True), [[1]], [[-100]], 100),
    "binary logits right": (BinaryCrossentropy(True), [[1]], [[1e4]], 0),
    "binary 0 for 1": (BinaryCrossentropy(), [[1.0]], [[0.0]], 16.118095),
    "binary 1 for 0": (BinaryCrossentropy(), [[0.0]], [[1.0]], 15.942385),
    "logits 1": (CategoricalCrossentropy(True), [[0, 0, 1]], [LOGITS], 2e4),
    "logits 2": (CategoricalCrossentropy(True), [[1, 0, 0]], [[-1e4] * 3], 1.0986123),
    "logits 3": (SparseCategoricalCrossentropy(True), [2], [[3e38, 3e38, 0]], 3e38),
    "0 for the class": (CategoricalCrossentropy(), [[1, 0]], [[0, 1]], 16.118095),
    "sparse": (SparseCategoricalCrossentropy(), [0], [[0, 1]], 16.118095),
    "renormalised": (SparseCategoricalCrossentropy(), [0], [[0.2] * 3], 1.0986123),
    "smoothed": (
        CategoricalCrossentropy(label_smoothing=0.1),
        [[0, 1, 0]],
        [[0.2, 0.7, 0.1]],
        0.46329743,
    ),
    "log-cosh": (LogCosh(), [[0.0, 0.0]], [[1e4, -1e4]], 1e4 - np.log(2)),
    "huber": (Huber(), [[0.0], [0.0]], [[0.5], [3.0]], 1.3125),
    "percent of 0": (MeanAbsolutePercentageError(), [[0.0]], [[1.0]], 1e9),
    "zero vector": (CosineSimilarity(), [[1.0, 0.0]], [[0.0, 0.0]], 0),
    "long vector": (CosineSimilarity(), [[1e30, 0.0]], [[3e30, 4e30]], -0.6),
    "divergence of 0": (KLDivergence(), [[0.0, 1.0]], [[1.0, 0.0]], 16.118094),
    "rate 0": (Poisson(), [[1.0]], [[0.0]], 16.118095),
    "negative counts": (MeanSquaredLogarithmicError(), [[-3.0]], [[-2.0]], 0),
}


@pytest.mark.parametrize("case", EXTREMES)
def test_extreme_predictions_in_float32(case: str) -> None:
    loss, y_true, y_pred, expected = EXTREMES[case]
    with np.errstate(all="raise", under="ignore"):
        value = loss(np.array(y_true, "float32"), np.array(y_pred, "float32"))
        gradient = loss.gradient()
    assert value == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert gradient.dtype == np.float32
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("case", LOSSES, ids=[repr(case.loss) for case in LOSSES])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_loss_is_finite_and_silent_far_out(case: LossCase, dtype: str) -> None:
    """Predictions of 0 and 1 where they are probabilities or counts, else of +-1e4."""
    loss = copy.deepcopy(case.loss)
    signs = np.random.default_rng(0).integers(-1, 2, case.y_pred.shape)
    far = np.maximum(signs, 0) if (case.y_pred > 0).all() else 1e4 * signs
    far[:, 0] = far.max()  # a share of nothing but zeros is none
    with np.errstate(all="raise", under="ignore"):
        value = loss(case.y_true.astype(dtype), far.astype(dtype))
        gradient = loss.gradient()
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "expected"),
    [
        (BinaryCrossentropy(), [[1, 0, 1, 0]], [[0, 1, 1, 0]], [[0, 0, 0, 0]]),
        (CategoricalCrossentropy(), [[1, 0, 0]], [[0, 0.5, 0.5]], [[0, 0, 0]]),
        (SparseCategoricalCrossentropy(), [0], [[0, 0.5, 0.5]], [[0, 0, 0]]),
        (KLDivergence(), [[0.5, 0.5, 0]], [[0, 0.7, 2]], [[0, -0.7142857142857144, 0]]),
    ],
    ids=repr,
)
def test_the_slope_of_a_clipped_prediction_is_0_as_in_keras(
    loss: SampleLoss, y_true: Any, y_pred: Any, expected: Any
) -> None:
    """By jax.grad, in float64: what is clipped does not change the loss."""
    loss(y_true, y_pred)
    np.testing.assert_allclose(loss.gradient(), expected, rtol=1e-12)


def test_a_vector_of_no_length_is_divided_by_a_constant() -> None:
    """A length of less than 1e-7 is clipped to it; Keras's slope is NaN at 0."""
    for prediction in ([0.0, 0.0], [9e-8, 0.0]):
        loss = CosineSimilarity()
        loss([[3, 4]], [prediction])
        np.testing.assert_allclose(loss.gradient() * 1e-7, [[-0.6, -0.8]])


# Wrong uses ---------------------------------------------------------------------------


def plain(y_true: Array, y_pred: Array) -> Array:
    return np.abs(y_true - y_pred)


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "a label too high": (
        lambda: SparseCategoricalCrossentropy()([5, 0], PROB[:2]),
        ValueError,
        r"the label 5 in row 0 is outside 0\.\.2: labels count the 3 classes from 0",
    ),
    "a label below 0": (
        lambda: SparseCategoricalCrossentropy()([0, -1], PROB[:2]),
        ValueError,
        r"label -1 in row 1 is outside 0\.\.2",
    ),
    "half a label": (
        lambda: SparseCategoricalCrossentropy()([1.5, 0], PROB[:2]),
        ValueError,
        r"label 1\.5 in row 0 is no whole number",
    ),
    "one-hot for sparse": (
        lambda: SparseCategoricalCrossentropy()(ONE, PROB),
        ShapeError,
        r"y has shape \(4, 3\), as if they were one-hot.*use CategoricalCrossentropy",
    ),
    "odd shape for sparse": (
        lambda: SparseCategoricalCrossentropy()(ONE[:, :2], PROB),
        ShapeError,
        r"y has shape \(4, 2\), but one label for each",
    ),
    "labels for categorical": (
        lambda: CategoricalCrossentropy()(LAB, PROB),
        ShapeError,
        r"y has shape \(4,\), one label a row.*use SparseCategoricalCrossentropy",
    ),
    "a column of labels for categorical": (
        lambda: CategoricalCrossentropy()(LAB[:, None], PROB),
        ShapeError,
        "use SparseCategoricalCrossentropy",
    ),
    "a softmax of one": (
        lambda: CategoricalCrossentropy()(BIN[:, :1], PROB[:, :1]),
        ValueError,
        "one output, whose probability is always 1: use BinaryCrossentropy",
    ),
    "a sparse softmax of one": (
        lambda: SparseCategoricalCrossentropy()(LAB, PROB[:, :1]),
        ValueError,
        "use BinaryCrossentropy",
    ),
    "targets of 2": (
        lambda: BinaryCrossentropy()([[0.0], [2.0]], [[0.5], [0.5]]),
        ValueError,
        "the target 2 in row 1 is no probability",
    ),
    "3 targets for 4": (
        lambda: MSE()(N[:3], P),
        ShapeError,
        "y_true has 3 samples, y_pred 4",
    ),
    "a number": (lambda: MSE()(1.0, 2.0), ShapeError, "must be arrays"),
    "weights, count": (
        lambda: MSE()(N, P, sample_weight=[1, 2]),
        ShapeError,
        r"sample_weight has shape \(2,\), but there are \(4,\) values",
    ),
    "weights, NaN": (
        lambda: MSE()(N, P, sample_weight=[np.nan, 1, 1, 1]),
        ValueError,
        "sample_weight has 1 element that is not finite",
    ),
    "no reduction": (
        lambda: MSE("none"),  # type: ignore[arg-type]
        ValueError,
        r"reduction='none' leaves a number for each sample.*each\(y_true, y_pred\)",
    ),
    "reduction": (
        lambda: MSE("average"),  # type: ignore[arg-type]
        ValueError,
        "reduction must be one of 'sum_over_batch_size', 'sum'.*got 'average'",
    ),
    "name": (lambda: MSE(name=3), TypeError, "name must be a string"),  # type: ignore[arg-type]
    "delta": (lambda: Huber(-1.0), ValueError, "Huber: delta must be"),
    "smoothing": (
        lambda: BinaryCrossentropy(label_smoothing=1.5),
        ValueError,
        "label_smoothing must be at most 1",
    ),
    "from_logits": (
        lambda: CategoricalCrossentropy("yes"),  # type: ignore[arg-type]
        TypeError,
        "from_logits must be True or False",
    ),
    "axis 0": (lambda: CosineSimilarity(axis=0), ValueError, "axis=0 is the batch"),
    "axis 2": (
        lambda: CosineSimilarity(axis=2)(N, P),
        ValueError,
        "axis=2, but the predictions of a batch have 2 axes",
    ),
    "a function of one's own": (
        lambda: losses.get(plain),
        TypeError,
        "the function plain gives no gradient.*class MyLoss.*SampleLoss",
    ),
    "a class": (lambda: losses.get(Huber), TypeError, "Huber is a class"),
    "a typo": (
        lambda: losses.get("binary_crossentrop"),
        ValueError,
        "did you mean 'binary_crossentropy'",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_answered(case: str) -> None:
    call, error, message = WRONG[case]
    with pytest.raises(error, match=message):
        call()


def test_a_loss_of_ones_own_may_have_other_targets() -> None:
    class Labels(Loss):
        def check_targets(self, y: Array, output_shape: Any) -> Array:
            return y

        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            self._error = y_pred - y_true[:, None]
            return float((self._error**2).sum())

        def gradient(self) -> Array:
            return 2 * self._error

    assert Labels()([1, 2], [[1.0, 1.0], [2.0, 4.0]]) == 4
    check_loss(Labels(), LAB, P)


def classifier(loss: Loss | str, bias: list[float], activation: str) -> Sequential:
    """Return a model that predicts its biases, whatever it is given."""
    layer = Dense(len(bias), activation, kernel_initializer="zeros")
    model = Sequential([Input((2,)), layer])
    layer.bias.value = np.array(bias)
    model.compile("sgd", loss)
    return model


RAW: dict[str, tuple[Loss | str, list[float], Any, str]] = {
    "binary": (
        "binary_crossentropy",
        [-0.3125],
        [0, 1],
        r"BinaryCrossentropy takes probabilities, but the model predicts -0\.3125: end "
        r"it with activation 'sigmoid', or take BinaryCrossentropy\(from_logits=True\)",
    ),
    "binary, above 1": ("binary_crossentropy", [1.5], [0, 1], "predicts 1.5"),
    "categorical": (
        "categorical_crossentropy",
        [2.0, -1.0],
        [[0, 1], [1, 0]],
        r"CategoricalCrossentropy .* predicts -1: .*'softmax', or take Categorical",
    ),
    "sparse": (
        SparseCategoricalCrossentropy(ignore_class=-1),
        [2.0, -1.0],
        [-1, 1],
        r"SparseCategoricalCrossentropy .* predicts -1: .*'softmax'",
    ),
    "chosen by the shapes": ("crossentropy", [-3.0], [0, 1], "BinaryCrossentropy"),
    "divergence": (
        "kl_divergence",
        [0.5, 1.5],
        [[0, 1], [1, 0]],
        "KLDivergence .* predicts 1.5: end it with activation 'softmax'$",
    ),
}


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch", "check_model"])
@pytest.mark.parametrize("case", RAW)
def test_outputs_that_are_no_probabilities_are_refused(case: str, method: str) -> None:
    loss, bias, y, message = RAW[case]
    model = classifier(loss, bias, "linear")
    before = model.get_weights()
    data = np.ones((2, 2)), np.array(y, float)
    run = getattr(model, method, partial(check_model, model))
    with pytest.raises(ValueError, match=message):
        run(*data)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("loss", "bias", "activation"),
    [
        ("binary_crossentropy", [3.0, -3.0], "sigmoid"),
        ("binary_crossentropy", [1 + 1e-6, -1e-6], "linear"),  # rounded
        ("binary_crossentropy", [1.0, 0.0], "linear"),
        (BinaryCrossentropy(from_logits=True), [3.0, -3.0], "linear"),
        ("categorical_crossentropy", [3.0, -3.0], "softmax"),
        ("categorical_crossentropy", [7.0, 0.5], "linear"),  # divided by their sum
        ("categorical_crossentropy", [3.0, -3.0], "exponential"),
        (CategoricalCrossentropy(from_logits=True), [3.0, -3.0], "linear"),
        ("kl_divergence", [1.0, 1.0], "linear"),
        ("mse", [3.0, -3.0], "linear"),
    ],
)
def test_what_may_be_a_probability_is_trained_on(
    loss: Loss | str, bias: list[float], activation: str
) -> None:
    model = classifier(loss, bias, activation)
    model.train_on_batch([[1.0, 2.0], [2.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize("raw", [np.inf, np.nan])
def test_predictions_that_are_not_finite_keep_their_sentence(raw: float) -> None:
    model = classifier("binary_crossentropy", [raw, -2.0], "linear")
    with pytest.raises(DivergenceError, match="layer 'dense'"):
        model.train_on_batch([[1.0, 2.0]], [[1.0, 0.0]])


def test_a_call_of_a_crossentropy_clips_as_keras_does() -> None:
    assert BinaryCrossentropy()([[0.0]], [[-0.5]]) == pytest.approx(1e-7)
    assert BinaryCrossentropy()([[1.0]], [[-0.5]]) == pytest.approx(-np.log(1e-7))


def test_predictions_are_looked_at_once() -> None:
    class Curious(MSE):
        seen: ClassVar[list[Any]] = []

        def check_predictions(self, y_pred: Array, /) -> None:
            self.seen.append(y_pred.shape)

    model = classifier(Curious(), [0.0], "linear")
    model.fit(np.ones((9, 2)), np.ones(9), batch_size=3, epochs=4, verbose=0)
    model.evaluate(np.ones((9, 2)), np.ones(9))
    assert Curious.seen == [(2, 1)]


@pytest.mark.parametrize(
    ("loss", "y"),
    [(CategoricalCrossentropy(), [[0.0, 1.0]]), (SparseCategoricalCrossentropy(), [1])],
)
def test_probabilities_whose_sum_is_0_are_explained(loss: Loss, y: Any) -> None:
    model = classifier(loss, [-1.0, -1.0], "relu")
    expected = f"{type(loss).__name__} divides probabilities by their sum, which is 0"
    with pytest.raises(NonFiniteError, match=expected):
        model.evaluate([[1.0, 2.0]], y)
    assert BinaryCrossentropy().explain(np.zeros((1, 2))) == ""  # which has a loss
