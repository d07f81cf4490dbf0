"""One example of everything; each row gets the whole battery of `test_battery.py`.

A new class is one more row.
"""

import inspect
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from minidl import Sequential, losses, metrics
from minidl.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from minidl.callbacks.callback import Logs
from minidl.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from minidl.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Initializer,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from minidl.initializers import Identity as IdentityMatrix
from minidl.layers import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Activation,
    AlphaDropout,
    BatchNormalization,
    Dense,
    Dropout,
    Exponential,
    Flatten,
    GaussianDropout,
    GaussianNoise,
    HardShrink,
    HardSigmoid,
    HardSiLU,
    HardTanh,
    Identity,
    Layer,
    LayerNormalization,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    Normalization,
    Permute,
    PReLU,
    ReLU,
    RepeatVector,
    Rescaling,
    Reshape,
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
from minidl.losses import (
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
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from minidl.metrics import (
    AUC,
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    ConfusionMatrix,
    F1Score,
    FalseNegatives,
    FalsePositives,
    FBetaScore,
    LogCoshError,
    Mean,
    MeanMetricWrapper,
    Metric,
    Precision,
    R2Score,
    Recall,
    RootMeanSquaredError,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    Statistic,
    Sum,
    TopKCategoricalAccuracy,
    TrueNegatives,
    TruePositives,
)
from minidl.optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    Optimizer,
    RMSprop,
)
from minidl.regularizers import L1, L1L2, L2, Regularizer
from minidl.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from minidl.types import Array, Shape


@dataclass
class LayerCase:
    layer: Layer
    input_shape: Shape
    formula: bool = True  # whether its docstring states one that can be executed


