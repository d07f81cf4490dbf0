"""A run that was interrupted and goes on gives the same bits as one that was not."""

import copy
import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from registry import OPTIMIZERS

from minidl import Sequential, load_model
from minidl.callbacks import (
    BackupAndRestore,
    Callback,
    EarlyStopping,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from minidl.errors import DivergenceError, FileFormatError
from minidl.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    GaussianNoise,
)
from minidl.optimizers import SGD, Adam, Optimizer
from minidl.schedules import CosineDecay
from minidl.types import Array

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(34, 3))
Y = (X.sum(axis=1) > 0).astype(float)
BATCHES = 3 * 4  # three epochs of 27 samples, 8 a batch


class Interrupted(Exception):  # it is no mistake
    pass


class Interrupt(Callback):
    """Ends the run after so many batches, as a lost machine would."""

    def __init__(self, after: int | None) -> None:
        self.after = after
        self.done = 0

    def on_train_batch_settled(self, batch: int, logs: Any = None) -> None:
        self.done += 1
        if self.done == self.after:
            raise Interrupted


Make = Callable[[], tuple[Sequential, list[Callback]]]


def net(optimizer: Optimizer | None = None, dtype: str = "float64") -> Sequential:
    layers = [
        Dense(6, activation="relu", kernel_regularizer="l2"),
        BatchNormalization(),
        Dropout(0.3),
        GaussianNoise(0.1, seed=4),
        Dense(1, activation="sigmoid"),
    ]
    model = Sequential(layers, dtype=dtype, seed=1)
    model.compile(optimizer or Adam(0.01), "binary_crossentropy", metrics=["auc"])
    return model


def train(make: Make, *savers: Callback, **options: Any) -> Sequential:
    """Train for three epochs."""
    model, callbacks = make()
    data: dict[str, Any] = {"x": X, "y": Y, "batch_size": 8, "validation_split": 0.2}
    model.fit(epochs=3, verbose=0, callbacks=[*savers, *callbacks], **data, **options)
    return model


def state(model: Sequential) -> dict[str, Any]:
    """Return everything that must be the same to the last bit."""
    optimizer = model.optimizer
    return {
        "weights": [w.tobytes() for w in model.get_weights()],
        "slots": {slot: v.tobytes() for slot, v in optimizer.state.items()},
        "steps": (optimizer.iterations, optimizer.learning_rate),
        "history": (model.history.epoch, model.history.history),
        "streams": [
            str(stream.bit_generator.state)
            for stream in (model.random, model._shuffling, model.layers[-2].random)
        ],
    }


def assert_same_from_every_batch(run: Callable[..., Sequential], folder: Path) -> None:
    """Save after every batch of a run, and go on from each of the files."""
    path = folder / "{epoch}-{batch}.safetensors"
    whole = state(run(ModelCheckpoint(path, save_freq=1)))
    files = sorted(folder.iterdir())
    assert len(files) == whole["steps"][0]
    for file in files:
        assert state(run(resume=file)) == whole, file.name


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_optimizer(optimizer: Optimizer, tmp_path: Path) -> None:
    def make() -> tuple[Sequential, list[Callback]]:
        return net(copy.deepcopy(optimizer)), []

    assert_same_from_every_batch(partial(train, make), tmp_path)


def halve(epoch: int, rate: float) -> float:
    return rate / 2


CALLBACKS: dict[str, Callable[[], list[Callback]]] = {
    "early stopping": lambda: [
        EarlyStopping("val_loss", patience=0, restore_best_weights=True, min_delta=0.1)
    ],
    "plateau": lambda: [ReduceLROnPlateau("loss", patience=0, min_delta=0.2)],
    "scheduler": lambda: [LearningRateScheduler(halve)],
}


