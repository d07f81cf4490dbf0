"""fit, evaluate, predict: metrics, weights, validation, where data comes from."""

import os
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import minidl
from minidl import Sequential
from minidl.layers import Dense, Layer
from minidl.metrics import ConfusionMatrix
from minidl.optimizers import SGD
from minidl.types import Array

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((20, 2))
Y = X.sum(axis=1)
LABELS = np.arange(20) % 3
WEIGHTS = RANDOM.uniform(0.5, 2, 20)


def line(**options: Any) -> Sequential:
    model = Sequential([Dense(1)], seed=0, input_shape=(2,))
    model.compile(SGD(0.1), "mse", **options)
    return model


def classifier(**options: Any) -> Sequential:
    model = Sequential([Dense(3, activation="softmax")], seed=0, input_shape=(2,))
    model.compile("adam", "sparse_categorical_crossentropy", **options)
    return model


def batches(count: int, size: int = 5) -> Iterator[tuple[Array, Array]]:
    for i in range(count):
        part = slice(i * size % 20, i * size % 20 + size)
        yield X[part], Y[part]


def test_the_names_are_those_of_keras() -> None:
    model = classifier(metrics=["acc", "accuracy"], weighted_metrics=["accuracy"])
    model.fit(X, LABELS, validation_split=0.2, verbose=0)
    names = ["acc", "accuracy", "loss"]
    validated = [f"val_{name}" for name in (*names, "weighted_accuracy")]
    assert list(model.history.history) == [*names, *validated, "weighted_accuracy"]
    assert len(model.evaluate(X, LABELS)) == 4
    assert list(model.evaluate(X, LABELS, return_dict=True))[:3] == names


def test_a_list_begins_with_the_loss_and_keeps_the_order() -> None:
    model = line(metrics=["mse", "mae"])
    loss, mse, mae = model.evaluate(X, Y)
    assert loss == pytest.approx(mse)
    assert model.evaluate(X, Y, return_dict=True) == {
        "loss": loss,
        "mae": mae,
        "mse": mse,
    }
    assert model.test_on_batch(X, Y) == pytest.approx([loss, mse, mae])
    assert model.train_on_batch(X, Y) == pytest.approx([loss, mse, mae])
    assert model.train_on_batch(X, Y, return_dict=True).keys() == {"loss", "mae", "mse"}
    assert isinstance(line().evaluate(X, Y), float)


def test_a_bare_metric_is_a_list_of_one() -> None:
    model = classifier(metrics="accuracy")
    loss, accuracy = model.evaluate(X, LABELS)
    assert accuracy == np.mean(model.predict(X).argmax(axis=1) == LABELS)
    assert loss > 0


def test_weights_count_in_the_loss_and_in_weighted_metrics() -> None:
    model = line(metrics="mae", weighted_metrics=["mae"])
    error = model.predict(X)[:, 0] - Y
    numbers = model.evaluate(X, Y, sample_weight=WEIGHTS, return_dict=True)
    assert numbers["loss"] == pytest.approx((error**2 * WEIGHTS).mean())
    assert numbers["mae"] == pytest.approx(abs(error).mean())
    assert numbers["weighted_mae"] == pytest.approx(
        np.average(abs(error), weights=WEIGHTS)
    )
    assert model.loss.sample_weight is None


def test_class_weights_count_in_training_alone() -> None:
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    for x, y in ((X, LABELS), (X, LABELS[:, None])):
        one, other = classifier(), classifier()
        options: dict[str, Any] = {"verbose": 0, "shuffle": False, "epochs": 2}
        one.fit(x, y, class_weight=weights, validation_split=0.2, **options)
        other.fit(
            x[:16],
            y[:16],
            sample_weight=[weights[label] for label in LABELS[:16]],
            validation_data=(x[16:], y[16:]),
            **options,
        )
        assert one.history.history == other.history.history


def test_class_weights_multiply_sample_weights() -> None:
    weights = {0: 1.0, 1: 2.0, 2: 0.5}
    own = np.array([weights[int(label)] for label in LABELS])
    one, other = classifier(), classifier()
    one.fit(X, LABELS, class_weight=weights, sample_weight=WEIGHTS, verbose=0)
    other.fit(X, LABELS, sample_weight=WEIGHTS * own, verbose=0)
    assert one.history.history == other.history.history


def test_validation_when_it_is_due() -> None:
    model = line()
    history = model.fit(
        X, Y, epochs=5, verbose=0, validation_data=(X, Y), validation_freq=2
    )
    assert len(history.history["val_loss"]) == 2
    history = model.fit(
        X, Y, epochs=5, verbose=0, validation_split=0.5, validation_freq=[1, 3, 4]
    )
    assert len(history.history["val_loss"]) == 3
    curve = history.curves()["val_loss"]
    assert np.isnan(curve).tolist() == [False, True, False, False, True]


