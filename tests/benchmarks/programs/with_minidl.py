"""The two programs in minidl."""

from typing import Any

import common

from minidl import Sequential
from minidl.callbacks import Callback
from minidl.layers import Dense
from minidl.losses import SparseCategoricalCrossentropy
from minidl.optimizers import SGD


class UntilGood(Callback):
    """Stops at the goal."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs, self.accuracy = epoch + 1, logs["val_accuracy"]
        self.model.stop_training = self.accuracy >= common.GOAL


def sine() -> float:
    x, y, start = common.sine()
    layers = [Dense(25, "sigmoid"), Dense(1)]
    model = Sequential(layers, dtype="float32", input_shape=(1,))
    model.set_weights(start)
    model.compile(SGD(common.SINE_RATE), "mse")
    history = model.fit(x, y, 100, common.EPOCHS, verbose=0, shuffle=False)
    return float(history.history["loss"][-1])


def digits() -> str:
    train, test, start = common.digits()
    layers = [Dense(64, "relu"), Dense(10)]
    model = Sequential(layers, dtype="float32", input_shape=(64,))
    model.set_weights(start)
    loss = SparseCategoricalCrossentropy(from_logits=True)
    model.compile(SGD(common.RATE), loss, metrics=["accuracy"])
    stop = UntilGood()
    model.fit(
        *train,
        batch_size=common.BATCH,
        epochs=common.MOST_EPOCHS,
        shuffle=False,
        validation_data=test,
        callbacks=[stop],
        verbose=0,
    )
    return common.report(stop.accuracy, stop.epochs)


common.main(sine, digits)
