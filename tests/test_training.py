"""What fit, evaluate and predict do with data, epochs, batches and seeds."""

import math
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
from minidl.errors import DivergenceError
from minidl.layers import Dense, Layer, Sigmoid, Tanh
from minidl.optimizers import SGD
from minidl.types import Array

X = np.linspace(-1, 1, 10)
Y = np.sin(3 * X)


def make(
    seed: int | None = 0, momentum: float = 0.9, dtype: str = "float64"
) -> Sequential:
    model = Sequential([Dense(4), Tanh(), Dense(1)], seed=seed, dtype=dtype)
    model.compile(SGD(0.1, momentum=momentum), "mse")
    return model


class Recorder(Layer):
    """Passes everything through and notes what it sees while training."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[float]] = []

    def forward(self, x: Array, /) -> Array:
        if self.training:
            self.seen.append(x[:, 0].tolist())
        return x

    def backward(self, dy: Array, /) -> Array:
        return dy


def recorded(shuffle: bool, batch_size: int, epochs: int = 2) -> list[list[float]]:
    recorder = Recorder()
    model = Sequential([recorder, Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size, epochs, verbose=0, shuffle=shuffle)
    return recorder.seen


def test_batches_come_in_order_and_the_last_is_shorter() -> None:
    assert recorded(False, 4, 1) == [X[:4].tolist(), X[4:8].tolist(), X[8:].tolist()]


def test_shuffling_shows_every_sample_once_an_epoch_in_a_new_order() -> None:
    seen = recorded(True, 4)
    first, second = [*seen[0], *seen[1], *seen[2]], [*seen[3], *seen[4], *seen[5]]
    assert sorted(first) == sorted(second) == X.tolist()
    assert first != second
    assert first != X.tolist()
    assert recorded(True, 4) == seen


def test_a_full_batch_is_not_shuffled() -> None:
    assert recorded(True, 10, 1) == [X.tolist()]


def test_shuffling_keeps_inputs_and_targets_together() -> None:
    model = Sequential([Dense(1)], seed=0)
    model.compile(SGD(0.1), "mse")
    x = np.arange(20.0) / 20
    history = model.fit(x, 3 * x, batch_size=4, epochs=300, verbose=0)
    assert history.history["loss"][-1] < 1e-4


def test_the_epoch_loss_is_the_mean_over_samples_before_each_update() -> None:
    model, twin = make(), make()
    loss = model.fit(X, Y, batch_size=4, epochs=1, shuffle=False, verbose=0).history
    parts = [slice(0, 4), slice(4, 8), slice(8, 10)]
    losses = [twin.train_on_batch(X[part], Y[part]) for part in parts]
    assert loss["loss"][0] == pytest.approx((4 * sum(losses[:2]) + 2 * losses[2]) / 10)


def test_train_on_batch_returns_the_loss_before_the_update() -> None:
    model = make()
    model([0.0])
    before = model.evaluate(X, Y)
    assert model.train_on_batch(X, Y) == pytest.approx(before)
    assert model.evaluate(X, Y) < before


@pytest.mark.parametrize(
    ("samples", "fraction", "cut"),
    [(10, 0.25, 7), (10, 0.33, 6), (7, 0.2, 5), (10, 0.5, 5)],
)
def test_the_validation_split_cuts_where_keras_does(
    samples: int, fraction: float, cut: int
) -> None:
    x, y = np.arange(samples) / samples, np.zeros(samples)
    split, given = make(), make()
    one = split.fit(x, y, epochs=2, validation_split=fraction, verbose=0)
    other = given.fit(
        x[:cut], y[:cut], epochs=2, validation_data=(x[cut:], y[cut:]), verbose=0
    )
    assert one.history == other.history
    assert one.history["val_loss"][-1] == given.evaluate(x[cut:], y[cut:])


def test_layers_are_not_in_training_mode_while_validating() -> None:
    model = Sequential([Recorder(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, batch_size=10, epochs=2, validation_data=[X, Y], verbose=0)
    recorder = model.layers[0]
    assert isinstance(recorder, Recorder)
    assert len(recorder.seen) == 2
    assert not recorder.training


def global_state() -> Any:
    """Return where NumPy's global stream stands, typed alike in every NumPy."""
    state: Any = np.random.get_state()  # noqa: NPY002
    return state[1]


