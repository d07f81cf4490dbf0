"""What is left when `fit` is interrupted or something in it goes wrong."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
from minidl.callbacks import Callback, LambdaCallback
from minidl.errors import DivergenceError
from minidl.interrupts import Interrupts
from minidl.layers import Dense, Dropout, Identity
from minidl.optimizers import Adam
from minidl.types import Array

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(20, 2))
Y = X.sum(axis=1)
BATCHES = range(15)  # three epochs of five


class Pressed(Identity):
    """Presses Ctrl-C, or fails, in the middle of one step."""

    def __init__(self, at: int, error: type[Exception] | None = None) -> None:
        super().__init__()
        self.at, self.error, self.count = at, error, 0

    def backward(self, dy: Array, /) -> Array:
        if self.training and self.count == self.at:
            if self.error is not None:
                raise self.error("own mistake")
            signal.raise_signal(signal.SIGINT)
        self.count += 1
        return dy


class Ends(Callback):
    """Counts how often a run began and ended."""

    begun = ended = 0

    def on_train_begin(self, logs: Any = None) -> None:
        self.begun += 1

    def on_train_end(self, logs: Any = None) -> None:
        self.ended += 1


def net(*more: Any) -> Sequential:
    model = Sequential([Dense(4), *more, Dropout(0.2), Dense(1)], seed=0)
    model.compile(Adam(0.01), "mse")
    return model


def fit(model: Sequential, *callbacks: Callback, **options: Any) -> None:
    model.fit(X, Y, 4, 3, 0, callbacks=list(callbacks), **options)


def after_steps(count: int) -> list[Array]:
    """Return the weights after so many steps of the same run."""
    model, steps = net(Identity()), []

    def stop(batch: int, logs: Any) -> None:
        steps.append(batch)
        if len(steps) == count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(model, LambdaCallback(on_train_batch_end=stop))
    return model.get_weights()


def assert_usable(model: Sequential, ends: Ends, steps: int, epochs: int) -> None:
    """The steps before are done and whole, and the model can go on."""
    assert (ends.begun, ends.ended) == (1, 1)
    assert model.optimizer.iterations == steps
    assert not any(part.training for part in model.walk())
    assert all(part.needs_dx for part in model.walk())
    history = model.history
    assert history.epoch == list(range(epochs))
    assert all(len(values) == epochs for values in history.history.values())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if steps:
        expected = after_steps(steps)
        for mine, theirs in zip(model.get_weights(), expected, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    fit(model)
    assert model.history.epoch == [0, 1, 2]


@pytest.fixture(autouse=True)
def answered() -> Iterator[None]:
    """Let Python answer Ctrl-C, which in the background of a shell is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("batch", BATCHES)
