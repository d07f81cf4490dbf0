"""A regression on few data: how far does diabetes go within a year?

    python examples/diabetes.py

A small net on ten measurements of 442 patients (see data/README.md), compared with the
mean and with the best straight line. Writes diabetes.png.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from minidl import Sequential
from minidl.callbacks import EarlyStopping, History
from minidl.layers import Dense, Normalization
from minidl.optimizers import Adam
from minidl.plotting import BLUE, INK, ORANGE
from minidl.types import Array

DATA = Path(__file__).parent / "data" / "diabetes.npz"

Patients = tuple[Array, Array]  # measurements (n, 10), progression (n,)


def load() -> tuple[Patients, Patients, Patients]:
    """Return patients to train on, to validate on, and to test with once."""
    with np.load(DATA) as data:
        x, y = data["x"], data["y"]
    order = np.random.default_rng(0).permutation(len(x))
    train, validation, test = np.split(order, [262, 332])
    return (x[train], y[train]), (x[validation], y[validation]), (x[test], y[test])


def least_squares(x: Array, y: Array, unseen: Array) -> Array:
    """Return what the best straight line through x and y says of unseen patients."""
    weights = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y)[0]
    said: Array = np.column_stack([unseen, np.ones(len(unseen))]) @ weights
    return said


def draw(y: Array, line: Array, net: Array, history: History, best: int) -> None:
    """Write the picture: predicted against true, and the run."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 5), layout="constrained", width_ratios=[1, 1.15]
    )
    ends = [20, 350]
    left.plot(ends, ends, color="#999999", lw=1, ls="--")
    left.plot(y, line, "o", ms=5, mfc="none", color=INK, alpha=0.6, label="line")
    left.plot(y, net, "o", ms=5, color=ORANGE, alpha=0.75, mew=0, label="net")
    left.set(title=f"{len(y)} held-out patients", xlabel="true", ylabel="predicted")
    left.set(xlim=ends, ylim=ends, aspect="equal")
    epochs = np.array(history.epoch) + 1
    for name, label, color in (
        ("loss", "training", BLUE),
        ("val_loss", "validation", ORANGE),
    ):
        error = np.sqrt(history.history[name])
        right.plot(epochs, error, color=color, lw=1.8, label=label)
    right.axvline(best + 1, color="#999999", lw=1, ls="--", label="weights kept")
    right.set(title="Root mean squared error", xlabel="epoch", ylim=(40, 180))
    for axes in (left, right):
        axes.grid(color="#dddddd", linewidth=0.7)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_axisbelow(True)
        axes.legend(framealpha=1, edgecolor="none")
    figure.savefig("diabetes.png", dpi=90)


if __name__ == "__main__":
    train, validation, test = load()
    normalization = Normalization()
    normalization.adapt(train[0])  # mean and variance of the training patients alone

    layers = [normalization, Dense(16, activation="relu"), Dense(1)]
    model = Sequential(layers, seed=0)
    model.compile(Adam(learning_rate=0.01), loss="mse", metrics=["mae"])
    stopping = EarlyStopping(patience=50, restore_best_weights=True)
    history = model.fit(
        *train, epochs=1000, validation_data=validation, callbacks=[stopping]
    )

    # The rivals need no validation part, so they learn from those patients as well.
    x = np.concatenate([train[0], validation[0]])
    y = np.concatenate([train[1], validation[1]])
    predictions = {
        "the mean": np.full(len(test[1]), y.mean()),
        "least squares": least_squares(x, y, test[0]),
        "the net": model.predict(test[0])[:, 0],
    }
    best = stopping.best_epoch
    print(f"\nThe best of {len(history.epoch)} epochs was number {best + 1}.")
    print(f"Errors on {len(test[1])} held-out patients, whose values are 25 to 346:\n")
    print(f"{'':16s}{'root mean squared':>20s}{'mean absolute':>16s}")
    for name, prediction in predictions.items():
        error = prediction - test[1]
        squared, absolute = np.sqrt((error**2).mean()), np.abs(error).mean()
        print(f"{name:16s}{squared:20.1f}{absolute:16.1f}")
    print("\nWith so few patients the net is about as good as the line, no better.")

    line, net = predictions["least squares"], predictions["the net"]
    draw(test[1], line, net, history, best)
    print("Wrote diabetes.png")
