"""Two periods of the sine, on [-1, 1), where plain gradient descent can get stuck.

    python examples/sine_deeper.py

Run sine.py first: there one period, on [0, 1), is no trouble. Writes sine_deeper.png.
"""

import matplotlib.pyplot as plt
import numpy as np

from minidl import Sequential
from minidl.layers import Dense, Identity, Sigmoid
from minidl.optimizers import SGD
from minidl.plotting import draw_curves, draw_fit

EPOCHS = 10_000
SEEDS = (0, 1, 2, 3)


def train(x: np.ndarray, y: np.ndarray, optimizer: SGD, seed: int) -> Sequential:
    """Train the 1-25-1 net of the first experiment on full batches."""
    model = Sequential([Dense(25), Sigmoid(), Dense(1), Identity()], seed=seed)
    model.compile(optimizer=optimizer, loss="mse")
    model.fit(x, y, batch_size=len(x), epochs=EPOCHS, verbose=0)
    return model


def compare(
    title: str, x: np.ndarray, rate: float, momentum: float
) -> list[Sequential]:
    """Print the final loss for every seed, and return the models."""
    y = 20 * np.sin(2 * np.pi * x)
    models = [train(x, y, SGD(rate, momentum=momentum), seed) for seed in SEEDS]
    losses = [model.evaluate(x, y) for model in models]
    print(f"{title:32s}" + "".join(f"{loss:10.3f}" for loss in losses))
    return models


if __name__ == "__main__":
    print(f"Loss after {EPOCHS} epochs; predicting 0 everywhere would give 200.\n")
    print(f"{'':32s}" + "".join(f"    seed {seed}" for seed in SEEDS))
    narrow, wide = np.arange(0.0, 1.0, 0.01), np.arange(-1.0, 1.0, 0.02)

    # 1. The interval of the first experiment, with a small learning rate.
    compare("[0, 1), rate 0.01", narrow, 0.01, momentum=0.0)

    # 2. Twice as wide. The hidden units begin nearly linear over the whole interval, so
    # the net is nearly a straight line; the best line has a loss of about 170, and near
    # it the gradient is so small that some runs are still there at the end.
    plain = compare("[-1, 1), rate 0.01", wide, 0.01, momentum=0.0)

    # 3. Momentum adds the small gradients up, since they keep pointing the same way:
    # with 0.9 its steps grow to ten times the length there, and it leaves.
    rolling = compare("[-1, 1), rate 0.01, momentum 0.9", wide, 0.01, momentum=0.9)

    # 4. Ten times the rate leaves as well. It takes long steps everywhere, though, also
    # where the loss is steep: momentum comes closer in the end.
    compare("[-1, 1), rate 0.1", wide, 0.1, momentum=0.0)

    figure, axes = plt.subplots(1, 3, figsize=(15, 4.4), layout="constrained")
    seed = 1  # one of those that stick
    y = 20 * np.sin(2 * np.pi * wide)
    titles = ("rate 0.01", "rate 0.01, momentum 0.9")
    for panel, model, title in zip(
        axes[:2], (plain[seed], rolling[seed]), titles, strict=True
    ):
        draw_fit(panel, model, wide, y)
        panel.set(title=f"Seed {seed}, {title}", xticks=(-1, -0.5, 0, 0.5, 1))
    draw_curves(axes[2], plain[seed].history.epoch, plain[seed].history.history)
    draw_curves(axes[2], rolling[seed].history.epoch, rolling[seed].history.history)
    for line, title, color in zip(
        axes[2].lines, titles, ("#1f6fb4", "#d9541e"), strict=True
    ):
        line.set(label=title, color=color)
    axes[2].legend(frameon=False)
    figure.savefig("sine_deeper.png", dpi=100)
    print("\nWrote sine_deeper.png")
