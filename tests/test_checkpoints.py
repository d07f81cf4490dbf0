"""ModelCheckpoint and BackupAndRestore: when they save, where, and what they say."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from minidl import Sequential, load_model
from minidl.callbacks import BackupAndRestore, LambdaCallback, ModelCheckpoint
from minidl.layers import Dense
from minidl.optimizers import SGD

X = np.linspace(-1, 1, 12)
Y = 3 * X


def net(rate: float = 0.1) -> Sequential:
    model = Sequential([Dense(1)], seed=0)
    model.compile(SGD(rate), "mse")
    return model


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_an_epoch(tmp_path: Path) -> None:
    path = tmp_path / "{epoch:02d}-{loss:.0f}-{val_loss:.0f}.safetensors"
    model = net()
    validation: Any = (X, Y)
    saver = ModelCheckpoint(path)
    model.fit(X, Y, 4, 3, 0, saver, validation_data=validation)
    losses = model.history.history
    assert names(tmp_path) == [
        f"0{i + 1}-{loss:.0f}-{after:.0f}.safetensors"
        for i, (loss, after) in enumerate(
            zip(losses["loss"], losses["val_loss"], strict=True)
        )
    ]
    last = load_model(tmp_path / names(tmp_path)[-1])
    assert (last.predict(X) == model.predict(X)).all()
    assert last.history.history == losses


def test_a_file_so_many_batches_counted_over_epochs(tmp_path: Path) -> None:
    saver = ModelCheckpoint(tmp_path / "{epoch}-{batch}.safetensors", save_freq=2)
    net().fit(X, Y, 4, 3, 0, saver)
    assert names(tmp_path) == [
        f"{at}.safetensors" for at in ("1-2", "2-1", "2-3", "3-2")
    ]


def test_the_best_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "best.safetensors"
    model = net(1.0)
    losses = iter([3.0, 1.0, 2.0, 0.5])
    seen = {}

    def judge(epoch: int, logs: Any) -> None:
        logs["val_loss"] = next(losses)
        seen[epoch] = model.get_weights()

    saver = ModelCheckpoint(path, save_best_only=True, verbose=1)
    model.fit(X, Y, 4, 3, 0, [LambdaCallback(on_epoch_end=judge), saver])
    for mine, theirs in zip(load_model(path).get_weights(), seen[1], strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch 1: val_loss improved from None to 3.00000, saving model to {path}",
        f"Epoch 2: val_loss improved from 3.00000 to 1.00000, saving model to {path}",
        "Epoch 3: val_loss did not improve from 1.00000",
    ]


def test_the_best_is_remembered_when_a_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    model = net()
    saver = ModelCheckpoint(path, "loss", save_best_only=True)
    model.fit(X, Y, 4, 3, 0, saver)
    again = ModelCheckpoint(path, "loss", save_best_only=True)
    before = path.read_bytes()
    worse = net()
    worse.fit(X, Y, 4, 3, 0, again, resume=path)
    assert again.best == saver.best
    assert path.read_bytes() == before


def test_a_threshold_must_be_beaten(tmp_path: Path) -> None:
    path = tmp_path / "best.safetensors"
    saver = ModelCheckpoint(
        path, "loss", save_best_only=True, initial_value_threshold=1e-30
    )
    net().fit(X, Y, 4, 2, 0, saver)
    assert names(tmp_path) == []


def test_weights_only(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    model = net()
    model.fit(X, Y, 4, 2, 0, ModelCheckpoint(path, save_weights_only=True))
    other = net()
    other.build((1,))
    other.load_weights(path)
    assert (other.predict(X) == model.predict(X)).all()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("model.keras",), ValueError, r"'model\.keras' must end in '\.safetensors'"),
        ((3,), TypeError, "the path must be a text or a Path, got 3"),
        (("a.safetensors", "size", 0, True), ValueError, "mode='min' or mode='max'"),
        (("a.safetensors", "loss", -1), ValueError, "verbose must be at least 0"),
        (("a.safetensors", "loss", 0, 1), TypeError, "save_best_only must be True or"),
    ],
)
def test_wrong_arguments(
    arguments: Any, error: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=message):
        ModelCheckpoint(*arguments)


@pytest.mark.parametrize("frequency", ["batch", 0, 1.5, True])
def test_wrong_frequencies(frequency: Any, tmp_path: Path) -> None:
    with pytest.raises((TypeError, ValueError), match="save_freq must be"):
        ModelCheckpoint(tmp_path / "a.safetensors", save_freq=frequency)
    with pytest.raises((TypeError, ValueError), match="save_freq must be"):
        BackupAndRestore(tmp_path, save_freq=frequency)


def test_a_name_that_the_logs_do_not_have(tmp_path: Path) -> None:
    saver = ModelCheckpoint(tmp_path / "{acuracy}.safetensors")
    with pytest.raises(ValueError, match="not among epoch, loss: 'acuracy'"):
        net().fit(X, Y, verbose=0, callbacks=saver)


def test_a_second_copy_is_not_needed(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="Keras has the argument 'double_checkpoint'"):
        BackupAndRestore(tmp_path, double_checkpoint=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="backup_dir must be a path, got None"):
        BackupAndRestore(None)  # type: ignore[arg-type]
