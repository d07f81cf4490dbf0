"""The reviewed list of bad inputs: each is refused before anything is learned from it.

The sentence of each must say where (the argument or the layer), what came and what was
expected. Of such inputs Keras 3.15.1 takes a third without a word.

Where this table departs from the list, for the design decides:

- What a generator yields later, and rows of an array on disk, are checked when their
  turn comes, before the update that they would be part of: `test_later_batches`.
- Huge data that overflows the loss raises `DivergenceError`, which is an
  `ArithmeticError`, with the weights as they were.
- A layer may be in two models, which then share its weights:
  `test_a_layer_in_two_models`. Twice in one model it is refused.
- Lists, other dtypes and memory layouts are not bad: `test_unusual_inputs.py`.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
from registry import classes_of

import minidl
from minidl import callbacks, initializers, layers, losses, metrics, optimizers
from minidl.errors import (
    DivergenceError,
    NonFiniteError,
    NotBuiltError,
    NotCompiledError,
    ShapeError,
)
from minidl.parameter import Parameter
from minidl.types import Array

# All of these are used wrongly on purpose, so the type checkers shall not look.
keras: Any = minidl
Sequential: Any = minidl.Sequential
Input: Any = minidl.Input
Dense: Any = layers.Dense
Dropout: Any = layers.Dropout
Flatten: Any = layers.Flatten
SGD: Any = optimizers.SGD

X = np.random.default_rng(0).uniform(-1, 1, (12, 3))
Y = X.sum(axis=1, keepdims=True)
LABELS = np.arange(12) % 3
ONE_HOT = np.eye(3)[LABELS]
BITS = 1.0 * (LABELS > 0)
BEST = callbacks.ModelCheckpoint("never_written.safetensors", save_best_only=True)
NAN, INF = math.nan, math.inf


def chain(*parts: Any, loss: str = "mse", **options: Any) -> Any:
    """Return a compiled model of some layers, which has seen no data."""
    model = Sequential(parts, seed=0, **options)
    model.compile("sgd", loss)
    return model


def regression(**options: Any) -> Any:
    return chain(Input((3,)), Dense(4, "tanh"), Dense(1), **options)


def single() -> Any:
    return regression(dtype="float32")


def classifier(loss: str = "sparse_categorical_crossentropy") -> Any:
    return chain(Input((3,)), Dense(3, "softmax"), loss=loss)


def one_hot() -> Any:
    return classifier("categorical_crossentropy")


def divergence() -> Any:
    return classifier("kl_divergence")


def binary() -> Any:
    return chain(Input((3,)), Dense(1, "sigmoid"), loss="binary_crossentropy")


def logits() -> Any:
    model = chain(Input((3,)), Dense(1))
    model.compile("sgd", minidl.losses.BinaryCrossentropy(from_logits=True))
    return model


def unbuilt() -> Any:
    return chain(Dense(4), Dense(1))


def uncompiled() -> Any:
    return Sequential([Input((3,)), Dense(1)])


def empty() -> Any:
    return chain()


class Row(NamedTuple):
    """A bad input: the model it goes to, the call, the error and the sentence."""

    model: Callable[[], Any]
    call: Callable[[Any], object]
    error: type[Exception]
    sentence: str


def fits(
    model: Callable[[], Any],
    error: type[Exception],
    sentence: str,
    x: object = X,
    y: object = Y,
    **options: Any,
) -> Row:
    """Return a row whose call is `fit`."""
    options = {"verbose": 0, **options}
    return Row(model, lambda m: m.fit(x, y, **options), error, r"fit\(\).*" + sentence)


def makes(call: Callable[[], object], error: type[Exception], sentence: str) -> Row:
    """Return a row whose call makes something, and needs no model."""
    return Row(regression, lambda m: call(), error, sentence)


def spoiled(array: Array, value: float) -> Array:
    """Return a copy with `value` in its second row, last column."""
    array = array.astype(float)
    array[1, -1] = value
    return array


def batches(*given: object) -> Iterator[object]:
    yield from given


class Frame:
    """What a DataFrame with a column of text looks like from here."""

    columns = ("a", "b", "city")

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Any:
        values = X.astype(object)
        values[:, 2] = "Bern"
        return values


class Numbered:
    """Has items by number, of which only `len` knows the end."""

    def __init__(self, *items: object) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> object:
        return self.items[number % len(self)]


def forgetful(y_true: Array, y_pred: Array) -> Any:
    """Compute a metric, and return nothing."""


class Sparse:
    """What a SciPy matrix looks like from here."""

    def toarray(self) -> Array:
        return X


SHAPES = {
    "y (n, 1) for (n, 3)": fits(
        one_hot, ShapeError, r"y has shape \(12, 1\).*one-hot, \(12, 3\): use", y=Y
    ),
    "y (n, 2) for (n, 1)": fits(
        regression,
        ShapeError,
        r"y has shape \(12, 2\).*predictions have shape \(12, 1\): make",
        y=X[:, :2],
    ),
    "y (n, 3) for (n, 1)": fits(
        regression, ShapeError, r"y has shape \(12, 3\).*\(12, 1\)", y=X
    ),
    "y (n,) for (n, 3)": fits(
        lambda: chain(Input((3,)), Dense(3)),
        ShapeError,
        r"y has shape \(12, 1\).*predictions have shape \(12, 3\): make",
        y=Y[:, 0],
    ),
    "lengths differ": fits(
        regression, ShapeError, "x has 12 samples and y has 11: each", y=Y[1:]
    ),
    "no samples": fits(
        regression, ShapeError, "x and y hold 0 samples: .*nothing", X[:0], Y[:0]
    ),
    "no samples to evaluate": Row(
        regression,
        lambda m: m.evaluate(X[:0], Y[:0]),
        ShapeError,
        r"evaluate\(\): x and y hold 0 samples: .*nothing",
    ),
    "features": Row(
        regression,
        lambda m: m.fit(X[:, :2], Y, verbose=0),
        ShapeError,
        r"model 'sequential' expects samples of shape \(3,\), got \(2,\)",
    ),
    "features of predict": Row(
        regression,
        lambda m: m.predict(X[:, :2]),
        ShapeError,
        r"model 'sequential' expects samples of shape \(3,\), got \(2,\)",
    ),
    "features of evaluate": Row(
        regression,
        lambda m: m.evaluate(X[:, :2], Y),
        ShapeError,
        r"model 'sequential' expects samples of shape \(3,\), got \(2,\)",
    ),
    "features of train_on_batch": Row(
        regression,
        lambda m: m.train_on_batch(X[:, :2], Y),
        ShapeError,
        r"model 'sequential' expects samples of shape \(3,\), got \(2,\)",
    ),
    "one sample, 1-D": Row(
        regression,
        lambda m: m.predict(X[0]),
        ShapeError,
        r"expects samples of shape \(3,\), got \(1,\); one sample x is x\[np.newaxis\]",
    ),
    "x of three axes": Row(
        regression,
        lambda m: m.fit(X[:, None], Y, verbose=0),
        ShapeError,
        r"expects samples of shape \(3,\), got \(1, 3\)",
    ),
    "x of no axis": fits(regression, ShapeError, "x is a single number: pass", 1.5),
    "x ragged": fits(
        regression, ShapeError, "x is ragged: its rows must all", [[1], [2, 3]], [1, 2]
    ),
    "two inputs": fits(
        regression,
        ShapeError,
        "x has 2 samples and y has 12: .*; x is a list of 2 arrays, and a model",
        [X, X],
    ),
    "two inputs of two shapes": fits(
        regression,
        ShapeError,
        r"x is a list of 2 arrays, of shapes \(12, 3\) and \(12, 1\): pass a single",
        [X, X[:, :1]],
    ),
    "two outputs": fits(
        regression, ShapeError, "; y is a tuple of 2 arrays, and a model", y=(Y, Y)
    ),
    "x and y in a tuple": fits(
        regression,
        TypeError,
        r"x is a tuple of 2 arrays, and y is None: pass them one by one, fit\(x, y\)",
        (X, Y),
        None,
    ),
    "x and y in a list": fits(
        regression, TypeError, "x is a list of 2 arrays, and y is None", [X, Y], None
    ),
    "x and y in a list for evaluate": Row(
        regression,
        lambda m: m.evaluate([X, Y]),
        TypeError,
        r"evaluate\(\): x is a list of 2 arrays.*one by one, evaluate\(x, y\)",
    ),
    "batches that are lists": fits(
        regression,
        TypeError,
        r"a batch is a tuple, and x begins with a list of 2 arrays: pass \[\(x, y\),",
        [[X, Y], [X, Y]],
        None,
    ),
    "validation, features": fits(
        regression,
        ShapeError,
        r"validation_data: model .* expects samples of shape \(3,\), got \(1,\)$",
        validation_data=(X[:, :1], Y),
    ),
    "validation, lengths": fits(
        regression,
        ShapeError,
        "validation_data: x has 12 samples and y has 11: each",
        validation_data=(X, Y[1:]),
    ),
    "validation, targets": fits(
        regression,
        ShapeError,
        r"validation_data: y has shape \(12, 3\).*\(12, 1\): make",
        validation_data=(X, X),
    ),
    "validation of four": fits(
        regression,
        TypeError,
        r"validation_data must be \(x, y\), .*got a tuple",
        validation_data=(X, Y, Y, Y),
    ),
    "weights, count": Row(
        regression,
        lambda m: m.set_weights(m.get_weights()[:3]),
        ShapeError,
        r"'sequential' has 4 weights, set_weights\(\) got 3",
    ),
    "weights, shape": Row(
        regression,
        lambda m: m.set_weights([w.T for w in m.get_weights()]),
        ShapeError,
        r"weights\[0\] \(kernel\) must have shape \(3, 4\), got \(4, 3\)",
    ),
}

NOT_FINITE = "has 1 element that is not finite, {}: clean the data"
NUMBERS = {
    "NaN in x": fits(
        regression,
        NonFiniteError,
        "x " + NOT_FINITE.format(r"x\[1, 2\] = nan"),
        spoiled(X, NAN),
    ),
    "inf in x": fits(
        regression,
        NonFiniteError,
        "x " + NOT_FINITE.format(r"x\[1, 2\] = inf"),
        spoiled(X, INF),
    ),
    "NaN in y": fits(
        regression,
        NonFiniteError,
        "y " + NOT_FINITE.format(r"y\[1, 0\] = nan"),
        y=spoiled(Y, NAN),
    ),
    "inf in y": fits(
        regression,
        NonFiniteError,
        "y " + NOT_FINITE.format(r"y\[1, 0\] = -inf"),
        y=spoiled(Y, -INF),
    ),
    "NaN to predict": Row(
        regression,
        lambda m: m.predict(spoiled(X, NAN)),
        NonFiniteError,
        r"predict\(\): x " + NOT_FINITE.format(r"x\[1, 2\] = nan"),
    ),
    "NaN to evaluate": Row(
        regression,
        lambda m: m.evaluate(spoiled(X, NAN), Y),
        NonFiniteError,
        r"evaluate\(\): x " + NOT_FINITE.format(r"x\[1, 2\] = nan"),
    ),
    "NaN to validate on": fits(
        regression,
        NonFiniteError,
        "validation_data: x " + NOT_FINITE.format(r"x\[1, 2\] = nan"),
        validation_data=(spoiled(X, NAN), Y),
    ),
    "NaN as a label": fits(
        classifier, NonFiniteError, r"y has 12 .*y\[0, 0\]|y\[0\] = nan", y=LABELS * NAN
    ),
    "NaN as a weight": Row(
        regression,
        lambda m: m.set_weights([w * NAN for w in m.get_weights()]),
        NonFiniteError,
        r"weights\[0\] has 12 elements that are not finite.*clean",
    ),
    "huge for the model's dtype": fits(
        single,
        NonFiniteError,
        r"x\[1, 2\] is 1e\+300, too large for float32: scale the data, or",
        spoiled(X, 1e300),
    ),
    "huge targets": Row(
        single,
        lambda m: m.fit(X, 1e30 * Y, verbose=0),
        DivergenceError,
        "loss became inf in epoch 1, batch 1, .*before any step.*scale x and y",
    ),
    "huge inputs": Row(
        lambda: chain(Input((3,)), Dense(1), dtype="float32"),
        lambda m: m.fit(1e30 * X, Y, verbose=0),
        DivergenceError,
        "loss became inf in epoch 1, batch 1, .*before any step.*scale x and y",
    ),
    "strings": fits(
        regression, TypeError, "x must hold real numbers, got list of <U", [["a"] * 3]
    ),
    "strings as objects": fits(
        regression,
        TypeError,
        "x must hold real numbers, got ndarray of object with '1', a str",
        np.array([["1", "2", "3"]], object),
    ),
    "None inside": fits(
        regression, TypeError, "x must hold real numbers, got list .*None", [[None] * 3]
    ),
    "complex": fits(
        regression, TypeError, "x must hold real numbers, got .*complex128", X + 0j
    ),
    "labels that are text": fits(
        classifier,
        TypeError,
        r"y must hold .*<U1: turn text into numbers; np.unique\(y, return_inverse",
        y=np.array(["a", "b", "c"])[LABELS],
    ),
    "a column of text": fits(
        regression, TypeError, "'Bern', a str, in column 'city': turn text", Frame()
    ),
    "dates": fits(
        regression, TypeError, "x must hold real numbers, .*date", X.astype("M8[s]")
    ),
    "sparse": fits(regression, TypeError, r"x is sparse: pass x.toarray\(\)", Sparse()),
    "masked": fits(
        regression,
        TypeError,
        "x has masked elements: fill or remove",
        np.ma.masked_less(X, 0),
    ),
    "x a dictionary": fits(
        regression, TypeError, "x must hold real numbers, got dict", {"x": Y}
    ),
    "x a string": fits(regression, TypeError, "x must hold real numbers, got str", "x"),
    "x None": fits(regression, TypeError, "x is None: pass an array", None),
    "x None to predict": Row(
        regression,
        lambda m: m.predict(None),
        TypeError,
        r"^predict\(\): x is None: pass an array of numbers$",
    ),
    "y None": fits(regression, TypeError, "y is None: pass x and y", y=None),
    "y None in a batch": Row(
        regression,
        lambda m: m.train_on_batch(X, None),
        TypeError,
        r"train_on_batch\(\): y is None: pass x and y",
    ),
    "predict of None": Row(
        regression, lambda m: m.predict(None), TypeError, r"predict\(\): x is None"
    ),
}

TARGETS = {
    "a label too high": fits(
        classifier, ValueError, "label 3 in row 2 is outside 0..2", y=LABELS + 1
    ),
    "a label too low": fits(
        classifier, ValueError, "label -1 in row 0 is outside 0..2", y=LABELS - 1
    ),
    "half a label": fits(
        classifier, ValueError, "label 0.5 in row 0 is no whole number", y=LABELS + 0.5
    ),
    "one-hot for labels": fits(
        classifier,
        ShapeError,
        r"y has shape \(12, 3\), as if .*one-hot.*use CategoricalCrossentropy",
        y=ONE_HOT,
    ),
    "labels for one-hot": fits(
        one_hot,
        ShapeError,
        r"y has shape \(12, 1\).*use SparseCategoricalCrossentropy",
        y=LABELS,
    ),
    "twice one-hot": fits(
        one_hot, ValueError, "target 2 in row 0 .*between 0 and 1", y=2 * ONE_HOT
    ),
    "shares below 0": fits(
        divergence, ValueError, "target -1 in row 0 .*between 0 and 1", y=-ONE_HOT
    ),
    "no bits": fits(
        binary, ValueError, "target 3 in row 1 .*between 0 and 1", y=3 * BITS
    ),
    "signs for bits": fits(
        binary, ValueError, "target -1 in row 0 .*between 0 and 1", y=2 * BITS - 1
    ),
    "no bits for logits": fits(
        logits, ValueError, "target 3 in row 1 .*between 0 and 1", y=3 * BITS
    ),
    "labels to validate on": fits(
        classifier,
        ValueError,
        "validation_data: .*label 3 in row 2 is outside 0..2",
        y=LABELS,
        validation_data=(X, LABELS + 1),
    ),
    "a metric that forgets to return": Row(
        regression,
        lambda m: (m.compile("sgd", "mse", metrics=[forgetful]), m.fit(X, Y)),
        TypeError,
        "the metric 'forgetful' returned None: it must return a number for each",
    ),
    "labels for a metric of several outputs": Row(
        classifier,
        lambda m: (
            m.compile("sgd", m.loss, metrics=["Precision"]),
            m.fit(X, LABELS, verbose=0),
        ),
        ShapeError,
        r"Precision: y_true has shape \(12,\) and .*labels .*categorical\(y, 3\)",
    ),
    "no bits for a metric": Row(
        regression,
        lambda m: (
            m.compile("sgd", "mse", metrics=[metrics.AUC()]),
            m.fit(X, Y, verbose=0),
        ),
        ValueError,
        r"AUC: y_true must hold 0 and 1 only, got -1.10456 in row 0",
    ),
}

ARGUMENTS = {
    "targets to predict": Row(
        regression,
        lambda m: m.predict(X, Y),
        TypeError,
        r"batch_size must be a whole number, got an array of shape \(12, 1\)$",
    ),
    **{
        f"batch_size={value!r}": fits(
            regression, error, f"batch_size must be .*got {value!r}", batch_size=value
        )
        for value, error in [
            (0, ValueError),
            (-1, ValueError),
            (2.5, TypeError),
            ("8", TypeError),
            (True, TypeError),
        ]
    },
    **{
        f"epochs={value!r}": fits(
            regression, error, f"epochs must be .*got {value!r}", epochs=value
        )
        for value, error in [(-1, ValueError), (1.5, TypeError)]
    },
    **{
        f"validation_split={value!r}": fits(
            regression,
            ValueError,
            f"validation_split must be .*less than 1, got {value!r}",
            validation_split=value,
        )
        for value in (1.0, 1.5, -0.1)
    },
    "validation_split of one sample": fits(
        regression,
        ValueError,
        "validation_split=0.5 of 1 samples leaves 0 for training .*at least one",
        X[:1],
        Y[:1],
        validation_split=0.5,
    ),
    "steps_per_epoch too many": fits(
        regression,
        ValueError,
        "steps_per_epoch must be at most 2, .*got 3",
        batch_size=6,
        steps_per_epoch=3,
    ),
    "steps_per_epoch=0": fits(
        regression,
        ValueError,
        "steps_per_epoch must be at least 1, got 0",
        steps_per_epoch=0,
    ),
    "validation_steps too many": fits(
        regression,
        ValueError,
        "validation_steps must be at most 1, .*got 3",
        validation_data=(X, Y),
        validation_steps=3,
    ),
    "validation_batch_size=0": fits(
        regression,
        ValueError,
        "validation_batch_size must be at least 1, got 0",
        validation_batch_size=0,
    ),
    "validation_freq=0": fits(
        regression,
        ValueError,
        "validation_freq must be at least 1, got 0",
        validation_freq=0,
    ),
    "sample_weight, length": fits(
        regression,
        ShapeError,
        r"sample_weight has shape \(11,\), but there are 12 samples: pass one",
        sample_weight=np.ones(11),
    ),
    "sample_weight, negative": fits(
        regression,
        ValueError,
        r"sample_weight\[0\] is -1.0: less than 0",
        sample_weight=-np.ones(12),
    ),
    "sample_weight, NaN": fits(
        regression,
        NonFiniteError,
        r"sample_weight has 12 .*sample_weight\[0\] = nan: clean",
        sample_weight=np.full(12, NAN),
    ),
    "sample_weight, all 0": fits(
        regression,
        ValueError,
        "every sample has the weight 0, .*: leave sample_weight",
        sample_weight=np.zeros(12),
    ),
    "class_weight, all 0": fits(
        classifier,
        ValueError,
        "every sample has the weight 0, ",
        y=LABELS,
        class_weight={0: 0, 1: 0, 2: 0},
        validation_split=0.5,
    ),
    "class_weight lacks a class": fits(
        classifier,
        ValueError,
        "class_weight has no weight for class 2, only for 0, 1: give every",
        y=LABELS,
        class_weight={0: 1.0, 1: 2.0},
    ),
    "class_weight, negative": fits(
        classifier,
        ValueError,
        r"class_weight\[2\] must be .*at least 0, got -1",
        y=LABELS,
        class_weight={0: 1, 1: 1, 2: -1},
    ),
    "class_weight, a list": fits(
        classifier,
        TypeError,
        "class_weight must be a dictionary .*got list",
        y=LABELS,
        class_weight=[1, 1, 1],
    ),
    **{
        f"{callback.__name__} without validation": Row(
            lambda: chain(Input((3,)), Dense(1)),
            lambda m, callback=callback: m.fit(  # type: ignore[misc]
                X, Y, verbose=0, callbacks=[callback(), callbacks.TerminateOnNaN()]
            ),
            ValueError,
            f"{callback.__name__} monitors 'val_loss', but nothing is validated",
        )
        for callback in (callbacks.EarlyStopping, callbacks.ReduceLROnPlateau)
    },
    "the best of a validation that is not there": Row(
        regression,
        lambda m: m.fit(X, Y, verbose=0, callbacks=[BEST]),
        ValueError,
        "ModelCheckpoint monitors 'val_loss', but nothing is validated: pass",
    ),
    "a metric to monitor without validation": Row(
        regression,
        lambda m: (
            m.compile("sgd", "mse", metrics=["mae"]),
            m.fit(X, Y, verbose=0, callbacks=[callbacks.EarlyStopping("val_mae")]),
        ),
        ValueError,
        "EarlyStopping monitors 'val_mae', but nothing .*or monitor 'mae'",
    ),
    "a last batch of one sample to normalize": Row(
        lambda: chain(Input((3,)), layers.BatchNormalization(), Dense(1)),
        lambda m: m.fit(X, Y, batch_size=11, verbose=0),
        ShapeError,
        "'batch_normalization': a batch of one .*leaves no single sample over",
    ),
    "no callback": Row(
        regression,
        lambda m: m.fit(X, Y, verbose=0, callbacks=[3]),
        TypeError,
        "3 is no callback: subclass",
    ),
    "a callback's class": Row(
        regression,
        lambda m: m.fit(X, Y, verbose=0, callbacks=[callbacks.TerminateOnNaN]),
        TypeError,
        "TerminateOnNaN is a class: pass an instance",
    ),
    "a misspelt argument": Row(
        regression,
        lambda m: m.fit(X, Y, epoch=3),
        TypeError,
        r"fit\(\) has no argument 'epoch': did you mean 'epochs'\?",
    ),
    "a misspelt argument of evaluate": Row(
        regression,
        lambda m: m.evaluate(X, Y, batchsize=3),
        TypeError,
        r"evaluate\(\) has no argument 'batchsize': did you mean 'batch_size'",
    ),
    "a misspelt argument of predict": Row(
        regression,
        lambda m: m.predict(X, batchsize=3),
        TypeError,
        r"predict\(\) has no argument 'batchsize': did you mean 'batch_size'",
    ),
    "an argument of Keras 1": Row(
        regression,
        lambda m: m.fit(X, Y, nb_epoch=3),
        TypeError,
        r"fit\(\) has no argument 'nb_epoch': it is called 'epochs'",
    ),
    "an argument of Keras 2": Row(
        regression,
        lambda m: m.fit(X, Y, workers=3),
        TypeError,
        r"fit\(\): Keras has the argument 'workers', .*leave it out",
    ),
    "a misspelt argument of compile": Row(
        regression,
        lambda m: m.compile("sgd", "mse", metric=["mae"]),
        TypeError,
        r"compile\(\) has no argument 'metric': did you mean 'metrics'",
    ),
}

PAIRS = r"must yield \(x, y\) or \(x, y, sample_weight\), got "
ITERABLES = {
    "a function that is not called": fits(
        regression,
        TypeError,
        r"x is a function: pass what it yields, batches\(\)",
        batches,
        None,
    ),
    "a generator of nothing": fits(
        regression, ValueError, "x gave no batch", batches(), None
    ),
    "a generator of None": fits(
        regression, TypeError, PAIRS + "NoneType", batches(None), None
    ),
    "a generator of x alone": fits(
        regression, TypeError, PAIRS + "ndarray", batches(X), None
    ),
    "a generator of four": fits(
        regression, TypeError, PAIRS + "tuple of 4", batches((X, Y, Y, Y)), None
    ),
    "a generator of one": fits(
        regression, TypeError, PAIRS + "tuple of 1", batches((X,)), None
    ),
    "a list of four": fits(
        regression, TypeError, PAIRS + "tuple of 4", [(X, Y, Y, Y)], None
    ),
    "a batch of x and None": fits(
        regression, TypeError, "y is None: pass x and y", batches((X, None)), None
    ),
    "a batch of nothing": fits(
        regression, ShapeError, "hold 0 samples", batches((X[:0], Y[:0])), None
    ),
    "a batch of two lengths": fits(
        regression, ShapeError, "12 samples and y has 11", batches((X, Y[1:])), None
    ),
    "a batch to validate on": fits(
        regression,
        ShapeError,
        r"validation_data, batch 1: .*\(3,\), got \(1,\)$",
        validation_data=[(X[:, :1], Y)],
    ),
    "numbered, nothing": fits(
        regression, ValueError, "x gave no batch", Numbered(), None
    ),
    "numbered and y": fits(
        regression,
        TypeError,
        "y goes with arrays, but x is a Numbered: leave y out",
        Numbered((X, Y)),
    ),
    "numbered as y": fits(
        regression, ShapeError, "x has 12 samples and y has 1:", y=Numbered(Y)
    ),
    "numbered as sample_weight": fits(
        regression,
        ShapeError,
        r"sample_weight has shape \(1,\), but there are 12",
        sample_weight=Numbered(1.0),
    ),
    "numbered for a call": Row(
        regression,
        lambda m: m(Numbered(X, X)),
        ShapeError,
        r"'sequential' expects samples of shape \(3,\), got \(12, 3\)",
    ),
    "a generator and y": fits(
        regression, TypeError, "y goes with arrays, .*generator: leave", batches((X, Y))
    ),
    "a generator and sample_weight": fits(
        regression,
        TypeError,
        r"sample_weight goes with arrays; let .*yield \(x, y, sample_weight\)",
        batches((X, Y)),
        None,
        sample_weight=np.ones(12),
    ),
    "a generator and validation_split": fits(
        regression,
        TypeError,
        "validation_split needs arrays; .*pass validation_data",
        batches((X, Y)),
        None,
        validation_split=0.5,
    ),
    "evaluate, ends early": Row(
        regression,
        lambda m: m.evaluate(batches((X, Y)), steps=3),
        ValueError,
        r"evaluate\(\): .*gave 1 of 3 batches.*: yield more",
    ),
    "predict, ends early": Row(
        regression,
        lambda m: m.predict(batches(X, X), steps=3),
        ValueError,
        r"predict\(\): x gave 2 of 3 batches: let it have more",
    ),
    "predict, nothing": Row(
        regression,
        lambda m: m.predict(batches()),
        ValueError,
        r"predict\(\): x gave 0 of at least 1 batches",
    ),
    "predict, None": Row(
        regression,
        lambda m: m.predict(batches(None)),
        TypeError,
        r"predict\(\), batch 1: x is None",
    ),
    "predict, ragged": Row(
        regression,
        lambda m: m.predict(batches([[1], [2, 3]])),
        ShapeError,
        r"predict\(\), batch 1: x is ragged: its rows must all",
    ),
    "predict, steps": Row(
        regression,
        lambda m: m.predict(X, batch_size=6, steps=3),
        ValueError,
        r"predict\(\): x gave 2 of 3 batches",
    ),
}

MISSPELT: dict[str, tuple[Callable[[], object], str]] = {
    "SGD": (lambda: keras.optimizers.SGD(lr=0.1), "'lr': it is called 'learning_rate'"),
    "Adam": (lambda: keras.optimizers.Adam(decay=0.1), "'decay': .*InverseTimeDecay"),
    "LeakyReLU": (
        lambda: keras.layers.LeakyReLU(alpha=0.1),
        "'alpha': it is called 'negative_slope'",
    ),
    "Dense": (lambda: keras.layers.Dense(unit=3), "'unit': did you mean 'units'"),
    "Sequential": (lambda: keras.Sequential(seeds=3), "'seeds': did you mean 'seed'"),
    "Input": (lambda: keras.Input(shapes=(3,)), "'shapes': did you mean 'shape'"),
    "EarlyStopping": (
        lambda: keras.callbacks.EarlyStopping(patiance=3),
        "'patiance': did you mean 'patience'",
    ),
    "AUC": (
        lambda: keras.metrics.AUC(num_threshold=3),
        "'num_threshold': did you mean 'num_thresholds'",
    ),
    "BinaryCrossentropy": (
        lambda: keras.losses.BinaryCrossentropy(logits=True),
        "'logits': did you mean 'from_logits'",
    ),
    "RandomNormal": (
        lambda: keras.initializers.RandomNormal(std=3),
        "'std': did you mean 'stddev'",
    ),
    "ExponentialDecay": (
        lambda: keras.schedules.ExponentialDecay(0.1, decay_step=3),
        "'decay_step': did you mean 'decay_steps'",
    ),
    "L2": (lambda: keras.regularizers.L2(rate=3), "'rate': it has 'l2'"),
}

CONSTRUCTORS = {
    "a loss made of arrays": makes(
        lambda: keras.losses.MeanSquaredError(Y, Y),
        TypeError,
        r"MeanSquaredError is a class, and its constructor was given arrays: make it "
        r"first and then call it, MeanSquaredError\(\)\(y_true, y_pred\)$",
    ),
    "a metric made of arrays": makes(
        lambda: keras.metrics.BinaryCrossentropy(Y, Y),
        TypeError,
        r"BinaryCrossentropy is a class.*, BinaryCrossentropy\(\)\(y_true, y_pred\)$",
    ),
    "an array for an initializer": makes(
        lambda: Dense(3, kernel_initializer=X),
        TypeError,
        r"an array of shape \(12, 3\) is no initializer: pass an instance",
    ),
    "a graph of layers": makes(
        lambda: Dense(3)(Input((4,))),
        TypeError,
        r"Input\(shape=\(4,\)\) is no data: there are no graphs of layers, put it in",
    ),
    **{
        f"a misspelt argument of {owner}": makes(
            call, TypeError, f"^{owner} has no argument {sentence}"
        )
        for owner, (call, sentence) in MISSPELT.items()
    },
    "too many arguments": makes(
        lambda: SGD(0.1, 0.9, False, 0.1),
        TypeError,
        r"SGD takes at most 3 .*by position \(learning_rate, .*\), got 4: pass others",
    ),
    "an argument of a layer without": makes(
        lambda: Flatten(3),
        TypeError,
        "Flatten takes no arguments by position, got 1: pass others by name",
    ),
    **{
        f"learning_rate={value!r}": makes(
            lambda value=value: SGD(value),  # type: ignore[misc]
            error,
            f"SGD: learning_rate must be .*got {value!r}",
        )
        for value, error in [
            (-0.1, ValueError),
            (NAN, ValueError),
            ("0.1", TypeError),
            (None, TypeError),
        ]
    },
    **{
        f"units={value!r}": makes(
            lambda value=value: Dense(value),  # type: ignore[misc]
            error,
            f"Dense: units must be .*got {value!r}",
        )
        for value, error in [
            (0, ValueError),
            (-3, ValueError),
            (2.5, TypeError),
            ("3", TypeError),
            (True, TypeError),
        ]
    },
    **{
        f"rate={value!r}": makes(
            lambda value=value: Dropout(value),  # type: ignore[misc]
            ValueError,
            f"Dropout: rate must be at least 0 and less than 1, got {value!r}",
        )
        for value in (1.5, -0.1, NAN, 1.0)
    },
    "a schedule below 0": Row(
        lambda: chain(Input((3,)), Dense(1)),
        lambda m: (m.compile(SGD(lambda step: -1.0), "mse"), m.fit(X, Y, verbose=0)),
        ValueError,
        "SGD: the scheduled rate must be .*at least 0, got -1.0",
    ),
    "a misspelt loss": Row(
        regression,
        lambda m: m.compile("sgd", "mean_square_error"),
        ValueError,
        "unknown loss 'mean_square_error': did you mean 'mean_squared_error'",
    ),
    "loss and optimizer swapped": Row(
        regression,
        lambda m: m.compile("mse", "sgd"),
        TypeError,
        r"compile\(\): the optimizer comes first and then the loss, .* 'mse' first",
    ),
    "a loss for an optimizer": Row(
        regression,
        lambda m: m.compile(losses.MSE()),
        TypeError,
        r"the optimizer comes first and then the loss, .* MeanSquaredError\(\) first",
    ),
    "a misspelt optimizer": Row(
        regression,
        lambda m: m.compile("adm", "mse"),
        ValueError,
        "unknown optimizer 'adm': did you mean .*'adam'",
    ),
    "a misspelt metric": Row(
        regression,
        lambda m: m.compile("sgd", "mse", metrics=["acuracy"]),
        ValueError,
        "unknown metric 'acuracy': did you mean 'accuracy'",
    ),
    "a misspelt activation": makes(
        lambda: Dense(1, "rleu"),
        ValueError,
        "unknown activation 'rleu': did you mean .*'relu'",
    ),
    "a misspelt initializer": makes(
        lambda: Dense(1, kernel_initializer="glorot_unifrom"),
        ValueError,
        "unknown initializer 'glorot_unifrom': did you mean 'glorot_uniform'",
    ),
    "metrics as the third argument": Row(
        regression,
        lambda m: m.compile("sgd", "mse", ["mae"]),
        TypeError,
        r"compile\(\): the third .* got \['mae'\]: pass metrics by name, metrics=\[",
    ),
    "a function as loss": Row(
        regression,
        lambda m: m.compile("sgd", lambda y, p: 0.0),
        TypeError,
        r"function <lambda> gives no gradient, so it is no loss: write a class",
    ),
    "a function as activation": makes(
        lambda: Dense(1, np.tanh),
        TypeError,
        "'tanh'> is no activation: perhaps 'tanh' is",
    ),
    "a function of one's own as activation": makes(
        lambda: Dense(1, lambda x: x),
        TypeError,
        "lambda.* is no activation: a function gives no gradient; pass an .* of Layer",
    ),
    "an activation that needs arguments": makes(
        lambda: Dense(1, "threshold"),
        TypeError,
        r"activation 'threshold' needs .*: pass Threshold\(threshold, default_value\)",
    ),
    **{
        f"a number as {family}": makes(
            call, TypeError, rf"^3 is no {family}: perhaps {cls}\(3\) is meant; pass"
        )
        for family, cls, call in [
            ("regularizer", "L2", lambda: Dense(1, kernel_regularizer=3)),
            ("constraint", "MaxNorm", lambda: Dense(1, kernel_constraint=3)),
            ("initializer", "Constant", lambda: Dense(1, kernel_initializer=3)),
        ]
    },
    "an initializer's class": makes(
        lambda: Dense(1, kernel_initializer=initializers.Zeros),
        TypeError,
        "Zeros is a class: pass an instance",
    ),
    "a softmax of one number": Row(
        lambda: chain(Dense(1, "softmax")),
        lambda m: m.fit(X, Y, verbose=0),
        ShapeError,
        "layer 'softmax': there is one number .*take 'sigmoid'",
    ),
    "a layer twice": makes(
        lambda: Sequential([layers.ReLU()] * 2),
        ValueError,
        "layer 're_lu' is in model 'sequential' already.*make a second layer",
    ),
    "a name twice": makes(
        lambda: Sequential([Dense(1, name="a"), Dense(1, name="a")]),
        ValueError,
        "model 'sequential' has a layer 'a' already: choose another",
    ),
    "a layer as Keras has it": makes(
        lambda: type("Mine", (layers.Layer,), {"call": lambda self, x: x}),
        TypeError,
        r"Mine defines call\(x\), as a layer for Keras does: define forward\(x\)",
    ),
    "an activation's class as a function": makes(
        lambda: cast(Any, layers.Sigmoid)(X),
        TypeError,
        r"Sigmoid is a class, .* given an array: make it first .*, Sigmoid\(\)\(x\)",
    ),
    "a layer built by hand": makes(
        lambda: (layer := Dense(1), layer.build((3,)), Sequential([layer])(X)),
        TypeError,
        r"layer 'dense' declared .*: .*connect\(input_shape\), not build\(\), by hand",
    ),
    "a list as a parameter": makes(
        lambda: Parameter("scale", cast(Any, [1.0, 2.0])),
        TypeError,
        r"parameter 'scale' must begin with an array of float64 .*, got \[1.0, 2.0\]",
    ),
    "whole numbers as a parameter": makes(
        lambda: Parameter("scale", cast(Any, np.arange(2))),
        TypeError,
        r"parameter 'scale' must begin with an array of float64 .*got an array of int",
    ),
    "half numbers as a parameter": makes(
        lambda: Parameter("scale", np.ones(2, np.float16)),
        TypeError,
        r"parameter 'scale' must begin with an array of float64 .*array of float16$",
    ),
    "no layer": makes(lambda: Sequential([3]), TypeError, "3 is no layer: pass"),
    "an input of any size": makes(
        lambda: Input((None,)), TypeError, r"shape is \(None,\), .*: pass \(n,\) for n"
    ),
    "an axis below 0": makes(
        lambda: Input((-3,)), ValueError, "an axis of shape must be at least 1, got -3"
    ),
}

TOO_EARLY = {
    "fit without compile": Row(
        uncompiled,
        lambda m: m.fit(X, Y),
        NotCompiledError,
        r"fit\(\): model 'sequential' has no loss yet: call compile\(",
    ),
    "compile without loss": Row(
        uncompiled,
        lambda m: (m.compile("sgd"), m.fit(X, Y)),
        NotCompiledError,
        r"fit\(\): model 'sequential' has no loss yet: call compile\(",
    ),
    "a loss assigned": Row(
        regression,
        lambda m: (vars(m).update(loss="mse"), m.fit(X, Y)),
        TypeError,
        r"fit\(\): the loss of model .* got 'mse': pass it to compile\(\)",
    ),
    "an optimizer assigned": Row(
        regression,
        lambda m: (vars(m).update(optimizer="adam"), m.fit(X, Y)),
        TypeError,
        r"fit\(\): the optimizer of model .* got 'adam': pass it to compile\(\)",
    ),
    "fit without layers": Row(
        empty,
        lambda m: m.fit(X, Y),
        ValueError,
        r"fit\(\): model 'sequential' has no layers: add\(\) one",
    ),
    "predict before build": Row(
        unbuilt,
        lambda m: m.predict(X),
        NotBuiltError,
        r"model 'sequential' is not built, so predict\(\) .*input_shape",
    ),
    "get_weights before build": Row(
        unbuilt,
        lambda m: m.get_weights(),
        NotBuiltError,
        r"model 'sequential' is not built, so get_weights\(\) .*input_shape",
    ),
    "save before build": Row(
        unbuilt,
        lambda m: m.save("never_written"),
        NotBuiltError,
        r"model 'sequential' is not built, so save\(\) .*input_shape",
    ),
    "set_weights before build": Row(
        unbuilt,
        lambda m: m.set_weights([X]),
        NotBuiltError,
        r"model 'sequential' is not built, so set_weights\(\) .*input_shape",
    ),
}

LIST = SHAPES | NUMBERS | TARGETS | ARGUMENTS | ITERABLES | CONSTRUCTORS | TOO_EARLY


def test_the_list_is_whole() -> None:
    parts = (SHAPES, NUMBERS, TARGETS, ARGUMENTS, ITERABLES, CONSTRUCTORS, TOO_EARLY)
    assert len(LIST) == sum(map(len, parts)) >= 85


@pytest.mark.parametrize("case", LIST)
def test_bad_input(case: str) -> None:
    row = LIST[case]
    model = row.model()
    before = model.get_weights() if model.built else []
    with pytest.raises(row.error, match=row.sentence) as caught:
        row.call(model)
    documented = caught.type.__module__ == "minidl.errors"
    assert documented or caught.type in (TypeError, ValueError)
    assert "\n" not in str(caught.value)
    assert model.built == bool(before)  # what is refused builds nothing
    assert all(map(np.array_equal, before, model.get_weights() if before else []))


# What cannot be known before its turn -------------------------------------------------

LATER: dict[str, Row] = {
    "ends in the first epoch": fits(
        regression,
        ValueError,
        "gave 1 of 10 batches of this epoch: yield more",
        batches((X, Y)),
        None,
        steps_per_epoch=10,
    ),
    "ends after the first epoch": fits(
        regression,
        ValueError,
        "gave no batch of this epoch: yield more, or .* a list",
        batches((X, Y)),
        None,
        epochs=2,
    ),
    "None": fits(regression, TypeError, PAIRS + "None", batches((X, Y), None), None),
    "NaN": fits(
        regression,
        NonFiniteError,
        r"x\[1, 2\] = nan",
        batches((X, Y), (spoiled(X, NAN), Y)),
        None,
    ),
    "features": Row(
        regression,
        lambda m: m.fit(batches((X, Y), (X[:, :1], Y)), verbose=0),
        ShapeError,
        r"^fit\(\), batch 2: model .* samples of shape \(3,\), got \(1,\)$",
    ),
}


@pytest.mark.parametrize("case", LATER)
def test_later_batches(case: str) -> None:
    """The good batch has been learned from, and nothing else has."""
    row = LATER[case]
    model, expected = row.model(), row.model()
    expected.train_on_batch(X, Y)
    with pytest.raises(row.error, match=row.sentence):
        row.call(model)
    assert all(map(np.array_equal, model.get_weights(), expected.get_weights()))


@pytest.mark.parametrize("shuffle", [False, True])
def test_rows_on_disk_are_named_by_their_number_in_the_file(
    tmp_path: Path, shuffle: bool
) -> None:
    x = np.memmap(tmp_path / "x", "float64", "w+", shape=X.shape)
    x[...] = X
    x[10, 2] = NAN
    model = regression()
    with pytest.raises(NonFiniteError, match=r"fit\(\): x\[10\] has .*x\[10\]\[2\] ="):
        model.fit(x, Y, batch_size=4, shuffle=shuffle, verbose=0)
    assert np.isfinite(np.concatenate([w.ravel() for w in model.get_weights()])).all()
    with pytest.raises(NonFiniteError, match=r"predict\(\): x\[10\] has "):
        model.predict(x, batch_size=4)


# What is accepted, though the list leaves it open -------------------------------------


def test_a_layer_in_two_models() -> None:
    shared = Dense(1, input_shape=(3,))
    one, other = chain(shared), chain(shared)
    one.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(one.predict(X), other.predict(X))


def test_no_epochs_and_no_rate_change_nothing() -> None:
    model = regression()
    before = model.get_weights()
    assert model.fit(X, Y, epochs=0, verbose=0).history == {}
    model.compile(SGD(0), "mse")
    model.fit(X, Y, verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))


def test_predict_of_nothing_is_nothing() -> None:
    assert regression().predict(X[:0]).shape == (0, 1)


CALLED = classes_of(losses, losses.Loss) | classes_of(metrics, metrics.Metric)


@pytest.mark.parametrize("kind", [np.array, list])
@pytest.mark.parametrize("cls", sorted(CALLED, key=str))
def test_a_class_that_is_called_like_a_function_says_how(cls: Any, kind: Any) -> None:
    y_true, y_pred = kind([0.0, 1.0]), kind([0.2, 0.9])
    expected = rf"^{cls.__name__} is a class.* {cls.__name__}\(\)\(y_true, y_pred\)$"
    calls = [((y_true, y_pred), {}), ((y_true,), {"y_pred": y_pred})]
    for args, named in calls:
        with pytest.raises(TypeError, match=expected):
            cls(*args, **named)


def test_a_constructor_of_ones_own_may_take_arrays() -> None:
    class Weighted(losses.MeanSquaredError):
        def __init__(self, low: Any, high: Any) -> None:
            super().__init__()
            if np.any(low > high):
                raise ValueError("low is above high")
            self.low, self.high = low, high

    assert Weighted(np.zeros(2), np.ones(2)).high.sum() == 2
    with pytest.raises(ValueError, match="low is above high"):
        Weighted(np.ones(2), np.zeros(2))
    with pytest.raises(ValueError, match=r"a threshold must be at most 1, got 2\.0"):
        metrics.Precision([0.5, 2.0])
