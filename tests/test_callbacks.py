"""Callbacks: the order of the hooks, and each callback against Keras's behaviour."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
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
from minidl.callbacks.callback import Callbacks
from minidl.errors import DivergenceError
from minidl.layers import BatchNormalization, Dense, Dropout
from minidl.metrics import ConfusionMatrix
from minidl.optimizers import SGD
from minidl.schedules import ExponentialDecay

X = np.linspace(-1, 1, 8)[:, None]
Y = 2 * X
HOOKS = [name for name in dir(Callback) if name.startswith("on_")]


def net(rate: float = 0.1, **options: Any) -> Sequential:
    model = Sequential([Dense(1)], seed=0)
    model.compile(SGD(rate), "mse", **options)
    return model


def fit(*callbacks: Callback, epochs: int = 2, **options: Any) -> Sequential:
    model = net()
    model.fit(X, Y, 4, epochs, 0, list(callbacks), **options)
    return model


def scheduled(callback: Callback) -> None:
    """Train with a callback, and an optimizer that has a schedule."""
    model = net()
    model.compile(SGD(ExponentialDecay(0.1, 10, 0.9)), "mse")
    model.fit(X, Y, verbose=0, callbacks=[callback])


class Diary(Callback):
    """Notes which hook is called, and the names in the logs."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.names: dict[str, list[str]] = {}
        for name in HOOKS:
            setattr(self, name, self._noting(name))

    def _noting(self, name: str) -> Callable[..., None]:
        def note(*arguments: Any) -> None:
            number = f" {arguments[0]}" if len(arguments) == 2 else ""
            self.calls.append(name.removeprefix("on_") + number)
            self.names[name] = list(arguments[-1])

        return note


class Fed(Callback):
    """Replaces a number in the logs by given ones; goes before what it feeds."""

    def __init__(self, name: str, *values: float) -> None:
        self.name, self.values = name, values

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        if logs is not None:
            logs[self.name] = self.values[epoch]


def test_the_order_is_that_of_keras() -> None:
    diary = Diary()
    model = fit(diary, epochs=1, validation_data=(X, Y))
    assert diary.calls == [
        *("train_begin", "epoch_begin 0"),
        *("train_batch_begin 0", "train_batch_end 0", "train_batch_settled 0"),
        *("train_batch_begin 1", "train_batch_end 1", "train_batch_settled 1"),
        *("test_begin", "test_batch_begin 0", "test_batch_end 0"),
        *("test_batch_begin 1", "test_batch_end 1", "test_end"),
        *("epoch_end 0", "epoch_settled 0", "train_end"),
    ]
    assert diary.names["on_epoch_end"] == ["loss", "val_loss"]
    assert diary.names["on_train_batch_end"] == diary.names["on_test_end"] == ["loss"]
    assert diary.model is model
    assert diary.params == {
        "epochs": 1,
        "steps": 2,
        "verbose": 0,
        "validates": True,
    }
    diary.calls.clear()
    model.predict(X, callbacks=[diary])
    assert diary.calls == [
        *("predict_begin", "predict_batch_begin 0", "predict_batch_end 0"),
        "predict_end",
    ]
    diary.calls.clear()
    model.evaluate(X, Y, callbacks=diary)
    assert diary.calls[0] == "test_begin"


def test_batch_logs_are_the_means_since_the_epoch_began() -> None:
    seen: list[float] = []

    def note(batch: int, logs: Any) -> None:
        seen.append(logs["loss"])

    model = fit(LambdaCallback(on_train_batch_end=note), epochs=1)
    assert seen[-1] == model.history.history["loss"][0]


def test_a_hook_that_is_not_defined_is_not_called() -> None:
    callbacks = Callbacks([EarlyStopping("loss"), TerminateOnNaN()], net(), {})
    assert callbacks.hooks("on_train_batch_end") == []
    assert len(callbacks.hooks("on_epoch_end")) == 1