LAYERS = [
    LayerCase(Dense(3, kernel_initializer="random_normal"), (4,)),
    LayerCase(Dense(2, use_bias=False, input_shape=(2,)), (2,), formula=False),
    LayerCase(Dense(2, activation="sigmoid", name="out"), (3,), formula=False),
    LayerCase(
        Dense(2, activation="tanh", activity_regularizer=L1L2(0.1, 0.2)),
        (3,),
        formula=False,
    ),
    LayerCase(Dense(2, activation=ReLU(), trainable=False), (3,), formula=False),
    LayerCase(
        Dense(
            2,
            kernel_regularizer="l2",
            bias_regularizer=L1(0.1),
            kernel_constraint=MaxNorm(1.5),
            bias_constraint="non_neg",
        ),
        (3,),
        formula=False,
    ),
    LayerCase(Identity(), (3,)),
    LayerCase(Sigmoid(), (3,)),
    LayerCase(Tanh(), (2, 3)),
    LayerCase(ReLU(), (4,)),
    LayerCase(ReLU(1.5, negative_slope=0.1, threshold=0.2), (4,), formula=False),
    LayerCase(LeakyReLU(), (4,)),
    LayerCase(PReLU(), (4,)),
    LayerCase(PReLU("random_normal", shared_axes=(1, 2)), (3, 2, 4), formula=False),
    LayerCase(PReLU("ones", L2(0.2), "non_neg"), (4,), formula=False),
    LayerCase(ELU(), (4,)),
    LayerCase(ELU(0.5), (4,)),
    LayerCase(CELU(2.0), (4,)),
    LayerCase(SELU(), (4,)),
    LayerCase(GELU(), (4,)),
    LayerCase(GELU(approximate=True), (4,), formula=False),
    LayerCase(GLU(), (4,)),
    LayerCase(GLU(axis=1), (4, 3)),
    LayerCase(SiLU(), (4,)),
    LayerCase(HardSiLU(), (4,)),
    LayerCase(Mish(), (4,)),
    LayerCase(HardSigmoid(), (4,)),
    LayerCase(LogSigmoid(), (4,)),
    LayerCase(SparseSigmoid(), (4,)),
    LayerCase(HardTanh(), (4,)),
    LayerCase(Softsign(), (4,)),
    LayerCase(Exponential(), (4,)),
    LayerCase(Softplus(), (4,)),
    LayerCase(Squareplus(), (4,)),
    LayerCase(Squareplus(1.0), (4,)),
    LayerCase(SparsePlus(), (4,)),
    LayerCase(TanhShrink(), (4,)),
    LayerCase(SoftShrink(), (4,)),
    LayerCase(HardShrink(0.25), (4,)),
    LayerCase(Threshold(0.25, -2.0), (4,)),
    LayerCase(Softmax(), (4,)),
    LayerCase(Softmax(axis=(1, 2)), (2, 3)),
    LayerCase(LogSoftmax(), (4,)),
    LayerCase(LogSoftmax(axis=1), (2, 3)),
    LayerCase(Sparsemax(), (4,)),
    LayerCase(Sparsemax(axis=1), (4, 2)),
    LayerCase(Activation("tanh"), (3,), formula=False),
    LayerCase(Activation("leaky_relu"), (3,), formula=False),
    LayerCase(Dense(4, activation="glu"), (3,), formula=False),
    LayerCase(Dense(3, activation="softmax"), (2, 4), formula=False),
    LayerCase(Dense(2), (2, 3, 4), formula=False),
    LayerCase(Dropout(0.4, seed=3), (4,)),
    LayerCase(Dropout(0.4, noise_shape=(None, 1, 3)), (4, 3), formula=False),
    LayerCase(GaussianNoise(0.3), (4,)),
    LayerCase(GaussianDropout(0.4, seed=3), (4,)),
    LayerCase(AlphaDropout(0.4), (4,)),
    LayerCase(BatchNormalization(momentum=0.75), (3,)),
    LayerCase(BatchNormalization(1, center=False), (3, 2, 2), formula=False),
    LayerCase(BatchNormalization(scale=False), (2, 3), formula=False),
    LayerCase(BatchNormalization(trainable=False), (3,), formula=False),
    LayerCase(
        BatchNormalization(beta_regularizer="l1", gamma_constraint=MaxNorm(1.5)),
        (3,),
        formula=False,
    ),
    LayerCase(LayerNormalization(), (4,)),
    LayerCase(
        LayerNormalization(gamma_regularizer="l2", beta_constraint="non_neg"),
        (4,),
        formula=False,
    ),
    LayerCase(LayerNormalization((1, -1), scale=False), (2, 3, 2), formula=False),
    LayerCase(LayerNormalization((2, 3), center=False), (2, 3, 2), formula=False),
    LayerCase(Normalization(), (3,)),
    LayerCase(Normalization(None, 1.5, 4.0, invert=True), (2, 3)),
    LayerCase(Normalization(1, [1, 2], [0.5, 4]), (2, 3), formula=False),
    LayerCase(Rescaling(0.25, offset=-1), (3,)),
    LayerCase(Flatten(), (2, 3)),
    LayerCase(Reshape((3, -1)), (2, 6)),
    LayerCase(Permute((2, 3, 1)), (2, 3, 4)),
    LayerCase(RepeatVector(3), (2,)),
    LayerCase(Sequential([Dense(4), Sigmoid(), Dense(2)]), (3,), formula=False),
    LayerCase(
        Sequential([Sequential([Dense(3, "tanh")]), Sequential([Dense(2)])], seed=1),
        (2,),
        formula=False,
    ),
]
_random = np.random.default_rng(7)
NUMBERS, OTHERS = _random.normal(size=(2, 5, 3))
POSITIVE, RATES = _random.uniform(0.2, 3.0, size=(2, 5, 3))
CHANCES, SHARES = _random.uniform(0.05, 0.95, size=(2, 5, 3))
BITS = np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0], [1, 0, 1], [0, 1, 0]], float)
SIGNS = 2 * BITS - 1
LABELS = np.array([2, 0, 1, 1, 2], float)
ONE_HOT = np.eye(3)[LABELS.astype(int)]