def test_validation_data_takes_the_place_of_a_split() -> None:
    one, other = line(), line()
    options: dict[str, Any] = {"verbose": 0, "validation_data": (X, Y)}
    one.fit(X, Y, validation_split=0.5, **options)
    other.fit(X, Y, **options)
    assert one.history.history == other.history.history


def test_validation_steps_and_batch_size() -> None:
    sizes: list[int] = []

    class Sizes(Layer):
        def forward(self, x: Array, /) -> Array:
            if not self.training:
                sizes.append(len(x))
            return x

        def backward(self, dy: Array, /) -> Array:
            return dy

    model = Sequential([Sizes(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, 10, verbose=0)
    sizes.clear()
    options: dict[str, Any] = {"validation_batch_size": 3, "validation_steps": 2}
    model.fit(X, Y, 10, verbose=0, validation_split=0.5, **options)
    assert sizes == [3, 3]


@pytest.mark.parametrize("shuffle", [False, True])
def test_steps_go_on_over_the_epochs(shuffle: bool) -> None:
    model = Sequential([Dense(1)], seed=0)
    model.compile(SGD(0.0), "mse")
    history = model.fit(X, Y, 5, 4, 0, shuffle=shuffle, steps_per_epoch=2).history
    loss = history["loss"]
    whole = model.evaluate(X, Y)
    assert (loss[0] + loss[1]) / 2 == pytest.approx(whole)
    assert (loss[2] + loss[3]) / 2 == pytest.approx(whole)
    assert (loss[0] == pytest.approx(loss[2])) != shuffle


def test_an_epoch_in_steps_ends_with_the_pass_as_in_keras() -> None:
    # 100 samples in 10 batches: 4, 4, 2, 4, ... of them. Keras 3.15.1, float32:
    # Dense(1, kernel_initializer="ones"), SGD(0.05, momentum=0.5), "mse",
    # fit(x, y, batch_size=10, steps_per_epoch=4, epochs=6, shuffle=False)
    x = np.random.default_rng(0).normal(size=(100, 3))
    model = Sequential([Dense(1, kernel_initializer="ones")])
    model.compile(SGD(0.05, momentum=0.5), "mse")
    y = x @ [[1.0], [2.0], [3.0]]
    history = model.fit(x, y, 10, 6, 0, shuffle=False, steps_per_epoch=4).history
    expected = [2.82607, 1.4365, 0.10867, 0.00428, 0.00143, 0.00037]
    np.testing.assert_allclose(history["loss"], expected, atol=1e-5)


def test_targets_may_leave_a_last_axis_of_1_out() -> None:
    x = np.random.default_rng(0).normal(size=(6, 5, 2))
    model = Sequential([Dense(1)], seed=0)
    model.compile("sgd", "mse", metrics=["mae"])
    y = x.sum(axis=-1)
    assert model.evaluate(x, y) == model.evaluate(x, y[..., np.newaxis])
    model.fit(x, y, verbose=0, validation_split=0.5)


def test_iterables_of_batches() -> None:
    expected = line().fit(X, Y, 5, 2, 0, shuffle=False).history
    for source, steps in (
        (list(batches(4)), None),
        (batches(8), 4),
        (batches(1000), 4),
    ):
        model = line()
        model.fit(source, epochs=2, steps_per_epoch=steps, verbose=0)
        assert model.history.history == expected
    validated = line().fit(
        X, Y, 5, 2, 0, shuffle=False, validation_data=batches(8), validation_steps=4
    )
    same = line().fit(
        X, Y, 5, 2, 0, shuffle=False, validation_data=list(batches(2, 10))
    )
    np.testing.assert_allclose(validated.history["val_loss"], same.history["val_loss"])
    assert line().evaluate(batches(4)) == pytest.approx(line().evaluate(X, Y))


def test_batches_with_weights() -> None:
    source = [(X[:10], Y[:10], WEIGHTS[:10]), (X[10:], Y[10:], WEIGHTS[10:])]
    expected = line().evaluate(X, Y, sample_weight=WEIGHTS)
    assert line().evaluate(source) == pytest.approx(expected)


def test_predict_over_batches() -> None:
    model = line()
    expected = model.predict(X)
    inputs = (x for x, _ in batches(4))
    np.testing.assert_allclose(model.predict(inputs), expected)
    np.testing.assert_allclose(model.predict(batches(1000), steps=2), expected[:10])
    np.testing.assert_allclose(model.predict(X, 4, steps=2), expected[:8])
    np.testing.assert_allclose(model.predict_on_batch(X), expected)


def test_arrays_on_disk_are_read_batch_by_batch(tmp_path: Path) -> None:
    samples, features = 20_000, 50
    x = np.memmap(tmp_path / "x", "float32", "w+", shape=(samples, features))
    y = np.memmap(tmp_path / "y", "float32", "w+", shape=(samples, 1))
    x[:], y[:] = 0.5, 1.0
    model = Sequential([Dense(1)], seed=0)
    model.compile(SGD(0.01), "mse", metrics=["mae"])
    tracemalloc.start()
    model.fit(x, y, 500, 1, 0, validation_data=(x, y))
    model.evaluate(x, y, 500)
    model.predict(x, 500)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < x.nbytes / 2


class Frame:
    """As a data frame of pandas is seen: columns, and an array on demand."""

    def __init__(self, values: Array) -> None:
        self._values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self._values, dtype)

    def __iter__(self) -> Iterator[str]:
        return iter(("first", "second"))

    def __len__(self) -> int:
        return len(self._values)


def test_data_frames() -> None:
    frame: Any = Frame(X)
    series: Any = Frame(Y)
    one = line().fit(frame, series, epochs=2, verbose=0, validation_split=0.5)
    other = line().fit(X, Y, epochs=2, verbose=0, validation_split=0.5)
    assert one.history == other.history
    np.testing.assert_array_equal(line().predict(frame), line().predict(X))


@pytest.mark.parametrize("verbose", [1, 2])
def test_metrics_that_are_arrays(
    verbose: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    model = classifier(metrics=["accuracy", ConfusionMatrix(3)])
    history = model.fit(X, LABELS, epochs=2, verbose=verbose, validation_split=0.5)
    assert np.sum(history.history["val_confusion_matrix"][0]) == 10
    assert "confusion" not in repr(history)
    assert "accuracy: " in capsys.readouterr().out
    assert "confusion_matrix" not in history.curves()


Refusal = tuple[Callable[[], object], type[Exception], str]


def given(**options: Any) -> object:
    return line().fit(X, Y, verbose=0, **options)


def of(source: Any, **options: Any) -> object:
    return line().fit(source, verbose=0, **options)


REFUSED: dict[str, Refusal] = {
    "metric": (lambda: line(metrics=["acuracy"]), ValueError, "did you mean 'accuracy"),
    "metrics": (lambda: line(metrics={"a": "mse"}), TypeError, "is no metric"),
    "classes": (
        lambda: classifier().fit(X, LABELS, class_weight={0: 1, 1: 1}, verbose=0),
        ValueError,
        "no weight for class 2, only for 0, 1: give every class one",
    ),
    "class list": (
        lambda: given(class_weight=[1, 2]),
        TypeError,
        "class_weight must be a dictionary",
    ),
    "weights": (
        lambda: given(sample_weight=WEIGHTS[:3]),
        ValueError,
        r"sample_weight has shape \(3,\), but there are 20 samples",
    ),
    "negative": (
        lambda: given(sample_weight=-WEIGHTS),
        ValueError,
        r"sample_weight\[0\] is -.* less than 0",
    ),
    "steps": (
        lambda: given(steps_per_epoch=9),
        ValueError,
        "steps_per_epoch must be at most 1, .* got 9",
    ),
    "frequency": (
        lambda: given(validation_split=0.5, validation_freq=["a"]),
        TypeError,
        "an epoch of validation_freq must be a whole number, got 'a'",
    ),
    "batch": (
        lambda: given(validation_split=0.5, validation_batch_size=0),
        ValueError,
        "batch_size must be at least 1, got 0",
    ),
    "validation": (
        lambda: given(validation_data=3),
        TypeError,
        "validation_data must be .* got a int",
    ),
    "four": (lambda: of([(X, Y, WEIGHTS, 3)]), TypeError, "got tuple of 4"),
    "x alone": (lambda: of(iter([X])), TypeError, "got ndarray"),
    "end": (
        lambda: of(batches(3), steps_per_epoch=2, epochs=2),
        ValueError,
        "gave 1 of 2 batches of this epoch: yield more",
    ),
    "empty": (lambda: of(iter(())), ValueError, r"fit\(\): x gave no batch"),
    "once": (lambda: of(batches(3), epochs=2), ValueError, "gave no batch of this"),
    "split": (
        lambda: of(batches(3), validation_split=0.5),
        TypeError,
        "validation_split needs arrays",
    ),
    "weights of batches": (
        lambda: of(batches(3), sample_weight=WEIGHTS),
        TypeError,
        "let the iterable yield",
    ),
    "labels": (
        lambda: classifier().fit([(X, LABELS + 1)], verbose=0),
        ValueError,
        r"fit\(\), batch 1: SparseCategoricalCrossentropy: the label 3 in row 2",
    ),
    "nothing": (
        lambda: line().predict(iter(())),
        ValueError,
        "x gave 0 of at least 1 batches",
    ),
    "a batch": (
        lambda: line().test_on_batch(X, Y[:3]),
        ValueError,
        r"test_on_batch\(\): x has 20 samples and y has 3",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    call, error, sentence = REFUSED[case]
    with pytest.raises(error, match=sentence):
        call()


def program(keras: Any, weights: list[Array] | None, binary: bool) -> dict[str, Any]:
    """Run a program that is the same for Keras and for minidl."""
    layers, l2 = keras.layers, keras.regularizers.L2
    last = (
        layers.Dense(1, activation="sigmoid")
        if binary
        else layers.Dense(3, activation="softmax", bias_regularizer=l2(0.1))
    )
    model = keras.Sequential(
        [
            keras.Input((2,)) if hasattr(keras, "Input") else layers.Input((2,)),
            layers.Dense(8, activation="relu", kernel_regularizer=l2(0.01)),
            layers.BatchNormalization(),
            layers.Dropout(0.0),
            last,
        ]
    )
    if weights is None:
        weights = [np.asarray(weight) for weight in model.get_weights()]
    model.set_weights(weights)
    loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
    y = (LABELS > 0).astype(float) if binary else LABELS
    metrics = ["accuracy", "AUC"] if binary else ["accuracy"]
    weighted = ["mse"] if binary else ["sparse_categorical_crossentropy"]
    adam = keras.optimizers.Adam(2**-7)  # a rate that float32, as in Keras, holds
    model.compile(adam, loss, metrics=metrics, weighted_metrics=weighted)
    options: dict[str, Any] = {"epochs": 4, "shuffle": False, "verbose": 0}
    chosen: dict[str, Any] = {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}}
    if binary:
        chosen = {"sample_weight": WEIGHTS}
    history = model.fit(X, y, 4, validation_split=0.3, **options, **chosen)
    return {
        "weights": weights,
        "history": history.history,
        "evaluated": model.evaluate(X, y, verbose=0, sample_weight=WEIGHTS),
        "tested": model.test_on_batch(X, y),
        "trained": model.train_on_batch(X, y),
        "predicted": model.predict(X, verbose=0),
    }


@pytest.mark.parametrize("binary", [False, True])
def test_live(binary: bool) -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_ENABLE_X64", "1")
    keras: Any = pytest.importorskip("keras")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        expected = program(keras, None, binary)
    finally:
        keras.config.set_floatx(before)
    got = program(minidl, expected["weights"], binary)
    assert list(got["history"]) == list(expected["history"])
    for name, curve in got["history"].items():
        np.testing.assert_allclose(curve, expected["history"][name], rtol=1e-6)
    for part in ("evaluated", "tested", "trained", "predicted"):
        np.testing.assert_allclose(got[part], expected[part], rtol=1e-6)


@pytest.mark.parametrize("kind", ["arrays", "a list of batches", "validation_split"])
def test_validation_steps_take_the_same_samples_after_every_epoch(kind: str) -> None:
    model = line()
    model.compile(SGD(0.0), "mse")
    options: dict[str, dict[str, Any]] = {
        "arrays": {"validation_data": (X, Y), "validation_batch_size": 3},
        "a list of batches": {"validation_data": [(X[:3], Y[:3]), (X[3:], Y[3:])]},
        "validation_split": {"validation_split": 0.5, "validation_batch_size": 2},
    }
    history = model.fit(X, Y, epochs=4, verbose=0, validation_steps=1, **options[kind])
    assert len(set(history.history["val_loss"])) == 1


class Numbered:
    """Batches by number, as a `PyDataset` of Keras has them."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, number: int) -> tuple[Array, Array]:
        rows = slice(number * 5, number * 5 + 5)
        return X[rows], Y[rows]


def test_batches_by_number_are_told_where_an_epoch_begins_and_ends() -> None:
    class Told(Numbered):
        def __init__(self) -> None:
            self.told: list[object] = []

        def on_epoch_begin(self) -> None:
            self.told.append("begin")

        def on_epoch_end(self) -> None:
            self.told.append("end")

        def __getitem__(self, number: int) -> tuple[Array, Array]:
            self.told.append(number)
            return super().__getitem__(number)

    told: Any = Told()
    line().fit(told, epochs=2, verbose=0)
    assert told.told == ["begin", 0, 1, "end"] * 2


def test_batches_by_number() -> None:
    numbered: Any = Numbered()
    listed = [Numbered()[0], Numbered()[1]]
    one, other = line(), line()
    one.fit(numbered, epochs=3, verbose=0, validation_data=numbered)
    other.fit(listed, epochs=3, verbose=0, validation_data=listed)
    assert one.history.history == other.history.history
    np.testing.assert_array_equal(one.predict(numbered), other.predict(listed))
    assert one.evaluate(numbered) == other.evaluate(listed)