def test_the_older_names_of_the_batch_hooks() -> None:
    class Older(Callback):
        seen: int = 0

        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            self.seen += 1

    class Both(Older):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """As Keras does, call this one alone."""

    older, both = Older(), Both()
    fit(older, both, epochs=3)
    assert (older.seen, both.seen) == (6, 0)


def test_the_end_is_told_the_last_numbers_and_predict_its_outputs() -> None:
    told: dict[str, Any] = {}
    hooks: Any = {
        "on_train_end": lambda logs: told.update(logs),
        "on_predict_batch_end": lambda batch, logs: told.update(logs),
    }
    watcher = LambdaCallback(**hooks)
    model = fit(watcher, validation_data=(X, Y))
    assert told == {name: values[-1] for name, values in model.history.history.items()}
    y = model.predict(X, callbacks=watcher)
    np.testing.assert_array_equal(told["outputs"], y)


@pytest.mark.parametrize(
    "ask",
    [
        lambda model: model.predict(10 * X),
        lambda model: model.predict_on_batch(10 * X),
        lambda model: model.evaluate(10 * X, Y),
        lambda model: model.test_on_batch(10 * X, Y),
    ],
    ids=["predict", "predict_on_batch", "evaluate", "test_on_batch"],
)
@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end"])
def test_what_a_callback_asks_of_a_model_is_inference(
    ask: Callable[[Sequential], Any], hook: str
) -> None:
    answers: list[Any] = []

    def watch(number: int, logs: Any) -> None:
        answers.append((ask(model), ask(model)))

    weights = []
    hooks: Any = {hook: watch}
    for callbacks in ([], [LambdaCallback(**hooks)]):
        model = Sequential([Dense(4), BatchNormalization(), Dropout(0.5)], seed=0)
        model.add(Dense(1))
        model.compile("sgd", "mse")
        model.fit(X, Y, 4, 2, 0, callbacks)
        weights.append(model.get_weights())
    for one, again in answers:
        np.testing.assert_array_equal(one, again)
    for alone, watched in zip(*weights, strict=True):
        np.testing.assert_array_equal(alone, watched)


def test_a_weight_that_overflows_in_the_last_step_is_told_with_its_epoch() -> None:
    model = net(1e308)

    def stop(epoch: int, logs: Any) -> None:
        model.stop_training = True

    hooks: Any = {"on_epoch_end": stop}
    with pytest.raises(DivergenceError, match="a weight overflowed in epoch 1, first"):
        model.fit(1e3 * X, Y, epochs=9, verbose=0, callbacks=LambdaCallback(**hooks))
    assert np.isfinite(model.get_weights()[0]).all()


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end"])
def test_stopping_in_a_batch_ends_the_epoch(hook: str) -> None:
    model = net()

    def stop(batch: int, logs: Any) -> None:
        model.stop_training = True

    diary = Diary()
    callbacks = [LambdaCallback(**wrong({hook: stop})), diary]
    history = model.fit(X, Y, 2, 5, 0, callbacks, validation_data=(X, Y))
    assert history.epoch == [0]
    assert "train_batch_end 0" in diary.calls
    assert "train_batch_begin 1" not in diary.calls
    assert diary.calls[-3:] == ["epoch_end 0", "epoch_settled 0", "train_end"]
    assert list(history.history) == ["loss", "val_loss"]


@pytest.mark.parametrize(
    "hook", ["on_train_begin", "on_epoch_end", "on_train_batch_end", "on_train_end"]
)
def test_an_error_names_the_callback_and_ends_the_others(hook: str) -> None:
    def fail(*arguments: object) -> None:
        raise KeyError("own mistake")

    diary = Diary()
    with pytest.raises(KeyError, match="own mistake") as raised:
        fit(LambdaCallback(**{hook: fail}), diary)
    assert raised.value.__notes__ == [
        f"raised by {hook} of the callback LambdaCallback"
    ]
    assert diary.calls[-1] == "train_end"


