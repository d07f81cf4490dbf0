"""Every wrong use is refused in one sentence: where, what came, what was expected.

`test_data.py` does the same for arrays: those of users and those of their layers.
"""

import math
import re
import sys
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import numpy as np
import pytest

import minidl
from minidl import (
    constraints,
    initializers,
    layers,
    losses,
    optimizers,
    plotting,
    regularizers,
)
from minidl.callbacks import History
from minidl.errors import (
    NonFiniteError,
    NotBuiltError,
    NotCompiledError,
    NotForwardedError,
    ShapeError,
)

# All of these are used wrongly on purpose, so the type checkers shall not look.
Sequential: Any = minidl.Sequential
Input: Any = layers.Input
Dense: Any = layers.Dense
ReLU: Any = layers.ReLU
Activation: Any = layers.Activation
SGD: Any = optimizers.SGD
MSE: Any = losses.MSE
GlorotUniform: Any = initializers.GlorotUniform
RandomUniform: Any = initializers.RandomUniform
RandomNormal: Any = initializers.RandomNormal
Constant: Any = initializers.Constant
plot_fit: Any = plotting.plot_fit

Refusals: TypeAlias = dict[str, tuple[Callable[[], object], type[Exception], str]]
"""By name: a call, the error that it must raise and a pattern of its message."""

X = np.arange(18.0).reshape(6, 3) / 18
Y = X.sum(axis=1, keepdims=True)
NAN, INF = math.nan, math.inf


def compiled(*parts: object, **options: object) -> Any:
    """Return a compiled model that has seen no data."""
    model = Sequential(parts or [Dense(4), Dense(1)], seed=0, **options)
    model.compile("sgd", "mse")
    return model


def built() -> Any:
    return compiled(Input((3,)), Dense(4), Dense(1))


def fit(*parts: object, **options: Any) -> object:
    return compiled(*parts).fit(X, Y, **{"verbose": 0, **options})


def check(refusals: Refusals, case: str) -> None:
    call, error, message = refusals[case]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


# Hyperparameters ----------------------------------------------------------------------

COUNTS: tuple[object, ...] = (0, -3, 2.5, 3.0, NAN, INF, "3", True, [3], {})
REALS = (NAN, INF, -INF, "0.1", True, None, 1j, [0.1])
FLAGS = (1, 0.0, "yes", None)
RATE = "learning_rate"

HYPERPARAMETERS: list[tuple[str, str, Callable[[Any], object], tuple[object, ...]]] = [
    ("Dense", "units", Dense, (*COUNTS, None)),
    ("Dense", "use_bias", lambda v: Dense(1, use_bias=v), FLAGS),
    ("Dense", "trainable", lambda v: Dense(1, trainable=v), FLAGS),
    ("Dense", "name", lambda v: Dense(1, name=v), ("", "a\nb", 3, True, b"a")),
    ("Dense", "input_shape", lambda v: Dense(1, input_shape=v), (3, "3", b"3", {3})),
    ("Dense", "input_dim", lambda v: Dense(1, input_dim=v), COUNTS),
    ("Dense", "input_dim", lambda v: Dense(1, input_dim=3, input_shape=v), ((3,),)),
    ("Input", "shape", Input, (3, "3", None, b"3", {3}, {3: 4})),
    ("Input", "name", lambda v: Input((3,), name=v), ("", "a\nb", 3, True)),
    ("Sequential", "seed", lambda v: Sequential(seed=v), COUNTS[1:]),
    ("Sequential", "dtype", lambda v: Sequential(dtype=v), ("float16", "f", int, 64)),
    ("Sequential", "dtype", lambda v: Sequential(dtype=v), (None, np.float16, X[0])),
    ("Sequential", "trainable", lambda v: Sequential(trainable=v), FLAGS),
    ("Sequential", "name", lambda v: Sequential(name=v), ("", 3)),
    ("SGD", RATE, SGD, (-0.1, *REALS)),
    ("SGD", RATE, lambda v: setattr(SGD(), RATE, v), (-0.1, *REALS)),
    ("SGD", "momentum", lambda v: SGD(0.1, v), (-0.1, 1.0, 1.5, *REALS)),
    ("SGD", "nesterov", lambda v: SGD(0.1, nesterov=v), FLAGS),
    ("Constant", "value", Constant, REALS),
    ("RandomUniform", "minval", lambda v: RandomUniform(minval=v), REALS),
    ("RandomUniform", "maxval", lambda v: RandomUniform(maxval=v), (-0.1, *REALS)),
    ("RandomNormal", "mean", lambda v: RandomNormal(mean=v), REALS),
    ("RandomNormal", "stddev", lambda v: RandomNormal(stddev=v), (-0.1, *REALS)),
    ("GlorotUniform", "seed", GlorotUniform, COUNTS[1:]),
    ("fit", "batch_size", lambda v: fit(batch_size=v), COUNTS),
    ("fit", "epochs", lambda v: fit(epochs=v), (None, *COUNTS[1:])),
    ("fit", "initial_epoch", lambda v: fit(initial_epoch=v), (None, *COUNTS[1:])),
    ("fit", "validation_split", lambda v: fit(validation_split=v), (1.0, 1.5, -0.1)),
    ("fit", "validation_split", lambda v: fit(validation_split=v), REALS),
    ("fit", "shuffle", lambda v: fit(shuffle=v), (1, "batch", None)),
    ("fit", "verbose", lambda v: fit(verbose=v), (3, -1, 1.5, None, [1], X[0])),
    ("evaluate", "batch_size", lambda v: built().evaluate(X, Y, v), COUNTS),
    ("evaluate", "verbose", lambda v: built().evaluate(X, Y, verbose=v), (3, 1.5)),
    ("predict", "batch_size", lambda v: built().predict(X, v), COUNTS),
    ("predict", "verbose", lambda v: built().predict(X, verbose=v), ("yes", 3)),
]


