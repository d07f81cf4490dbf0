"""The pictures: that they show what they should, without a screen or pyplot."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from minidl import Sequential
from minidl.callbacks import History
from minidl.errors import ShapeError
from minidl.layers import Dense, Sigmoid
from minidl.plotting import plot_fit

X = np.linspace(0, 1, 20)


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def fitted(epochs: int = 20, split: float = 0.0) -> tuple[Sequential, History]:
    model = Sequential([Dense(3), Sigmoid(), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    return model, model.fit(X, X**2, epochs=epochs, validation_split=split, verbose=0)


def test_the_loss_is_drawn_on_a_log_axis(tmp_path: Path) -> None:
    _, history = fitted(split=0.2)
    path = tmp_path / "loss.png"
    figure = history.plot(str(path))
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")
    assert [line.get_label() for line in axes.lines] == ["training", "validation"]
    assert axes.get_legend() is not None
    curve = axes.lines[0].get_ydata()
    np.testing.assert_array_equal(curve, history.history["loss"])
    assert path.stat().st_size > 10_000


def test_a_loss_of_zero_or_a_single_epoch_can_be_drawn() -> None:
    history = History()
    history.append(0, {"loss": 0.0})
    axes = history.plot().axes[0]
    assert axes.get_yscale() == "linear"
    assert axes.lines[0].get_marker() == "o"
    with pytest.raises(ValueError, match="no epochs to plot"):
        History().plot()


def test_a_fit_is_drawn_with_data_curve_and_loss() -> None:
    model, _ = fitted()
    figure = plot_fit(model, X, X**2)
    data, loss = figure.axes
    assert [line.get_label() for line in data.lines] == ["data", "model"]
    assert len(loss.lines) == 1
    unfitted = Sequential([Dense(1)], input_shape=(1,))
    assert len(plot_fit(unfitted, X[:, None], X[:, None]).axes) == 1


def test_only_one_feature_can_be_drawn() -> None:
    model, _ = fitted()
    for x, y in ((np.ones((20, 2)), X), (X, X[:5]), (X, np.ones((20, 2))), ([], [])):
        with pytest.raises(ShapeError, match="one feature against one target"):
            plot_fit(model, x, y)


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _, history = fitted()
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"minidl\[plot\]"):
        history.plot()


def test_plotting_is_imported_without_matplotlib() -> None:
    code = "import sys, minidl.plotting; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_history_says_what_it_holds() -> None:
    _, history = fitted(epochs=2)
    assert repr(history).startswith("<History of 2 epochs: loss=0.")
    assert repr(History()) == "<History of 0 epochs>"


def test_a_model_of_two_outputs_is_refused() -> None:
    model = Sequential([Dense(2)], seed=0, input_shape=(1,))
    with pytest.raises(ShapeError, match=r"a model of one output, got .* \(9, 2\)"):
        plot_fit(model, X[:9], X[:9])