def test_callbacks_are_told_of_the_end_after_divergence() -> None:
    diary = Diary()
    with pytest.raises(DivergenceError):
        net(1e200).fit(X, Y, 8, 9, 0, diary)
    assert diary.calls[-1] == "train_end"


@pytest.mark.parametrize(
    ("options", "values", "stopped", "best"),
    [
        ({}, (3, 2, 2, 1), 2, 2),
        ({"patience": 2}, (3, 2, 2, 1), 0, 1),
        ({"patience": 2}, (3, 4, 5, 6), 2, 3),
        ({"min_delta": 0.5}, (3, 2.6, 1, 1), 1, 3),
        ({"mode": "max"}, (1, 2, 1, 3), 2, 2),
        ({"baseline": 1, "patience": 2}, (3, 2, 1.5, 0.5), 0, 0.5),
        ({"baseline": 1, "patience": 2}, (3, 2, 2, 0.5), 2, 2),
        ({"start_from_epoch": 2}, (1, 2, 2, 3), 3, 2),
        ({}, (3, 3, 1, 1), 1, 3),
    ],
)
def test_early_stopping(
    options: dict[str, Any], values: tuple[float, ...], stopped: int, best: float
) -> None:
    stopping = EarlyStopping("val_loss", **options)
    model = fit(Fed("val_loss", *values), stopping, epochs=4)
    assert stopping.stopped_epoch == stopped
    assert len(model.history.epoch) == (stopped + 1 if stopped else 4)
    assert stopping.best == best


@pytest.mark.parametrize("stopped", [True, False])
def test_the_best_weights_come_back_stopped_or_not(
    stopped: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[Any] = []
    model = net()
    watch = EarlyStopping(
        "loss", patience=1 if stopped else 9, restore_best_weights=True, verbose=1
    )

    def keep(epoch: int, logs: Any) -> None:
        kept.append(model.get_weights())

    values = Fed("loss", 2, 1, 3, 4)
    model.fit(X, Y, 4, 4, 0, [values, LambdaCallback(on_epoch_end=keep), watch])
    np.testing.assert_array_equal(model.get_weights()[0], kept[1][0])
    assert watch.best_epoch == 1
    printed = capsys.readouterr().out
    assert ("Epoch 3: early stopping" in printed) == stopped
    assert "Restoring model weights from the end of the best epoch: 2." in printed


def test_a_monitor_that_is_not_due_is_waited_for() -> None:
    watch = EarlyStopping(patience=9)
    fit(watch, ReduceLROnPlateau(), epochs=4, validation_split=0.5, validation_freq=2)
    assert np.isfinite(watch.best)


@pytest.mark.parametrize(
    ("options", "values", "rates"),
    [
        ({"patience": 1}, (3, 3, 3, 3), (1, 1, 0.5, 0.25)),
        ({"patience": 2}, (3, 3, 3, 3), (1, 1, 1, 0.5)),
        ({"patience": 1, "cooldown": 2}, (3, 3, 3, 3), (1, 1, 0.5, 0.5)),
        ({"patience": 1, "min_lr": 0.4}, (3, 3, 3, 3), (1, 1, 0.5, 0.4)),
        ({"patience": 1, "min_delta": 0.5}, (3, 2.9, 2, 1), (1, 1, 0.5, 0.5)),
        ({"patience": 1, "mode": "max"}, (1, 2, 2, 3), (1, 1, 1, 0.5)),
    ],
)
def test_the_rate_falls_on_a_plateau(
    options: dict[str, Any], values: tuple[float, ...], rates: tuple[float, ...]
) -> None:
    model = net(1.0)
    reduce = ReduceLROnPlateau("val_loss", factor=0.5, **options)
    history = model.fit(X, Y, 8, 4, 0, [Fed("val_loss", *values), reduce])
    assert history.history["learning_rate"] == list(rates)


def test_the_rate_follows_a_function(capsys: pytest.CaptureFixture[str]) -> None:
    def halved(epoch: int, rate: float) -> float:
        return rate / 2

    def of_the_epoch(epoch: int) -> float:
        return 1 / (epoch + 1)

    model = fit(LearningRateScheduler(halved, verbose=1))
    assert model.history.history["learning_rate"] == [0.05, 0.025]
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.05." in (
        capsys.readouterr().out
    )
    model = fit(LearningRateScheduler(of_the_epoch))
    assert model.history.history["learning_rate"] == [1.0, 0.5]