@pytest.mark.parametrize(
    ("owner", "argument", "call", "value"),
    [
        pytest.param(owner, argument, call, value, id=f"{owner} {argument}={value!r}")
        for owner, argument, call, values in HYPERPARAMETERS
        for value in values
    ],
)
def test_wrong_hyperparameter(
    owner: str, argument: str, call: Callable[[Any], object], value: object
) -> None:
    said = rf"{owner}.*{argument}.*{re.escape(repr(value))}"
    with pytest.raises((TypeError, ValueError), match=said):
        call(value)


def test_number_too_large_for_a_float() -> None:
    with pytest.raises(ValueError, match="SGD: learning_rate must be"):
        SGD(10**400)


@pytest.mark.parametrize(
    "given", [3, "xy", {"x": X, "y": Y}, (X, Y, Y, Y), X], ids=type
)
def test_wrong_validation_data(given: object) -> None:
    said = rf"fit\(\): validation_data must be .*\(x, y\).*{type(given).__name__}"
    with pytest.raises(TypeError, match=said):
        fit(validation_data=given)


@pytest.mark.parametrize("axis", [0, -1, 2.5, "3", True, None], ids=repr)
@pytest.mark.parametrize("make", [Input, lambda shape: Dense(1, input_shape=shape)])
def test_wrong_axis_of_a_shape(make: Callable[[object], object], axis: object) -> None:
    with pytest.raises((TypeError, ValueError), match=f"shape.*{axis!r}"):
        make((3, axis))


# Names, classes and things instead of objects -----------------------------------------