@pytest.mark.parametrize("name", CALLBACKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_callbacks_remember(name: str, dtype: str, tmp_path: Path) -> None:
    def make() -> tuple[Sequential, list[Callback]]:
        return net(dtype=dtype), CALLBACKS[name]()

    assert_same_from_every_batch(partial(train, make), tmp_path)


@pytest.mark.parametrize("rate", [CosineDecay(0.1, 10), lambda step: 0.1 / (1 + step)])
def test_schedules_and_functions(rate: Any, tmp_path: Path) -> None:
    def make() -> tuple[Sequential, list[Callback]]:
        return net(SGD(rate, momentum=0.9)), []

    assert_same_from_every_batch(partial(train, make), tmp_path)


def test_a_learning_rate_that_a_callback_set_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    model = net(SGD(0.5))
    halved = [LearningRateScheduler(halve), ModelCheckpoint(path)]
    model.fit(X, Y, epochs=3, verbose=0, callbacks=halved)
    again = net(SGD(0.5))
    with pytest.warns(UserWarning, match="had a callback 'LearningRateScheduler'"):
        again.fit(X, Y, epochs=3, verbose=0, resume=path)
    assert again.optimizer.learning_rate == 0.5 / 8
    assert load_model(path).optimizer.learning_rate == 0.5 / 8


def batches() -> Iterator[tuple[Array, Array]]:
    random = np.random.default_rng(8)
    while True:
        chosen = random.integers(0, len(X), 5)
        yield X[chosen], Y[chosen]


@pytest.mark.parametrize(
    "source",
    [
        lambda: {"x": batches(), "steps_per_epoch": 4},
        lambda: {"x": [(X[:9], Y[:9]), (X[9:20], Y[9:20]), (X[20:], Y[20:])]},
        lambda: {"x": [(X[:9], Y[:9]), (X[9:], Y[9:])], "steps_per_epoch": 3},
        lambda: {"x": X, "y": Y, "batch_size": 7, "steps_per_epoch": 3},
        lambda: {"x": X, "y": Y, "batch_size": 100},
        lambda: {"x": X, "y": Y, "batch_size": 9, "shuffle": False},
    ],
    ids=["generator", "list", "list in steps", "steps", "full batch", "in order"],
)
def test_every_kind_of_data(
    source: Callable[[], dict[str, Any]], tmp_path: Path
) -> None:
    def run(*savers: Callback, resume: Path | None = None) -> Sequential:
        model = net()
        validation = {"validation_data": batches(), "validation_steps": 2}
        options: dict[str, Any] = {**source(), **validation, "resume": resume}
        model.fit(epochs=3, verbose=0, callbacks=list(savers), **options)
        return model

    assert_same_from_every_batch(run, tmp_path)


def finish_all(folder: Path) -> None:
    """Go on from every file, and print whether the bits agree."""
    for number, optimizer in enumerate(OPTIMIZERS):
        whole = json.loads((folder / f"{number}.json").read_text())
        for file in sorted((folder / str(number)).iterdir()):
            model = train(partial(everything, optimizer), resume=file)
            print(number, file.stem, digest(model) == whole)


def everything(optimizer: Optimizer) -> tuple[Sequential, list[Callback]]:
    stopping = EarlyStopping("loss", patience=9, restore_best_weights=True)
    return net(copy.deepcopy(optimizer)), [stopping]


def digest(model: Sequential) -> str:
    return hashlib.sha256(repr(state(model)).encode()).hexdigest()


def test_every_optimizer_at_every_batch_in_a_new_process(tmp_path: Path) -> None:
    for number, optimizer in enumerate(OPTIMIZERS):
        folder = tmp_path / str(number)
        folder.mkdir()
        saver = ModelCheckpoint(folder / "{epoch}-{batch}.safetensors", save_freq=1)
        model = train(partial(everything, optimizer), saver)
        (tmp_path / f"{number}.json").write_text(json.dumps(digest(model)))
    code = (
        "import sys, pathlib, test_resume as t; t.finish_all(pathlib.Path(sys.argv[1]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert len(told) == BATCHES * len(OPTIMIZERS)
    assert [line for line in told if not line.endswith("True")] == []


PROGRAM = """
import hashlib, json, os, signal, sys
import numpy as np
import minidl as keras
from minidl.callbacks import BackupAndRestore, Callback, EarlyStopping

class Kill(Callback):
    def on_train_batch_settled(self, batch, logs=None):
        if os.path.exists("kill"):
            os.kill(os.getpid(), signal.SIGKILL)

random = np.random.default_rng(0)
x = random.normal(size=(34, 3))
y = (x.sum(axis=1) > 0).astype(float)
schedule = keras.optimizers.schedules.CosineDecay(0.05, 12)
model = keras.Sequential(
    [
        keras.layers.Dense(6, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(1, activation="sigmoid"),
    ],
    seed=1,
)
model.compile(keras.optimizers.Adam(schedule), "bce", metrics=["accuracy"])
stop = EarlyStopping("loss", patience=5, restore_best_weights=True)
callbacks = [BackupAndRestore("backup", save_freq=1), stop, Kill()]
history = model.fit(
    x, y, batch_size=8, epochs=3, verbose=0, validation_split=0.2, callbacks=callbacks
)
digest = hashlib.sha256(b"".join(w.tobytes() for w in model.get_weights()))
print(json.dumps([digest.hexdigest(), history.history, model.optimizer.iterations]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="POSIX only")
def test_killed_after_every_batch_and_run_again(tmp_path: Path) -> None:
    """Each process is killed after one batch, until the last one is done."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, program], cwd=tmp_path, capture_output=True, text=True
        )

    whole = json.loads(run().stdout)
    (tmp_path / "kill").touch()
    for _ in range(BATCHES):
        assert run().returncode == -signal.SIGKILL
    (tmp_path / "kill").unlink()
    assert json.loads(run().stdout) == whole
    assert os.listdir(tmp_path / "backup") == []


class SaveAtOnce(Callback):
    """Saves the model when an epoch begins."""

    only_watches = True

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.model.save(self.path, overwrite=True)


@pytest.mark.parametrize("steps", [None, 3])
def test_a_run_that_is_resumed_can_be_saved_before_a_batch(
    steps: int | None, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"batch_size": 8, "steps_per_epoch": steps, "verbose": 0}
    saver = ModelCheckpoint(tmp_path / "{epoch}-{batch}.safetensors", save_freq=1)
    whole = net()
    whole.fit(X, Y, epochs=2, callbacks=saver, **options)
    again, path = net(), tmp_path / "again.safetensors"
    half = tmp_path / "2-2.safetensors"
    again.fit(X, Y, epochs=2, callbacks=SaveAtOnce(path), resume=half, **options)
    once_more = net()
    once_more.fit(X, Y, epochs=2, resume=path, **options)
    assert state(once_more) == state(again) == state(whole)


def test_more_epochs_than_before(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    model = net()
    model.fit(X, Y, epochs=2, verbose=0)
    model.save(path)
    again = net()
    history = again.fit(X, Y, epochs=5, verbose=0, resume=path)
    whole = net()
    whole.fit(X, Y, epochs=5, verbose=0)
    assert history.epoch == [0, 1, 2, 3, 4]
    assert state(again) == state(whole)


def test_more_epochs_in_steps_shuffle_on(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    steps: dict[str, Any] = {"batch_size": 7, "steps_per_epoch": 2, "verbose": 0}
    model = net()
    model.fit(X, Y, epochs=2, **steps)
    model.save(path)
    again = net()
    again.fit(X, Y, epochs=5, resume=path, **steps)
    model.fit(X, Y, epochs=5, initial_epoch=2, **steps)
    assert state(again)["weights"] == state(model)["weights"]


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    model = net()
    model.fit(X, Y, epochs=2, verbose=0, callbacks=ModelCheckpoint(path))
    again = net()
    again.fit(X, Y, epochs=2, verbose=0, resume=path)
    assert state(again) == state(model)


def test_a_run_that_was_told_to_stop_stays_stopped(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    stopping = EarlyStopping("loss", min_delta=10.0)
    model = net()
    saver = ModelCheckpoint(path)
    model.fit(X, Y, epochs=9, verbose=0, callbacks=[saver, stopping])
    again = net()
    stopping = EarlyStopping("loss", min_delta=10.0)
    again.fit(X, Y, epochs=9, verbose=0, callbacks=[stopping], resume=path)
    assert state(again) == state(model)
    assert stopping.stopped_epoch == 1


def test_divergence_goes_back_to_the_same_weights(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"

    def make() -> Sequential:
        model = Sequential([Dense(1)], seed=0)
        model.compile(SGD(1e100), "mse")
        return model

    whole, again = make(), make()
    saver = ModelCheckpoint(path, save_freq=1)
    with pytest.raises(DivergenceError):
        whole.fit(X, Y, batch_size=4, verbose=0, callbacks=saver)
    with pytest.raises(DivergenceError):
        again.fit(X, Y, batch_size=4, verbose=0, resume=path)
    for mine, theirs in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def saved(tmp_path: Path, *callbacks: Callback) -> Path:
    path = tmp_path / "run.safetensors"
    model = net()
    model.fit(X, Y, verbose=0, callbacks=[*callbacks, ModelCheckpoint(path)])
    return path


def test_another_model_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    other = net()
    other.add(Activation("relu"))
    before = other.get_config()
    with pytest.raises(ValueError, match=r"model/.*/layers has 5 entries there and 6"):
        other.fit(X, Y, verbose=0, resume=path)
    assert other.get_config() == before
    slower = net(Adam(0.01, beta_1=0.8))
    with pytest.raises(ValueError, match=r"beta_1 is 0\.9 there and 0\.8 here"):
        slower.fit(X, Y, verbose=0, resume=path)
    small = net()
    with pytest.raises(ValueError, match=r"input_shape/0 is 3 there and 2 here"):
        small.fit(X[:, :2], Y, verbose=0, resume=path)


def test_a_callback_that_is_missing_is_named(tmp_path: Path) -> None:
    path = saved(tmp_path, EarlyStopping("loss"))
    with pytest.warns(UserWarning, match="had a callback 'EarlyStopping'.*not among"):
        net().fit(X, Y, epochs=2, verbose=0, resume=path)


def test_an_iterable_that_is_too_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    given: list[tuple[Array, Array]] = [(X[:4], Y[:4])] * 3
    saver = ModelCheckpoint(path, save_freq=2)
    with pytest.raises(Interrupted):
        net().fit(given, verbose=0, callbacks=[saver, Interrupt(2)])
    with pytest.raises(FileFormatError, match=r"had taken 2 batches.*gave only 1"):
        net().fit(given[:1], verbose=0, resume=path, callbacks=Interrupt(None))


def test_other_data_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    saver = ModelCheckpoint(path, save_freq=1)
    with pytest.raises(Interrupted):
        net().fit(X, Y, 4, verbose=0, callbacks=[saver, Interrupt(5)])
    again = Interrupt(None)
    for size, count in ((4, 32), (8, 34)):
        with pytest.raises(FileFormatError, match=r"\(34, 4\).*pass the same data"):
            net().fit(X[:count], Y[:count], size, 1, 0, again, resume=path)


def test_no_file_to_resume_from(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        net().fit(X, Y, verbose=0, resume=tmp_path / "none.safetensors")


def test_a_weights_file_is_no_run(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    model = net()
    model.build((3,))
    model.save_weights(path)
    with pytest.raises(FileFormatError, match="has weights alone"):
        model.fit(X, Y, verbose=0, resume=path)


class Counter(Callback):
    """Counts what it sees, as a user's callback might, without a word of saving."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.seen: list[int] = []
        self.largest = np.zeros(3)
        self.begun = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun += 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen.append(batch)
        self.largest = np.maximum(self.largest, batch)


def test_a_callback_of_the_user_remembers_without_a_word(tmp_path: Path) -> None:
    def make() -> tuple[Sequential, list[Callback]]:
        return net(), [Counter(1)]

    path = tmp_path / "run.safetensors"
    with pytest.raises(Interrupted):
        train(make, ModelCheckpoint(path, save_freq=1), Interrupt(6))
    again, counter = net(), Counter(2)
    train(lambda: (again, [counter]), Interrupt(None), resume=path)
    assert counter.seen == [0, 1, 2, 3] * 3
    assert counter.begun == 3
    assert counter.largest.tolist() == [3, 3, 3]
    assert counter.bound == 2  # the constructor's argument is this program's


def test_backup_and_restore_is_there_until_the_end(tmp_path: Path) -> None:
    backup = BackupAndRestore(tmp_path / "a" / "b", save_freq=2)
    with pytest.raises(Interrupted):
        net().fit(X, Y, 8, 2, 0, callbacks=[backup, Interrupt(3)])
    assert backup.path.exists()
    model = net()
    again = BackupAndRestore(tmp_path / "a" / "b")
    model.fit(X, Y, 8, 2, 0, callbacks=[again, Interrupt(None)])
    assert not backup.path.exists()
    whole = net()
    whole.fit(X, Y, 8, 2, 0)
    assert state(model) == state(whole)
    kept = BackupAndRestore(tmp_path, delete_checkpoint=False)
    net().fit(X, Y, verbose=0, callbacks=kept)
    assert kept.path.exists()