@dataclass
class LossCase:
    loss: Loss
    y_true: Array
    y_pred: Array
    formula: tuple[str, ...] = ("Forward", "Gradient")  # what of its docstring to run


LOSSES = [
    LossCase(MeanSquaredError(), NUMBERS, OTHERS),
    LossCase(MeanSquaredError("sum", name="squares"), NUMBERS, OTHERS, ()),
    LossCase(MeanAbsoluteError(), NUMBERS, OTHERS),
    LossCase(MeanAbsolutePercentageError(), NUMBERS, OTHERS),
    LossCase(MeanSquaredLogarithmicError(), POSITIVE, RATES),
    LossCase(MeanSquaredLogarithmicError(), NUMBERS, OTHERS),
    LossCase(Huber(), NUMBERS, OTHERS),
    LossCase(Huber(0.3, "mean_with_sample_weight"), NUMBERS, OTHERS),
    LossCase(LogCosh(), NUMBERS, OTHERS),
    LossCase(Poisson(), POSITIVE, RATES),
    LossCase(CosineSimilarity(), NUMBERS, OTHERS),
    LossCase(CosineSimilarity(axis=1), NUMBERS[:, :, None], OTHERS[:, :, None], ()),
    LossCase(KLDivergence(), CHANCES, SHARES),
    LossCase(BinaryCrossentropy(), BITS, CHANCES),
    LossCase(BinaryCrossentropy(label_smoothing=0.2), BITS, CHANCES, ()),
    LossCase(BinaryCrossentropy(from_logits=True), BITS, OTHERS, ("Logits",)),
    LossCase(CategoricalCrossentropy(), ONE_HOT, CHANCES),
    LossCase(CategoricalCrossentropy(), SHARES, CHANCES),
    LossCase(CategoricalCrossentropy(label_smoothing=0.2), ONE_HOT, CHANCES, ()),
    LossCase(CategoricalCrossentropy(from_logits=True), ONE_HOT, OTHERS, ("Logits",)),
    LossCase(CategoricalCrossentropy(from_logits=True), SHARES, OTHERS, ("Logits",)),
    LossCase(SparseCategoricalCrossentropy(), LABELS, CHANCES),
    LossCase(SparseCategoricalCrossentropy(ignore_class=2), LABELS, CHANCES, ()),
    LossCase(SparseCategoricalCrossentropy(True), LABELS, OTHERS, ("Logits",)),
    LossCase(Crossentropy(), LABELS, CHANCES, ()),
    LossCase(Crossentropy(), ONE_HOT, CHANCES, ()),
    LossCase(Crossentropy(), BITS[:, 1:2], CHANCES[:, :1], ()),
    LossCase(Hinge(), SIGNS, OTHERS),
    LossCase(Hinge(), BITS, OTHERS, ()),
    LossCase(SquaredHinge(), SIGNS, OTHERS),
    LossCase(CategoricalHinge(), ONE_HOT, OTHERS),
    LossCase(CategoricalHinge(), ONE_HOT, OTHERS + 3 * ONE_HOT),  # some lack nothing
]


@dataclass
class MetricCase:
    metric: Metric
    y_true: Array
    y_pred: Array
    formula: bool = True  # whether that of its docstring has this case