FAMILIES: dict[str, tuple[Callable[[Any], object], str, str, type]] = {
    "activation": (Activation, "sigmoyd", "sigmoid", layers.ReLU),
    "activation of Dense": (lambda v: Dense(1, v), "rellu", "relu", layers.ReLU),
    "kernel_initializer": (
        lambda v: Dense(1, kernel_initializer=v),
        "glorot_unifrom",
        "glorot_uniform",
        initializers.Zeros,
    ),
    "bias_initializer": (
        lambda v: Dense(1, bias_initializer=v),
        "zeroes",
        "zeros",
        initializers.Zeros,
    ),
    "kernel_regularizer": (
        lambda v: Dense(1, kernel_regularizer=v),
        "l22",
        "l2",
        regularizers.L2,
    ),
    "bias_constraint": (
        lambda v: Dense(1, bias_constraint=v),
        "max_nrm",
        "max_norm",
        constraints.MaxNorm,
    ),
    "loss": (lambda v: Sequential().compile("sgd", v), "mes", "mse", losses.MSE),
    "optimizer": (lambda v: Sequential().compile(v, "mse"), "sdg", "sgd", SGD),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_unknown_name(family: str) -> None:
    make, wrong, near, _ = FAMILIES[family]
    with pytest.raises(ValueError, match=rf"unknown \w+ '{wrong}'.*mean.*'{near}'"):
        make(wrong)
    with pytest.raises(ValueError, match=rf"unknown \w+ 'qqqq'.*known are.*'{near}'"):
        make("qqqq")
    with pytest.raises(ValueError, match=rf"(?i)mean.*'{near}'"):
        make(near.upper() + "_")


@pytest.mark.parametrize("family", FAMILIES)
def test_class_instead_of_instance(family: str) -> None:
    make, _, _, cls = FAMILIES[family]
    with pytest.raises(TypeError, match=f"{cls.__name__} is a class: .*instance"):
        make(cls)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("given", [3, np.tanh, [], True, b"relu"], ids=repr)
def test_something_else_altogether(family: str, given: object) -> None:
    make, _, near, _ = FAMILIES[family]
    with pytest.raises(TypeError, match=rf"{re.escape(repr(given))} is no .*'{near}'"):
        make(given)


def from_config(class_name: object, config: object) -> object:
    return Sequential([{"class_name": class_name, "config": config}])


NO_LAYERS: Refusals = {
    "a number": (lambda: Sequential([3]), TypeError, r"3 is no layer.*\w$"),
    "None": (lambda: Sequential([None]), TypeError, r"None is no layer.*\w$"),
    "a function": (lambda: Sequential([np.tanh]), TypeError, r"tanh.*no layer.*\w$"),
    "a string": (lambda: Sequential(["relu"]), TypeError, r"Activation\('relu'\)"),
    "a string for all": (lambda: Sequential("relu"), TypeError, "list of layers"),
    "a layer for all": (lambda: Sequential(ReLU()), TypeError, "list of layers"),
    "a number for all": (lambda: Sequential(3), TypeError, "list of layers"),
    "a class for all": (lambda: Sequential(Dense), TypeError, "list of layers"),
    "a class": (lambda: Sequential([Dense]), TypeError, r"Dense is a class: .*Dense\("),
    "the class Input": (lambda: Sequential([Input]), TypeError, "Input is a class"),
    "no activation": (lambda: Activation("Activation"), ValueError, "unknown activ"),
    "an unknown class": (lambda: from_config("Dens", {}), ValueError, "'Dense'"),
    "a class of 3": (lambda: from_config(3, {}), TypeError, "class_name.*3"),
    "a config of 3": (lambda: from_config("Dense", 3), TypeError, "config.*3"),
}


# The chain ----------------------------------------------------------------------------


def nested_twice() -> object:
    layer = Dense(1)
    return Sequential([layer, Sequential([ReLU(), layer])])


def in_itself() -> object:
    model = Sequential([Dense(1)])
    return model.add(model)


CHAIN: Refusals = {
    "a layer twice": (
        lambda: Sequential([ReLU()] * 2),
        ValueError,
        "layer 're_lu' is in model 'sequential' already.*second layer",
    ),
    "a layer twice, nested": (nested_twice, ValueError, "already"),
    "an activation twice": (
        lambda: Sequential([Dense(1, activation) for activation in [ReLU()] * 2]),
        ValueError,
        "already",
    ),
    "a model in itself": (in_itself, ValueError, "already"),
    "a name twice": (
        lambda: Sequential([Dense(1, name="a"), Dense(1, name="a")]),
        ValueError,
        "layer 'a' already: choose another name",
    ),
    "Input in the middle": (
        lambda: Sequential([Dense(1), Input((3,))]),
        ValueError,
        "model 'sequential': Input belongs.*before the first",
    ),
    "Input twice": (lambda: Sequential([Input((3,))] * 2), ValueError, "belongs once"),
    "layers that do not fit": (
        lambda: Sequential([Dense(3, input_shape=(2,)), Dense(1, input_shape=(9,))]),
        ShapeError,
        r"layer 'dense_1' expects samples of shape \(9,\), got \(3,\)",
    ),
    "a built layer of another dtype": (
        lambda: Sequential([built()], dtype="float32"),
        ValueError,
        "model 'sequential' is built in float64.*float32",
    ),
    "pop of nothing": (lambda: Sequential().pop(), ValueError, "no layer to pop"),
    "fit of nothing": (lambda: fit(Input((3,))), ValueError, "no layers: add"),
}


# The order of calls -------------------------------------------------------------------

TOO_EARLY: Refusals = {
    "fit": (lambda: Sequential().fit(X, Y), NotCompiledError, r"call compile\("),
    "evaluate": (lambda: Sequential().evaluate(X, Y), NotCompiledError, "compile"),
    "train": (lambda: Sequential().train_on_batch(X, Y), NotCompiledError, "compile"),
    "optimizer": (lambda: Sequential().optimizer, AttributeError, "compile"),
    "history": (lambda: built().history, AttributeError, r"fit\("),
    "predict": (lambda: compiled().predict(X), NotBuiltError, r"'sequential'.*predict"),
    "predict_on_batch": (
        lambda: compiled().predict_on_batch(X),
        NotBuiltError,
        r"predict_on_batch\(\).*input_shape",
    ),
    "get_weights": (lambda: compiled().get_weights(), NotBuiltError, "get_weights"),
    "set_weights": (lambda: Dense(1).set_weights([X]), NotBuiltError, "set_weights"),
    "count_params": (lambda: Dense(1).count_params(), NotBuiltError, "count_params"),
    "kernel": (lambda: Dense(1).kernel, NotBuiltError, "'dense' has no 'kernel'.*data"),
    "backward": (
        lambda: built().backward(Y),
        NotForwardedError,
        r"layer 'dense_1' has no '_x'.*forward\(x\) before backward",
    ),
    "gradient": (lambda: MSE().gradient(), NotForwardedError, r"before gradient\(\)"),
    "plot": (lambda: History().plot(), ValueError, r"no epochs to plot"),
}

REFUSALS = NO_LAYERS | CHAIN | TOO_EARLY


@pytest.mark.parametrize("case", REFUSALS)
def test_refused(case: str) -> None:
    check(REFUSALS, case)


# Keywords -----------------------------------------------------------------------------

KEYWORDS: dict[str, tuple[Callable[..., object], str]] = {
    "compile": (
        lambda **kw: Sequential().compile("sgd", "mse", **kw),
        "run_eagerly steps_per_execution jit_compile auto_scale_loss",
    ),
    "fit": (fit, ""),
    "evaluate": (lambda **kw: built().evaluate(X, Y, **kw), ""),
    "predict": (lambda **kw: built().predict(X, **kw), ""),
    "train_on_batch": (lambda **kw: built().train_on_batch(X, Y, **kw), ""),
    "Dense": (
        lambda **kw: Dense(1, **kw),
        "lora_rank lora_alpha dtype autocast",
    ),
    "BatchNormalization": (
        layers.BatchNormalization,
        "renorm renorm_clipping renorm_momentum synchronized",
    ),
    "summary": (
        lambda **kw: built().summary(**kw),
        "expand_nested layer_range line_length positions",
    ),
    "Input": (lambda **kw: Input((3,), **kw), "batch_size dtype sparse tensor"),
    "SGD": (
        SGD,
        "use_ema ema_momentum ema_overwrite_frequency loss_scale_factor "
        "gradient_accumulation_steps name",
    ),
    "MeanSquaredError": (MSE, "dtype"),
}


@pytest.mark.parametrize(
    ("owner", "keyword"),
    [(owner, keyword) for owner in KEYWORDS for keyword in KEYWORDS[owner][1].split()],
)
def test_keyword_of_keras(owner: str, keyword: str) -> None:
    with pytest.raises(TypeError, match=f"{owner}.*Keras has.*'{keyword}'.*leave it"):
        KEYWORDS[owner][0](**{keyword: 1})


@pytest.mark.parametrize("owner", [*KEYWORDS, "Sequential"])
def test_unknown_keyword(owner: str) -> None:
    call = Sequential if owner == "Sequential" else KEYWORDS[owner][0]
    with pytest.raises(TypeError, match=f"{owner}.*argument 'colour'"):
        call(colour=1)


# Plotting -----------------------------------------------------------------------------


@pytest.fixture
def no_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.usefixtures("no_matplotlib")
def test_plotting_without_matplotlib() -> None:
    history = cast(History, fit())
    with pytest.raises(ImportError, match=r"needs matplotlib.*minidl\[plot\]"):
        history.plot()
    with pytest.raises(ImportError, match=r"needs matplotlib.*minidl\[plot\]"):
        plot_fit(line(), [1.0], [1.0])


def line() -> Any:
    """Return a model of one input and one output, built."""
    return compiled(Input((1,)), Dense(1))


PLOTS: Refusals = {
    "no model": (
        lambda: plot_fit(cast(Any, 3), [1], [1]),
        TypeError,
        r"plot_fit\(\): model must be a model, got 3",
    ),
    "no path": (
        lambda: plot_fit(line(), [1], [1], cast(Any, 3)),
        TypeError,
        "a plot: the path must be a text or a Path, got 3",
    ),
    "one number": (lambda: plot_fit(line(), 1, 1), ShapeError, "x of shape"),
    "nothing": (lambda: plot_fit(line(), [], []), ShapeError, "0 samples|emp"),
    "not a number": (
        lambda: plot_fit(line(), [1], [NAN]),
        NonFiniteError,
        r"plot_fit\(\): y .*y\[0\] = nan",
    ),
}


@pytest.mark.parametrize("case", PLOTS)
def test_plot(case: str) -> None:
    pytest.importorskip("matplotlib")
    check(PLOTS, case)
