"""The first experiment: a 1-25-1 net learns 20 sin(2 pi x) from 100 points in [0, 1).

    python examples/sine.py

The weights begin uniform in [0, 1), the biases at zero, and every step of gradient
descent sees all points. Writes sine_fit.png.
"""

import numpy as np

from minidl import Sequential
from minidl.initializers import RandomUniform
from minidl.layers import Dense, Identity, Sigmoid
from minidl.losses import MeanSquaredError
from minidl.optimizers import SGD
from minidl.plotting import plot_fit

x = np.arange(0.0, 1.0, 0.01)
y = 20 * np.sin(2 * np.pi * x)

layers = [
    Dense(25, kernel_initializer=RandomUniform(0, 1)),
    Sigmoid(),
    Dense(1, kernel_initializer=RandomUniform(0, 1)),
    Identity(),
]
model = Sequential(layers, seed=0)
model.compile(optimizer=SGD(learning_rate=0.15), loss=MeanSquaredError())
history = model.fit(x, y, batch_size=100, epochs=4000)

print("\nepoch      loss")
for epoch in (1, 10, 100, 400, 1000, 2000, 3000, 4000):
    print(f"{epoch:5d}{history.history['loss'][epoch - 1]:10.4f}")
print()
model.summary()
print(f"\nThe loss is now {model.evaluate(x, y):.4f}: the fit is within about")
print(f"{np.abs(y - model.predict(x)).max():.2f} of the curve, which spans -20 to 20.")

plot_fit(model, x, y, "sine_fit.png")
print("Wrote sine_fit.png")
