"""Pictures for a lecture: the curves of a training run, and a fit through its data.

matplotlib is imported inside the functions, so that only pictures need it.
"""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from minidl import arrays
from minidl.errors import ShapeError
from minidl.files import paths
from minidl.layers.layer import Layer
from minidl.types import ArrayLike

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Curves: TypeAlias = Mapping[str, Sequence[float]]
"""The numbers of every epoch, by name."""

INK, BLUE, ORANGE = "#333333", "#1f6fb4", "#d9541e"
COLORS = (BLUE, ORANGE, "#2a9160", "#8a4fa8", "#a07820", "#5c6670")


def plot_curves(
    epoch: Sequence[int], curves: Curves, path: str | PathLike[str] | None = None
) -> "Figure":
    """Draw the loss of a training run over its epochs, on a log axis.

    Metrics that lie between 0 and 1, such as accuracies, stand beside it.

    `history.plot()` is the short way.

    Args:
        epoch: The numbers of the epochs, from 0.
        curves: A list for "loss" and each other number; NaN where there is none.
        path: Where to write the picture. By default nowhere: `plt.show()` shows it, and
            so does a notebook.

    Returns:
        The matplotlib figure.

    Raises:
        ImportError: without matplotlib; it is in the extra "plot".
        ValueError: if no epoch was run.
    """
    if not epoch:
        raise ValueError("history has no epochs to plot: fit() ran none")
    shares = _shares(curves)
    figure = _figure(2 if shares else 1)
    draw_curves(figure.axes[0], epoch, curves)
    if shares:
        draw_metrics(figure.axes[1], epoch, shares)
    return _finished(figure, path)


def plot_fit(
    model: Layer, x: ArrayLike, y: ArrayLike, path: str | PathLike[str] | None = None
) -> "Figure":
    """Draw data of one feature and what the model makes of it.

    If the model has been fitted, the curves of its last run stand beside.

    Args:
        model: A model of one input and one output.
        x: The inputs, a number a sample.
        y: The targets, a number a sample.
        path: Where to write the picture. By default nowhere: `plt.show()` shows it, and
            so does a notebook.

    Returns:
        The matplotlib figure.

    Raises:
        ImportError: without matplotlib; it is in the extra "plot".
        ShapeError: if x, y or the model's output has more than one number a sample.
    """
    given: object = model
    if not isinstance(given, Layer):
        raise TypeError(f"plot_fit(): model must be a model, got {given!r:.60}")
    float64 = np.dtype("float64")
    inputs = arrays.real_array("plot_fit()", "x", x, float64)
    targets = arrays.real_array("plot_fit()", "y", y, float64)
    shapes = {inputs.shape, targets.shape}
    if not shapes <= {(inputs.size,), (inputs.size, 1)} or inputs.size == 0:
        raise ShapeError(
            f"plot_fit() draws one feature against one target, as many of each; got x "
            f"of shape {inputs.shape} and y of shape {targets.shape}, {inputs.size} "
            f"samples"
        )
    predicted = model(inputs.reshape(-1)).shape
    if predicted != (inputs.size,):
        raise ShapeError(
            f"plot_fit() draws a model of one output, got outputs of shape {predicted}"
        )
    history = vars(model).get("history")
    fitted = history is not None and bool(history.epoch)
    figure = _figure(2 if fitted else 1)
    draw_fit(figure.axes[0], model, inputs.reshape(-1), targets.reshape(-1))
    if history is not None and fitted:
        draw_curves(figure.axes[1], history.epoch, history.curves())
    return _finished(figure, path)


def draw_curves(axes: "Axes", epoch: Sequence[int], curves: Curves) -> None:
    """Draw the loss of a training run, and that of the validation, into given axes."""
    _style(axes)
    drawn = [name for name in ("loss", "val_loss") if name in curves]
    for name, color in zip(drawn, COLORS, strict=False):
        label = "validation" if name == "val_loss" else "training"
        _draw(axes, epoch, curves[name], color=color, label=label)
    if not any(value <= 0 for name in drawn for value in curves[name]):
        axes.set_yscale("log")
    axes.set(title="Loss", xlabel="epoch", ylabel="loss")
    if len(drawn) > 1:
        axes.legend(frameon=False)


def draw_metrics(axes: "Axes", epoch: Sequence[int], curves: Curves) -> None:
    """Draw metrics from 0 to 1 into given axes, a colour each, validation dashed."""
    _style(axes)
    plain = list(dict.fromkeys(name.removeprefix("val_") for name in curves))
    for name, curve in curves.items():
        metric = name.removeprefix("val_")
        unseen, alone = name != metric, len(plain) == 1
        label = ("validation" if unseen else "training") if alone else name
        color = COLORS[(int(unseen) if alone else plain.index(metric)) % len(COLORS)]
        style = "--" if unseen and not alone else "-"
        _draw(axes, epoch, curve, color=color, label=label, linestyle=style)
    title = plain[0] if len(plain) == 1 else "metrics"
    title = title.replace("_", " ")
    axes.set(title=title[:1].upper() + title[1:], xlabel="epoch", ylabel=title)
    if len(curves) > 1:
        axes.legend(frameon=False)


def draw_fit(axes: "Axes", model: Layer, x: ArrayLike, y: ArrayLike) -> None:
    """Draw data of one feature, and the model's curve through it, into given axes."""
    inputs, targets = np.asarray(x), np.asarray(y)
    curve = np.linspace(inputs.min(), inputs.max(), 500)
    _style(axes)
    axes.plot(inputs, targets, "o", ms=4, color=INK, alpha=0.45, mew=0, label="data")
    axes.plot(curve, model(curve), color=ORANGE, lw=2.2, label="model")
    axes.set(title="Data and fit", xlabel="x", ylabel="y")
    axes.legend(frameon=False)


def _shares(curves: Curves) -> Curves:
    """Return the metrics that lie between 0 and 1."""
    return {
        name: curve
        for name, curve in curves.items()
        if name not in ("loss", "val_loss", "learning_rate")
        and not any(value < 0 or value > 1 for value in curve)
    }


def _draw(
    axes: "Axes", epoch: Sequence[int], curve: Sequence[float], **style: Any
) -> None:
    """Draw the numbers that there are over their epochs, counted from 1."""
    epochs, values = np.array(epoch) + 1, np.array(curve)
    seen = ~np.isnan(values)
    if seen.sum() == 1:
        style["marker"] = "o"
    axes.plot(epochs[seen], values[seen], lw=1.8, **style)


def _figure(columns: int) -> "Figure":
    """Return a figure with some axes side by side, which `plt.show()` will show."""
    try:
        import matplotlib.pyplot as plt  # the extra "plot"
    except ImportError as error:
        raise ImportError(
            'plotting needs matplotlib: python -m pip install "minidl[plot]"'
        ) from error
    size = (6.4 * columns, 4.4)
    return plt.subplots(1, columns, figsize=size, layout="constrained", dpi=120)[0]


def _style(axes: "Axes") -> None:
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)


def _finished(figure: "Figure", path: str | PathLike[str] | None) -> "Figure":
    """Write the figure if there is a path; then nothing else will show it."""
    if path is not None:
        paths.require("a plot", path)
        import matplotlib.pyplot as plt

        figure.savefig(path)
        plt.close(figure)
    return figure
