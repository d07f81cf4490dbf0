"""What fit prints, and that it prints little."""

import contextlib
import os
import sys
from typing import Any

import numpy as np
import pytest

from minidl import Sequential, progress
from minidl.layers import Dense
from minidl.progress import Bar, Lines, Progress, Verbose, format_logs


def printed(
    capsys: pytest.CaptureFixture[str], epochs: int, verbose: Verbose, first: int = 0
) -> list[str]:
    model = Sequential([Dense(1)], seed=0)
    model.compile("sgd", "mse")
    x = np.linspace(0, 1, 5)
    model.fit(x, x, 5, epochs, verbose, initial_epoch=first, validation_data=(x, x))
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("epochs", [1, 7, 10, 11, 95, 1000])
def test_at_most_ten_lines_the_last_among_them(
    capsys: pytest.CaptureFixture[str], epochs: int
) -> None:
    lines = printed(capsys, epochs, "auto")
    assert 1 <= len(lines) <= 10
    assert lines[-1].startswith(f"Epoch {epochs}/{epochs} - loss: ")
    assert " - val_loss: " in lines[-1]


def test_verbose_0_is_silence_and_2_a_line_an_epoch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert printed(capsys, 30, 0) == printed(capsys, 30, False) == []
    assert len(printed(capsys, 30, 2)) == 30
    lines = printed(capsys, 30, 1, first=25)
    assert [line.split(" - ")[0] for line in lines] == [
        f"Epoch {epoch}/30" for epoch in range(26, 31)
    ]


def test_numbers_are_written_as_in_keras() -> None:
    assert format_logs({"loss": 12.345678, "val_loss": 0.00012345678}) == (
        "loss: 12.3457 - val_loss: 1.2346e-04"
    )


class Screen:
    """A stand-in for tqdm that notes what it is told."""

    def __init__(self, **options: Any) -> None:
        self.n = options["initial"]
        self.calls: list[str] = []

    def set_description_str(self, text: str, refresh: bool) -> None:
        self.calls.append(text)

    def update(self, epochs: int) -> None:
        self.n += epochs

    def close(self) -> None:
        self.calls.append("closed")


def test_the_bar_redraws_rarely_and_ends_full() -> None:
    screens: list[Screen] = []

    def tqdm(**options: Any) -> Screen:
        screens.append(Screen(**options))
        return screens[0]

    with Bar(tqdm, 0, 10_000) as bar:
        for epoch in range(10_000):
            bar.update(epoch, {"loss": 1.0})
    assert screens[0].n == 10_000
    assert len(screens[0].calls) < 100
    assert screens[0].calls[-1] == "closed"


def test_what_is_shown_depends_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def kind(verbose: Verbose) -> type:
        with progress.start(verbose, 0, 5) as report:
            return type(report)

    assert kind("auto") is Lines
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert kind("auto") is kind(1) is Bar
    assert kind(2) is Lines
    assert kind(0) is Progress
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert kind("auto") is Lines


@pytest.mark.parametrize("width", ["0", "80", "200"])
def test_the_line_shows_its_numbers_at_any_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    tqdm = pytest.importorskip("tqdm").tqdm
    monkeypatch.setenv("COLUMNS", width)
    logs = {"accuracy": 0.5, "loss": 0.5, "val_accuracy": 0.5, "val_loss": 0.5}
    with Bar(tqdm, 0, 50) as bar:
        for epoch in range(50):
            bar.update(epoch, logs)
    last = capsys.readouterr().out.split("\r")[-1].rstrip("\n")
    assert last.startswith("50/50 accuracy: 0.5000 - loss: 0.5000 - val_accuracy: 0.5")
    assert "val_loss: 0.50" in last
    assert len(last) <= (int(width) or 80)
    assert ("00:00<00:00 |" in last) == (width == "200")  # whole, or not at all


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal of its own")
def test_the_line_shows_on_a_terminal_that_does_not_say_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tqdm = pytest.importorskip("tqdm").tqdm
    ours, theirs = os.openpty()  # 0 rows of 0 columns, as in many a container
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        with Bar(tqdm, 0, 1) as bar:
            bar.update(0, {"loss": 0.5})
    shown = b""
    with contextlib.suppress(OSError):  # how Linux says that this was all
        while piece := os.read(ours, 10_000):  # a terminal may hand it over in pieces
            shown += piece
    os.close(ours)
    assert b"1/1 loss: 0.5000" in shown
