"""What a callback does with models in the middle of fit leaves that fit as it is."""

import copy
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
from minidl.callbacks import (
    Callback,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
)
from minidl.layers import BatchNormalization, Dense, Dropout, Identity
from minidl.optimizers import SGD
from minidl.types import Array

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((9, 3)), RANDOM.standard_normal((9, 2))

Act = Callable[[Sequential], object]


def noisy() -> Sequential:
    """Return a model that computes something else while it trains."""
    layers = [Dense(4), BatchNormalization(), Dropout(0.5), Dense(2)]
    model = Sequential(layers, seed=0, input_shape=(3,))
    model.compile("sgd", "mse")
    return model


class Acts(Callback):
    """Does something with the model after each batch and each epoch."""

    def __init__(self, act: Act) -> None:
        self.act = act

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.act(self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.act(self.model)


ASKED: dict[str, Act] = {
    "predict": lambda model: model.predict(X + 100),
    "predict_on_batch": lambda model: model.predict_on_batch(X + 100),
    "evaluate": lambda model: model.evaluate(X + 100, Y, batch_size=4),
    "test_on_batch": lambda model: model.test_on_batch(X + 100, Y),
}


@pytest.mark.parametrize("name", ASKED)
def test_to_ask_a_model_in_a_callback_does_not_train_it(name: str) -> None:
    answers: list[list[object]] = []

    def ask(model: Sequential) -> None:
        now = copy.deepcopy(model)
        answers.append([ASKED[name](one) for one in (model, model, now)])
        assert all(layer.training for layer in model.walk())

    asked, alone = noisy(), noisy()
    history = asked.fit(X, Y, 3, 2, callbacks=Acts(ask), verbose=0).history
    assert history == alone.fit(X, Y, 3, 2, verbose=0).history
    assert np.array_equal(asked.predict(X), alone.predict(X))
    assert len(answers) == 8
    for first, second, of_copy in answers:
        assert np.array_equal(np.asarray(first), np.asarray(second))
        assert np.array_equal(np.asarray(first), np.asarray(of_copy))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_a_copy_that_is_made_while_fit_runs_is_not_run_by_it(
    copied: Callable[[Sequential], Sequential],
) -> None:
    copies: list[Sequential] = []
    model = noisy()
    model.fit(X, Y, verbose=0, callbacks=Acts(lambda m: copies.append(copied(m))))
    for one in (*copies, copied(model)):
        assert not any(layer.training or layer.frozen for layer in one.walk())
        assert np.array_equal(one(X), model(X))
        assert one.backward(np.ones((9, 2))).shape == X.shape


def test_a_frozen_model_that_fit_runs_has_a_copy_that_is_not_frozen_by_it() -> None:
    copies: list[Sequential] = []
    model = noisy()
    model.trainable = False
    model.fit(X, Y, verbose=0, callbacks=Acts(lambda m: copies.append(copied(m))))
    assert not any(layer.frozen for one in copies for layer in one.walk())


def copied(model: Sequential) -> Sequential:
    return copy.deepcopy(model)


class Probe(Identity):
    """Keeps whether it was trained in each forward."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bool] = []

    def forward(self, x: Array, /) -> Array:
        self.seen.append(self.training)
        return super().forward(x)


@pytest.mark.parametrize("fit", [True, False])
def test_a_model_that_its_callback_trains_goes_on_training(fit: bool) -> None:
    def train(epoch: int, logs: object) -> None:
        run = model._running
        if epoch == 1 and fit:
            model.fit(X, Y, verbose=0)
        elif epoch == 1:
            model.train_on_batch(X, Y)
        assert model._running is run is not None

    probe = Probe()
    model = Sequential([Dense(4), probe, Dense(2)], seed=0)
    model.compile("sgd", "mse")
    model.train_on_batch(X, Y)
    probe.seen.clear()
    model.fit(X, Y, epochs=3, verbose=0, callbacks=LambdaCallback(on_epoch_begin=train))
    assert probe.seen == [True] * 4
    model.predict(X)
    assert not any(layer.training for layer in model.walk())


def test_a_fit_within_a_fit_has_a_history_of_its_own() -> None:
    def again(epoch: int, logs: object) -> None:
        if epoch == 1:
            inner.append(model.fit(X, Y, epochs=2, verbose=0))
            assert model.history is not inner[0]

    inner: list[History] = []
    model = Sequential([Dense(2)], seed=0)
    model.compile("sgd", "mse")
    callback = LambdaCallback(on_epoch_begin=again)
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=callback)
    assert history is model.history
    assert (len(history.epoch), len(inner[0].epoch)) == (3, 2)


def sharing(width: int, deep: bool) -> tuple[Sequential, Sequential]:
    """Return two models with a layer in common, the first of one of them."""
    shared = Dense(4, activation="tanh")
    one = Sequential([shared, Dense(2)], seed=0, input_shape=(width,))
    inner = Sequential([shared]) if deep else shared
    other = Sequential([Dense(width), inner, Dense(2)], seed=1, input_shape=(3,))
    for model in (one, other):
        model.compile(SGD(0.1, momentum=0.5), "mse")
    return one, other


@pytest.mark.parametrize("width", [3, 4])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("validating", [False, True])
def test_models_that_share_a_layer_train_within_each_other_as_in_turn(
    width: int, deep: bool, validating: bool
) -> None:
    x = RANDOM.standard_normal((9, width))
    one, other = sharing(width, deep)
    callback = Callback()
    when = "on_test_begin" if validating else "on_epoch_begin"
    setattr(callback, when, lambda *_: other.train_on_batch(X, Y))
    one.fit(x, Y, epochs=3, verbose=0, callbacks=callback, validation_data=(x, Y))
    first, second = sharing(width, deep)
    for _ in range(3):
        models = [(first, x), (second, X)]
        for model, inputs in models if validating else models[::-1]:
            model.train_on_batch(inputs, Y)
    for model, in_turn in ((one, first), (other, second)):
        for got, wanted in zip(model.get_weights(), in_turn.get_weights(), strict=True):
            assert np.allclose(got, wanted, 1e-12, 1e-12)
    assert other.evaluate(X, Y) == pytest.approx(second.evaluate(X, Y), 1e-12)


def test_to_ask_a_model_that_holds_a_layer_deeper_does_not_train_it() -> None:
    def ask(*_: object) -> None:
        np.testing.assert_array_equal(other.predict(X), X)
        assert other.evaluate(X, X) == 0

    noise = Dropout(0.5)
    other = Sequential([Sequential([noise])], input_shape=(3,))
    other.compile("sgd", "mse")
    model = Sequential([Dense(3), noise], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, X, epochs=2, verbose=0, callbacks=LambdaCallback(on_epoch_end=ask))


def test_predictions_of_a_layer_that_changes_nothing_are_kept() -> None:
    def batches() -> Iterator[Array]:
        buffer = np.zeros((1, 2))
        for i in range(3):
            buffer[:] = i
            yield buffer

    model = Sequential([Identity()], input_shape=(2,))
    assert model.predict(batches()).tolist() == [[0, 0], [1, 1], [2, 2]]


def test_the_first_layer_of_another_model_goes_back_too() -> None:
    def train(*_: object) -> None:
        other.train_on_batch(X, Y)
        assert len({id(weight._vectors[0]) for weight in model.weights}) == 1

    shared = Dense(3)
    other = Sequential([shared, Dense(2)], seed=0)
    model = Sequential([Dense(3), shared], seed=1)
    for one in (other, model):
        one.compile("sgd", "mse")
    model.fit(X, X, epochs=2, verbose=0, callbacks=LambdaCallback(on_epoch_begin=train))


class Fails(Identity):
    """Cannot go back once it is armed."""

    armed = False

    def backward(self, dy: Array, /) -> Array:
        if self.armed:
            raise RuntimeError("armed")
        return dy


def test_a_training_that_fails_in_a_callback_leaves_fit_as_it_was() -> None:
    def fail(*_: object) -> None:
        with pytest.raises(RuntimeError, match="armed"):
            other.train_on_batch(X, Y)

    trained = []
    for callbacks in ([], [LambdaCallback(on_epoch_begin=fail)]):
        one, _ = sharing(3, deep=False)
        other = Sequential([one.layers[0], Dense(2), Fails()], seed=2)
        other.compile("sgd", "mse")
        other.evaluate(X, Y, verbose=0)
        vars(other.layers[-1])["armed"] = True
        one.fit(X, Y, epochs=2, verbose=0, callbacks=callbacks)
        trained.append(one.get_weights())
        assert not any(layer.training for layer in other.walk())
    for without, amid in zip(*trained, strict=True):
        np.testing.assert_array_equal(without, amid)


def test_a_frozen_layer_stays_frozen_when_a_callback_trains_its_model() -> None:
    def train(*_: object) -> None:
        model.train_on_batch(X, Y)
        assert frozen.frozen

    frozen = BatchNormalization(trainable=False)
    model = Sequential([frozen, Dense(2)], seed=0)
    model.compile("sgd", "mse")
    model.build((3,))
    before = frozen.get_weights()
    model.fit(X, Y, epochs=2, verbose=0, callbacks=LambdaCallback(on_epoch_begin=train))
    for then, now in zip(before, frozen.get_weights(), strict=True):
        np.testing.assert_array_equal(then, now)


def test_what_was_frozen_while_fit_ran_is_not_frozen_afterwards() -> None:
    layer = BatchNormalization()
    model = Sequential([layer, Dense(2)])
    model.compile("sgd", "mse")
    for use in (lambda: model.fit(X, Y, verbose=0), lambda: layer(X, training=True)):
        layer.trainable = False
        use()
        layer.trainable = True
        assert np.allclose(layer(X, training=True).mean(axis=0), 0)


def test_a_part_of_a_frozen_model_stays_frozen_when_a_callback_calls_it() -> None:
    layer = BatchNormalization()
    model = Sequential([layer, Dense(2)], input_shape=(3,), trainable=False)
    model.compile("sgd", "mse")
    before = model.get_weights()
    act = Acts(lambda _: layer(X + 5, training=True))
    model.fit(X, Y, verbose=0, callbacks=act)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)


@pytest.mark.parametrize("size", [3, 5, 8])
def test_batches_of_weighted_samples_train_as_by_hand(size: int) -> None:
    weights = np.arange(9) / 4
    layer = Dense(2)
    model = Sequential([layer], input_shape=(3,))
    model.compile(SGD(0.1), "mse")
    kernel, bias, total = *model.get_weights(), 0.0
    for start in range(0, 9, size):
        part = slice(start, start + size)
        x, w = X[part], weights[part, np.newaxis]
        error = x @ kernel + bias - Y[part]
        total += float((w * error**2).sum()) / 2
        dy = w * error / len(x)
        kernel, bias = kernel - 0.1 * x.T @ dy, bias - 0.1 * dy.sum(axis=0)
    history = model.fit(
        X, Y, size, shuffle=False, sample_weight=weights, verbose=0
    ).history
    assert history["loss"][0] == pytest.approx(total / 9, 1e-12)
    assert np.allclose(layer.kernel.value, kernel, 1e-12)
    assert np.allclose(layer.bias.value, bias, 1e-12)
    assert model.loss.sample_weight is None


class SavesAtEnd(Callback):
    """Saves in the hook of an epoch's end, before the epoch is over."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            self.model.save(self.path)


@pytest.mark.parametrize("at_end", [True, False])
def test_a_run_saved_by_an_epochs_end_goes_on_with_the_rate_of_the_next(
    at_end: bool, tmp_path: Path
) -> None:
    path = tmp_path / "run.safetensors"

    def run(epochs: int, resume: Path | None = None) -> Sequential:
        model = noisy()
        rates = LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))
        saves = SavesAtEnd(path) if at_end else ModelCheckpoint(str(path))
        callbacks = [rates, saves]
        model.fit(X, Y, 3, epochs, 0, callbacks, resume=resume)
        return model

    whole = run(4)
    run(2)
    resumed = run(4, path)
    assert resumed.history.history["loss"] == whole.history.history["loss"]
    assert np.array_equal(resumed.predict(X), whole.predict(X))
