"""Two periods of the sine, on [-1, 1): plain descent sticks, momentum does not.

    python examples/sine_deeper.py

Run sine.py first: there one period, on [0, 1), is no trouble. Writes sine_deeper.png.
"""

import matplotlib.pyplot as plt
import numpy as np

from minidl import Sequential
from minidl.layers import Dense, Identity, Sigmoid
from minidl.optimizers import SGD
from minidl.plotting import draw_fit

EPOCHS = 10_000
SEEDS = (0, 1, 2, 3)


def train(x: np.ndarray, y: np.ndarray, optimizer: SGD, seed: int) -> Sequential:
    """Train the 1-25-1 net of the first experiment on full batches."""
    model = Sequential([Dense(25), Sigmoid(), Dense(1), Identity()], seed=seed)
    model.compile(optimizer=optimizer, loss="mse")
    model.fit(x, y, batch_size=len(x), epochs=EPOCHS, verbose=0)
    return model


def compare(title: str, x: np.ndarray, momentum: float) -> list[Sequential]:
    """Print the final loss for every seed, and return the models."""
    y = 20 * np.sin(2 * np.pi * x)
    models = [train(x, y, SGD(0.01, momentum=momentum), seed) for seed in SEEDS]
    losses = [model.evaluate(x, y) for model in models]
    print(f"{title:24s}" + "".join(f"{loss:10.3f}" for loss in losses))
    return models


if __name__ == "__main__":
    print(f"Loss after {EPOCHS} epochs; predicting 0 everywhere would give 200.\n")
    print(f"{'':24s}" + "".join(f"    seed {seed}" for seed in SEEDS))

    # 1. The interval of the first experiment.
    compare("[0, 1), plain", np.arange(0.0, 1.0, 0.01), momentum=0.0)

    # 2. Twice as wide. The hidden units begin nearly linear over the whole interval, so
    # the net is nearly a straight line; the best line has a loss of about 170, and near
    # it the gradient is so small that most of the runs never leave.
    wide = np.arange(-1.0, 1.0, 0.02)
    plain = compare("[-1, 1), plain", wide, momentum=0.0)

    # 3. Momentum adds small gradients up, step after step, and rolls on.
    rolling = compare("[-1, 1), momentum 0.9", wide, momentum=0.9)

    figure, axes = plt.subplots(1, 3, figsize=(15, 4.4), layout="constrained")
    seed = 1
    y = 20 * np.sin(2 * np.pi * wide)
    for panel, model, title in zip(
        axes, (plain[seed], rolling[seed]), ("Plain SGD", "Momentum 0.9"), strict=False
    ):
        draw_fit(panel, model, wide, y)
        panel.set_title(title)
        axes[2].plot(model.history.history["loss"], label=title)
    axes[2].set(title="Loss", xlabel="epoch", ylabel="loss", yscale="log")
    axes[2].legend(frameon=False)
    figure.savefig("sine_deeper.png", dpi=100)
    print("\nWrote sine_deeper.png")