METRICS = [
    MetricCase(Accuracy(), BITS, np.round(CHANCES)),
    MetricCase(BinaryAccuracy(), BITS, CHANCES),
    MetricCase(BinaryAccuracy("right", threshold=0.3), BITS, CHANCES),
    MetricCase(CategoricalAccuracy(), ONE_HOT, CHANCES),
    MetricCase(SparseCategoricalAccuracy(), LABELS, CHANCES),
    MetricCase(TopKCategoricalAccuracy(k=2), ONE_HOT, CHANCES),
    MetricCase(SparseTopKCategoricalAccuracy(k=2), LABELS, CHANCES),
    MetricCase(TruePositives(), BITS, CHANCES),
    MetricCase(FalsePositives(0.3), BITS, CHANCES),
    MetricCase(TrueNegatives([0.3, 0.8]), BITS, CHANCES),
    MetricCase(FalseNegatives(), BITS, CHANCES),
    MetricCase(Precision(), BITS, CHANCES),
    MetricCase(Precision([0.7, 0.2]), BITS, CHANCES),
    MetricCase(Precision(top_k=2), BITS, CHANCES, formula=False),
    MetricCase(Recall(), BITS, CHANCES),
    MetricCase(Recall(class_id=1), BITS, CHANCES, formula=False),
    MetricCase(F1Score(threshold=0.5), BITS, CHANCES),
    MetricCase(F1Score("macro"), ONE_HOT, CHANCES, formula=False),
    MetricCase(FBetaScore(beta=2.0, threshold=0.5), BITS, CHANCES),
    MetricCase(FBetaScore("weighted", 0.5), ONE_HOT, CHANCES, formula=False),
    MetricCase(FBetaScore("micro", 0.5), ONE_HOT, CHANCES, formula=False),
    MetricCase(AUC(), BITS, CHANCES),
    MetricCase(AUC(7), BITS, CHANCES),
    MetricCase(AUC(20, "PR"), BITS, CHANCES, formula=False),
    MetricCase(AUC(thresholds=[0.3, 0.6]), BITS, CHANCES, formula=False),
    MetricCase(AUC(from_logits=True), BITS, OTHERS, formula=False),
    MetricCase(ConfusionMatrix(3), LABELS, CHANCES),
    MetricCase(metrics.MeanSquaredError(), NUMBERS, OTHERS),
    MetricCase(RootMeanSquaredError(), NUMBERS, OTHERS),
    MetricCase(metrics.MeanAbsoluteError("far"), NUMBERS, OTHERS),
    MetricCase(metrics.MeanAbsolutePercentageError(), NUMBERS, OTHERS),
    MetricCase(metrics.MeanSquaredLogarithmicError(), POSITIVE, RATES),
    MetricCase(LogCoshError(), NUMBERS, OTHERS),
    MetricCase(R2Score(), NUMBERS, OTHERS),
    MetricCase(R2Score(None), NUMBERS, OTHERS, formula=False),
    MetricCase(R2Score("variance_weighted_average"), NUMBERS, OTHERS, formula=False),
    MetricCase(metrics.CosineSimilarity(), NUMBERS, OTHERS),
    MetricCase(metrics.KLDivergence(), CHANCES, SHARES),
    MetricCase(metrics.Poisson(), POSITIVE, RATES),
    MetricCase(metrics.BinaryCrossentropy(), BITS, CHANCES),
    MetricCase(metrics.BinaryCrossentropy(from_logits=True), BITS, OTHERS, False),
    MetricCase(metrics.CategoricalCrossentropy(), ONE_HOT, CHANCES),
    MetricCase(
        metrics.CategoricalCrossentropy(label_smoothing=0.2), ONE_HOT, CHANCES, False
    ),
    MetricCase(metrics.SparseCategoricalCrossentropy(), LABELS, CHANCES),
    MetricCase(
        metrics.SparseCategoricalCrossentropy(ignore_class=2), LABELS, CHANCES, False
    ),
    MetricCase(metrics.Hinge(), SIGNS, OTHERS),
    MetricCase(metrics.SquaredHinge(), SIGNS, OTHERS),
    MetricCase(metrics.CategoricalHinge(), ONE_HOT, OTHERS),
    MetricCase(MeanMetricWrapper(losses.huber, delta=0.3), NUMBERS, OTHERS, False),
]
NUMBERS_ALONE: list[Statistic] = [Mean(), Sum(), Mean("level")]  # nothing is compared
OPTIMIZERS: list[Optimizer] = [
    SGD(),
    SGD(learning_rate=0.1, momentum=0.9),
    SGD(learning_rate=0.1, momentum=0.9, nesterov=True),
    SGD(0.1, weight_decay=0.1),
    SGD(0.1, clipvalue=0.3),
    SGD(ExponentialDecay(0.1, 3, 0.5), clipnorm=0.5),
    Adagrad(),
    Adagrad(0.1, initial_accumulator_value=0.0, epsilon=0.01),
    RMSprop(),
    RMSprop(0.1, momentum=0.5),
    RMSprop(0.1, centered=True),
    RMSprop(0.1, rho=0.7, momentum=0.5, centered=True),
    Adadelta(),
    Adam(),
    Adam(0.1, beta_2=0.5, amsgrad=True, global_clipnorm=0.5),
    AdamW(),
    AdamW(CosineDecay(0.1, 8), weight_decay=0.3),
    Adamax(),
    Nadam(),
    Lion(),
]
SCHEDULES: list[LearningRateSchedule] = [
    PiecewiseConstantDecay([3, 7], [0.3, 0.2, 0.1]),
    ExponentialDecay(0.1, 4, 0.5),
    ExponentialDecay(0.1, 4, 0.5, staircase=True),
    InverseTimeDecay(0.1, 4, 0.5),
    InverseTimeDecay(0.1, 4, 0.5, staircase=True),
    PolynomialDecay(0.1, 8),
    PolynomialDecay(0.1, 4, 0.01, power=2.0, cycle=True),
    CosineDecay(0.1, 8),
    CosineDecay(0.1, 8, alpha=0.2),
    CosineDecay(0.01, 6, alpha=0.1, warmup_target=0.1, warmup_steps=4),
    CosineDecayRestarts(0.1, 3),
    CosineDecayRestarts(0.1, 3, t_mul=1.0, m_mul=0.5, alpha=0.1),
    CosineDecayRestarts(0.1, 2.5, t_mul=1.5, m_mul=0.8),
]
REGULARIZERS: list[Regularizer] = [L1(), L2(0.1), L1L2(), L1L2(l1=0.1, l2=0.2)]
CONSTRAINTS: list[Constraint] = [
    NonNeg(),
    UnitNorm(),
    UnitNorm(axis=(0, 1)),
    MaxNorm(),
    MaxNorm(0.5, axis=1),
    MinMaxNorm(0.5, 1.5),
    MinMaxNorm(0.5, 1.5, rate=0.3, axis=-1),
]
INITIALIZERS: list[Initializer] = [
    Zeros(),
    Ones(),
    Constant(0.5),
    RandomUniform(-1, 2),
    RandomNormal(1.0, 0.5),
    GlorotUniform(seed=3),
    GlorotNormal(),
    HeUniform(),
    HeNormal(seed=1),
    LecunUniform(),
    LecunNormal(),
    TruncatedNormal(1.0, 0.5),
    VarianceScaling(),
    VarianceScaling(2.0, "fan_out", "untruncated_normal"),
    Orthogonal(gain=2.0),
    IdentityMatrix(0.5),
]


def halved(epoch: int, rate: float) -> float:
    return rate / 2


def nothing(epoch: int, logs: Logs | None) -> None:
    """Do nothing, as a function that can be pickled."""


CALLBACKS: list[Callback] = [
    Callback(),
    History(),
    LambdaCallback(on_epoch_end=nothing),
    LearningRateScheduler(halved),
    EarlyStopping("loss"),
    EarlyStopping("loss", min_delta=0.5, patience=1, restore_best_weights=True),
    ReduceLROnPlateau("loss", 0.5, patience=1, min_delta=0.5),
    TerminateOnNaN(),
    CSVLogger("epochs.csv"),
    CSVLogger("epochs.csv", ";", append=True),
    ModelCheckpoint("best.safetensors", "loss", save_best_only=True),
    ModelCheckpoint("{epoch}.safetensors", save_weights_only=True, save_freq=2),
    BackupAndRestore("backup"),
]


def classes_of(module: ModuleType, base: type) -> set[type]:
    """Return the classes of a family that a module has, those that can be made."""
    return {
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, base)
        and not inspect.isabstract(value)
    }