@pytest.mark.parametrize("batch_size", [3, 10])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_seed_gives_the_same_bits(batch_size: int, dtype: str) -> None:
    np.random.seed(0)  # noqa: NPY002  # the global state must not matter
    one = make(dtype=dtype)
    one.fit(X, Y, batch_size, epochs=5, verbose=0)
    np.random.seed(1)  # noqa: NPY002
    state = global_state().copy()
    other = make(dtype=dtype)
    other.fit(X, Y, batch_size, epochs=5, verbose=0)
    assert (global_state() == state).all()
    for mine, yours in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_without_a_seed_runs_differ() -> None:
    one, other = make(seed=None), make(seed=None)
    assert not np.array_equal(one(X), other(X))


@pytest.mark.parametrize("batch_size", [3, 10])
def test_fit_twice_is_fit_once_for_twice_as_long(batch_size: int) -> None:
    once, twice = make(), make()
    whole = once.fit(X, Y, batch_size, epochs=10, verbose=0)
    first = twice.fit(X, Y, batch_size, epochs=5, verbose=0)
    second = twice.fit(X, Y, batch_size, epochs=10, initial_epoch=5, verbose=0)
    assert first.history["loss"] + second.history["loss"] == whole.history["loss"]
    assert second.epoch == [5, 6, 7, 8, 9]
    assert twice.history is second
    for mine, yours in zip(once.get_weights(), twice.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_zero_epochs_do_nothing() -> None:
    model = make()
    model([0.0])
    before = model.get_weights()
    history = model.fit(X, Y, epochs=0, verbose=0)
    assert (history.epoch, history.history) == ([], {})
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_one_dimensional_data_comes_back_one_dimensional() -> None:
    model = make()
    model.fit(X, Y, verbose=0)
    assert model.predict(X).shape == model(X).shape == (10,)
    assert model.predict(X[:, None]).shape == (10, 1)
    assert model.predict_on_batch(X).shape == (10,)
    two = Sequential([Dense(2)])
    assert two(X).shape == (10, 2)
    assert two.predict(X[:0]).shape == (0, 2)


def test_targets_with_and_without_a_second_axis_are_the_same() -> None:
    flat, column = make(), make()
    one = flat.fit(X, Y, epochs=3, verbose=0).history
    other = column.fit(X[:, None], Y[:, None], epochs=3, verbose=0).history
    assert one == other


def test_predict_does_not_depend_on_the_batch_size() -> None:
    model = make()
    model(X)
    np.testing.assert_allclose(model.predict(X, batch_size=3), model(X), rtol=1e-14)


def test_float32_models_compute_in_float32() -> None:
    model = make(dtype="float32")
    model.fit(X, Y, epochs=2, verbose=0)
    assert model.predict(X).dtype == np.float32
    assert {w.value.dtype.name for w in model.weights} == {"float32"}
    assert {w.grad.dtype.name for w in model.weights} == {"float32"}


def test_frozen_layers_keep_their_weights_before_and_after_compile() -> None:
    model = Sequential([Dense(3), Sigmoid(), Dense(3), Dense(1)], seed=0)
    model.compile(SGD(0.1, momentum=0.9), "mse")
    model(X)
    model.layers[2].trainable = False
    frozen = model.layers[2].get_weights()
    model.fit(X, Y, epochs=3, verbose=0)
    for before, after in zip(frozen, model.layers[2].get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    model.layers[0].trainable = False
    moved = [layer.get_weights() for layer in model.layers]
    model.fit(X, Y, epochs=3, verbose=0)
    for i, still in ((0, True), (2, True), (3, False)):
        for before, after in zip(moved[i], model.layers[i].get_weights(), strict=True):
            assert np.array_equal(before, after) is still
    np.testing.assert_array_equal(frozen[0], model.layers[2].get_weights()[0])
    model.trainable = False
    assert model.trainable_weights == []


def test_the_first_layer_returns_dx_except_while_training() -> None:
    model = make()
    model.fit(X, Y, verbose=0)
    model.forward(X[:, None])
    assert model.backward(np.ones((10, 1))).shape == (10, 1)
    with pytest.raises(DivergenceError):
        model.fit(X, Y * 1e200, verbose=0)
    assert model.layers[0].needs_dx
    nested = Sequential([Sequential([Dense(2)]), Dense(1)])
    nested.compile("sgd", "mse")
    nested.fit(np.ones((4, 3)), np.ones(4), verbose=0)
    nested.forward(np.ones((4, 3)))
    assert nested.backward(np.ones((4, 1))).shape == (4, 3)


@pytest.mark.parametrize("batch_size", [5, 10])
def test_divergence_stops_with_the_last_good_weights(batch_size: int) -> None:
    model = make(momentum=0.5)
    model.optimizer.learning_rate = 1e60
    with pytest.raises(DivergenceError, match=r"epoch \d+, batch \d.*learning_rate"):
        model.fit(X, Y, batch_size, epochs=50, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert math.isfinite(model.evaluate(X[:5], Y[:5]))
    model.optimizer.learning_rate = 0.01
    assert len(model.history.epoch) < 50
    assert not any(part.training for part in model.walk())


def test_the_weights_that_come_back_are_those_of_the_last_finite_loss() -> None:
    model, twin = make(momentum=0.0), make(momentum=0.0)
    for each in (model, twin):
        each.fit(X, Y, batch_size=10, epochs=3, verbose=0)
    model.optimizer.learning_rate = 1e200
    with pytest.raises(DivergenceError, match="epoch 2") as caught:
        model.fit(X, Y, batch_size=10, epochs=5, verbose=0)
    assert f"the last finite loss, {twin.evaluate(X, Y):.4g}" in str(caught.value)
    for mine, yours in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, yours)
    with pytest.raises(RuntimeWarning):  # NumPy warns again once fit is over
        np.multiply(1e300, np.float64(1e300))


def test_a_first_loss_that_is_not_finite_is_no_matter_of_the_learning_rate() -> None:
    model = make()
    model(X)
    model.weights[0].value[0, 0] = np.nan
    with pytest.raises(DivergenceError, match="before any step was taken"):
        model.fit(X, Y, verbose=0)


def test_the_defaults_are_those_of_keras() -> None:
    recorder = Recorder()
    model = Sequential([recorder, Dense(1)], seed=0)
    model.compile(SGD(), "mse")
    x = np.linspace(0, 1, 100)
    assert model.fit(x, x, verbose=0).epoch == [0]
    assert [len(batch) for batch in recorder.seen] == [32, 32, 32, 4]
    assert (SGD().learning_rate, SGD().momentum, SGD().nesterov) == (0.01, 0.0, False)


def test_a_step_leaves_no_trace_in_streams_and_layers() -> None:
    class Noise(Recorder):
        def forward(self, x: Array, /) -> Array:
            super().forward(x)
            return x + self.random.normal(size=x.shape) if self.training else x

    layer = Noise()
    model = Sequential([layer, Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, epochs=0, verbose=0)
    fresh = Sequential([Noise(), Dense(1)], seed=0)(X)
    np.testing.assert_array_equal(model(X), fresh)
    assert layer.seen == []


def test_nested_models_may_be_empty() -> None:
    model = Sequential([Sequential(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)


def test_compile_changes_both_or_nothing() -> None:
    model = make()
    optimizer = model.optimizer
    with pytest.raises(ValueError, match="unknown loss"):
        model.compile(SGD(99.0), "nope")
    assert model.optimizer is optimizer


def test_the_velocity_of_layers_taken_away_does_not_push_new_ones() -> None:
    model = make(momentum=0.9)
    model.fit(X, Y, epochs=5, verbose=0)
    model.pop()
    model.add(Dense(1))
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    model.fit(X, Y, epochs=1, verbose=0)
    for mine, yours in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, yours)


def test_a_last_step_into_infinity_is_divergence_too() -> None:
    model = make()
    model.optimizer.learning_rate = 1e308
    with pytest.raises(DivergenceError, match="epoch 1"):
        model.fit(1e3 * X, 1e3 * Y, batch_size=10, epochs=1, verbose=0)
    with pytest.raises(DivergenceError, match="this batch"):
        model.train_on_batch(X * 1e300, Y)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_a_validation_loss_that_overflows_is_divergence() -> None:
    with pytest.raises(DivergenceError, match="validation of epoch 1"):
        make().fit(X, Y, validation_data=(X, 1e200 * Y), verbose=0)


def test_an_interrupted_fit_leaves_a_model_that_can_go_on() -> None:
    class Interrupt(Recorder):
        def forward(self, x: Array, /) -> Array:
            super().forward(x)
            if self.training and len(self.seen) == 7:
                raise KeyboardInterrupt
            return x

    model = Sequential([Interrupt(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=4, epochs=10, verbose=0)
    assert len(model.history.epoch) == 2
    assert not any(part.training for part in model.walk())
    model.fit(X, Y, batch_size=4, epochs=10, verbose=0)


def test_evaluate_prints_only_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    model = make()
    model.evaluate(X, Y)
    model.predict(X, verbose=1)
    assert capsys.readouterr().out == ""
    loss = model.evaluate(X, Y, verbose=1)
    assert capsys.readouterr().out == f"loss: {loss:.4f}\n"