def test_ctrl_c_within_a_step_waits_for_its_end(batch: int) -> None:
    pressed = Pressed(batch)
    model, ends = net(pressed), Ends()
    model._rehearsed = True
    with pytest.raises(KeyboardInterrupt):
        fit(model, ends)
    pressed.at = -1
    assert_usable(model, ends, batch + 1, epochs=batch // 5)


@pytest.mark.parametrize("batch", [0, 4, 7])
@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, KeyError])
def test_an_error_in_a_callback(batch: int, hook: str, error: type[Exception]) -> None:
    model, ends, seen = net(Identity()), Ends(), []

    def fail(number: int, logs: Any) -> None:
        seen.append(number)
        if len(seen) == batch + 1:
            raise error("own mistake")

    hooks: dict[str, Any] = {hook: fail}
    with pytest.raises(error):
        fit(model, ends, LambdaCallback(**hooks))
    steps = batch + (hook == "on_train_batch_end")
    assert_usable(model, ends, steps, epochs=batch // 5)


@pytest.mark.parametrize("batch", [0, 4, 7, 14])
def test_an_error_in_a_layer(batch: int) -> None:
    model, ends = net(Pressed(batch, ValueError)), Ends()
    model._rehearsed = True
    with pytest.raises(ValueError, match="own mistake"):
        fit(model, ends)
    assert model.optimizer.iterations == batch
    assert len(model.history.epoch) == batch // 5
    assert not any(part.training for part in model.walk())


def yields(*items: Any) -> Iterator[Any]:
    """Yield the items; raise those that are errors."""
    for item in items:
        if isinstance(item, BaseException):
            raise item
        yield item


GOOD = (X[:4], Y[:4])


@pytest.mark.parametrize(
    ("items", "error", "message"),
    [
        ([GOOD, OSError("the disk is gone")], OSError, "the disk is gone"),
        ([GOOD, KeyboardInterrupt("now")], KeyboardInterrupt, "now"),
        ([GOOD, GOOD], ValueError, r"gave 2 of 5 batches"),
        ([GOOD, None], TypeError, r"must yield \(x, y\)"),
        ([GOOD, (X[:4],)], TypeError, r"must yield \(x, y\)"),
        ([GOOD, (X[:4], Y[:3])], ValueError, r"x has 4 samples and y has 3"),
        ([GOOD, (X[:4, :1], Y[:4])], ValueError, r"expects samples of shape \(2,\)"),
        ([GOOD, (X[:4] * np.nan, Y[:4])], ValueError, r"not finite"),
        ([GOOD, ("abcd", Y[:4])], Exception, r"fit\(\)"),
    ],
)
def test_a_generator_that_fails(
    items: list[Any], error: type[BaseException], message: str
) -> None:
    model, ends = net(Identity()), Ends()
    with pytest.raises(error, match=message):
        model.fit(yields(*items), steps_per_epoch=5, verbose=0, callbacks=ends)
    assert model.optimizer.iterations == sum(item is GOOD for item in items)
    assert (ends.begun, ends.ended) == (1, 1)
    assert model.history.epoch == []
    fit(model)


@pytest.mark.parametrize("batch", [0, 3, 5, 9])
def test_a_loss_that_is_not_finite_at_any_batch(batch: int) -> None:
    model, ends = net(Identity()), Ends()
    weights: list[list[Array]] = []

    def spoil(number: int, logs: Any) -> None:
        weights.append(model.get_weights())
        if len(weights) == batch + 1:
            model.weights[0].value = np.full((2, 4), 1e308)

    with pytest.raises(DivergenceError, match=f"batch {batch % 5 + 1}"):
        fit(model, ends, LambdaCallback(on_train_batch_begin=spoil))
    assert ends.ended == 1
    assert len(model.history.epoch) == batch // 5
    if batch:
        for mine, theirs in zip(model.get_weights(), weights[-2], strict=True):
            np.testing.assert_array_equal(mine, theirs)
        fit(model)


def test_ctrl_c_in_a_generator_that_waits_is_not_held_back() -> None:
    def waits() -> Iterator[Any]:
        yield GOOD
        signal.raise_signal(signal.SIGINT)
        time.sleep(60)

    model = net()
    with pytest.raises(KeyboardInterrupt):
        model.fit(waits(), steps_per_epoch=2, verbose=0)
    assert model.optimizer.iterations == 1


@pytest.mark.parametrize("delay", np.linspace(0.001, 0.04, 10))
def test_ctrl_c_at_any_moment(delay: float) -> None:
    model = net()
    fit(model)
    before, history = model.optimizer.iterations, model.history
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))

    def train() -> None:
        timer.start()  # on a busy machine Ctrl-C may come before fit has begun
        model.fit(X, Y, 4, 10**6, 0)

    with pytest.raises(KeyboardInterrupt):
        train()
    timer.join()
    rows = 0 if model.history is history else len(model.history.epoch)
    if rows:
        assert {len(values) for values in model.history.history.values()} == {rows}
    assert model.optimizer.iterations - before in range(5 * rows, 5 * rows + 6)
    model.fit(X, Y, 4, verbose=0)


def test_a_second_ctrl_c_is_not_held_back() -> None:
    with Interrupts() as interrupts:
        interrupts.held = True
        signal.raise_signal(signal.SIGINT)
        assert interrupts.came
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_a_handler_of_the_user_stays() -> None:
    seen: list[int] = []
    own = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        model = net(Pressed(3))
        fit(model)
    finally:
        signal.signal(signal.SIGINT, own)
    assert seen
    assert model.optimizer.iterations == 15


def test_training_in_another_thread() -> None:
    model = net()
    thread = threading.Thread(target=fit, args=(model,))
    thread.start()
    thread.join()
    assert model.optimizer.iterations == 15
