"""Reads handwritten digits: a dense net, and an honest count of its mistakes.

    python examples/digits.py

The data are 1,797 scans of 8 by 8 pixels, see data/README.md. Writes digits.png.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from minidl import Sequential
from minidl.callbacks import EarlyStopping, History
from minidl.layers import Dense, Dropout, Flatten, Rescaling
from minidl.metrics import ConfusionMatrix
from minidl.optimizers import Adam
from minidl.plotting import BLUE, INK, ORANGE
from minidl.types import Array

DATA = Path(__file__).parent / "data" / "digits.npz"

Digits = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def load() -> tuple[Digits, Digits, Digits]:
    """Return images and labels to train on, to validate on, and to test with once."""
    with np.load(DATA) as data:
        images, labels = data["images"], data["labels"]
    order = np.random.default_rng(0).permutation(len(images))
    train, validation, test = np.split(order, [1197, 1437])
    return (
        (images[train], labels[train]),
        (images[validation], labels[validation]),
        (images[test], labels[test]),
    )


def draw_accuracy(axes: Axes, history: History, best: int) -> None:
    """Draw the share of digits read rightly, and the epoch whose weights are kept."""
    epochs = np.array(history.epoch) + 1
    for name, label, color in (
        ("accuracy", "training, with dropout", BLUE),
        ("val_accuracy", "validation", ORANGE),
    ):
        axes.plot(epochs, history.history[name], color=color, lw=1.8, label=label)
    axes.axvline(best + 1, color="#999999", lw=1, ls="--", label="weights kept")
    axes.set(title="Accuracy", xlabel="epoch", ylim=(0.8, 1.005))
    axes.grid(color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower right", framealpha=1, edgecolor="none")


def draw_confusion(axes: Axes, counts: Array) -> None:
    """Draw how often each digit was read as each; mistakes lie off the diagonal."""
    axes.imshow(np.log1p(counts), cmap="Blues", vmax=np.log1p(counts.max()) * 1.6)
    for (written, read), count in np.ndenumerate(counts):
        if count:
            color = INK if read == written else ORANGE
            axes.text(read, written, f"{count}", color=color, ha="center", va="center")
    axes.set(title=f"{counts.sum()} test digits", xlabel="read as", ylabel="written")
    axes.set(xticks=range(10), yticks=range(10))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def draw_digit(
    axes: Axes, image: NDArray[np.uint8], label: int, chances: Array
) -> None:
    """Draw one digit with what was read and what is written."""
    axes.imshow(image, cmap="gray_r")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("#bbbbbb")
    read = int(chances.argmax())
    axes.set_title(f"read {read}  ({chances[read]:.0%})", color=ORANGE, fontsize=11)
    axes.set_xlabel(f"written {label}  ({chances[label]:.0%})", fontsize=11)


def draw(
    history: History,
    best: int,
    test: Digits,
    chances: Array,
    counts: Array,
) -> None:
    """Write the picture: the run, the confusion matrix and the surest mistakes."""
    images, labels = test
    wrong = np.flatnonzero(chances.argmax(axis=1) != labels)
    surest = wrong[np.argsort(-chances[wrong].max(axis=1))][:6]
    figure = plt.figure(figsize=(15, 4.8), layout="constrained")
    grid = figure.add_gridspec(2, 5, width_ratios=[4.2, 4, 1.2, 1.2, 1.2])
    draw_accuracy(figure.add_subplot(grid[:, 0]), history, best)
    draw_confusion(figure.add_subplot(grid[:, 1]), counts)
    for place, i in enumerate(surest):
        panel = figure.add_subplot(grid[place // 3, 2 + place % 3])
        draw_digit(panel, images[i], int(labels[i]), chances[i])
    figure.savefig("digits.png", dpi=90)


if __name__ == "__main__":
    train, validation, test = load()
    layers = [
        Rescaling(1 / 16, input_shape=(8, 8)),  # the ink, from 0 to 16, to [0, 1]
        Flatten(),  # 8 rows of 8 pixels to 64 numbers
        Dense(128, activation="relu"),
        Dropout(0.3),  # against learning the training digits by heart
        Dense(64, activation="relu"),
        Dropout(0.3),
        Dense(10, activation="softmax"),  # the chance of each digit
    ]
    model = Sequential(layers, seed=0)
    model.compile(
        optimizer=Adam(learning_rate=0.002),
        loss="sparse_categorical_crossentropy",  # sparse: the labels are 0 to 9
        metrics=["accuracy"],
    )
    model.summary()
    stopping = EarlyStopping(patience=15, restore_best_weights=True)
    history = model.fit(
        *train, epochs=150, validation_data=validation, callbacks=[stopping]
    )

    # The test digits were not looked at until here, so this number is an honest one.
    _, accuracy = model.evaluate(*test)
    chances = model.predict(test[0])
    confusion = ConfusionMatrix(10)
    confusion.update_state(test[1], chances)
    counts = confusion.result()
    best = stopping.best_epoch
    print(f"\nThe best of {len(history.epoch)} epochs was number {best + 1}.")
    print(f"Of {len(chances)} test digits {accuracy:.1%} are read rightly.")
    print("\nwritten (row) and read as (column)")
    print(counts)

    draw(history, best, test, chances, counts)
    print("\nWrote digits.png")