def test_a_csv_file_holds_every_epoch(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    options: dict[str, Any] = {"validation_split": 0.5, "validation_freq": 2}
    model = fit(CSVLogger(path), **options)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["epoch", "loss", "val_loss"]
    assert [row["val_loss"] == "NA" for row in rows] == [True, False]
    loss = model.history.history["loss"]
    assert [float(row["loss"]) for row in rows] == loss
    fit(CSVLogger(str(path), append=True), **options)
    assert len(path.read_text().splitlines()) == 5
    fit(CSVLogger(path, separator=";"))
    assert path.read_text().startswith("epoch;loss;val_loss\n")
    with pytest.raises(ValueError, match="has no column for epoch"):
        fit(CSVLogger(path, append=True))


def test_a_csv_file_takes_arrays(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    model = Sequential([Dense(2, activation="softmax")], seed=0)
    loss = "sparse_categorical_crossentropy"
    model.compile("sgd", loss, metrics=[ConfusionMatrix(2)])
    labels = np.arange(8) % 2
    model.fit(X, labels, epochs=2, verbose=0, callbacks=CSVLogger(path))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = model.history.history["confusion_matrix"][1]
    assert rows[1]["confusion_matrix"] == str(np.asarray(table).tolist())


def test_a_function_at_any_hook() -> None:
    seen: list[object] = []
    fit(LambdaCallback(on_test_end=seen.append), validation_split=0.5)
    assert len(seen) == 2


def test_divergence_can_end_quietly(capsys: pytest.CaptureFixture[str]) -> None:
    model = net(1e200)
    history = model.fit(X, Y, 8, 9, 0, [TerminateOnNaN()])
    assert len(history.epoch) < 9
    assert "The weights are back" in capsys.readouterr().out
    assert np.isfinite(model.get_weights()[0]).all()
    with pytest.raises(DivergenceError):
        net(1e200).fit(X, Y, 8, 9, 0, TerminateOnNaN(raise_error=True))


def confused() -> object:
    model = Sequential([Dense(2, activation="softmax")], seed=0)
    loss = "sparse_categorical_crossentropy"
    model.compile("sgd", loss, metrics=[ConfusionMatrix(2)])
    watch = EarlyStopping("confusion_matrix", mode="max")
    return model.fit(X, np.arange(8) % 2, verbose=0, callbacks=watch)


Refusal = tuple[Callable[[], object], type[Exception], str]


def wrong(value: object) -> Any:
    """Return what the type checkers would refuse."""
    return value


REFUSED: dict[str, Refusal] = {
    "a class": (lambda: fit(wrong(EarlyStopping)), TypeError, "is a class: pass"),
    "no callback": (lambda: fit(wrong(None)), TypeError, "None is no callback"),
    "a string": (
        lambda: net().fit(X, Y, callbacks=wrong("early")),
        TypeError,
        "callbacks must be a list of callbacks, got 'early'",
    ),
    "absent": (
        lambda: fit(EarlyStopping()),
        ValueError,
        "monitors 'val_loss', but nothing is validated: .*monitor 'loss'",
    ),
    "absent metric": (
        lambda: fit(EarlyStopping("val_acc"), validation_split=0.5),
        ValueError,
        "monitors 'val_acc', but there is 'loss', 'val_loss'",
    ),
    "several numbers": (confused, TypeError, "which is 4 numbers: watch a single one"),
    "direction": (
        lambda: EarlyStopping("quality"),
        ValueError,
        "does not tell whether less or more is better: pass mode=",
    ),
    "mode": (lambda: EarlyStopping(mode=wrong("up")), ValueError, "mode must be"),
    "patience": (lambda: EarlyStopping(patience=-1), ValueError, "patience must be"),
    "min_delta": (lambda: EarlyStopping(min_delta=-1), ValueError, "min_delta must be"),
    "baseline": (lambda: EarlyStopping(baseline=wrong("a")), TypeError, "baseline"),
    "factor": (lambda: ReduceLROnPlateau(factor=1.0), ValueError, "factor must be"),
    "schedule": (
        lambda: LearningRateScheduler(wrong(0.1)),
        TypeError,
        "schedule must be a function of the epoch",
    ),
    "rate": (
        lambda: fit(LearningRateScheduler(lambda epoch, rate: -1.0)),
        ValueError,
        "schedule's rate must be a finite number of at least 0, got -1",
    ),
    "a schedule besides": (
        lambda: scheduled(LearningRateScheduler(lambda epoch: 0.1)),
        ValueError,
        "LearningRateScheduler sets the learning rate, and so does .* ExponentialDecay",
    ),
    "a schedule and a plateau": (
        lambda: scheduled(ReduceLROnPlateau("loss")),
        ValueError,
        "ReduceLROnPlateau sets the learning rate, .* leave one of them out",
    ),
    "hook": (lambda: LambdaCallback(on_fire=print), TypeError, "no hook 'on_fire'"),
    "function": (
        lambda: LambdaCallback(on_train_begin=wrong(3)),
        TypeError,
        "on_train_begin must be a function, got 3",
    ),
    "filename": (lambda: CSVLogger(wrong(3)), TypeError, "filename must be a path"),
    "separator": (lambda: CSVLogger("a", "::"), ValueError, "must be one character"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    call, error, sentence = REFUSED[case]
    with pytest.raises(error, match=sentence):
        call()


class Validating(Callback):
    """Adds a number of its own validation."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["val_loss"] = 1.0


def test_a_number_of_another_callback_is_monitored() -> None:
    stopping = EarlyStopping()
    fit(Validating(), stopping)
    assert stopping.best == 1.0
    watching = LambdaCallback(on_epoch_end=Validating().on_epoch_end)
    fit(watching, stopping)
    assert stopping.best == 1.0


def test_a_history_among_the_callbacks() -> None:
    """It gets what `fit` returns, as in Keras, and both know the run."""
    own, model = History(), net()
    for epochs in 3, 2:
        returned = model.fit(X, Y, 4, epochs, 0, [own], validation_split=0.5)
        assert own.history == returned.history
        assert own.epoch == returned.epoch
        facts = {"epochs": epochs, "steps": 1, "verbose": 0, "validates": True}
        assert own.params == returned.params == facts
    assert returned is model.history
    assert list(own.history) == ["loss", "val_loss"]


def test_a_callback_without_hooks_of_batches_costs_nothing_in_a_batch(
    tmp_path: Path,
) -> None:
    quiet = [
        EarlyStopping("loss"),
        ReduceLROnPlateau("loss"),
        ModelCheckpoint(tmp_path / "best.safetensors"),
        BackupAndRestore(tmp_path),
    ]
    watchers = Callbacks(quiet, net(), {})
    for name in ("begin", "end", "settled"):
        assert watchers.hooks(f"on_train_batch_{name}") == []
    often = Callbacks(
        [ModelCheckpoint(tmp_path / "a.safetensors", save_freq=2)], net(), {}
    )
    assert len(often.hooks("on_train_batch_settled")) == 1
    assert not any("_unused" in vars(callback) for callback in quiet)  # nor in files
