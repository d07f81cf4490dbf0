"""The two programs in Keras, on JAX."""

import os
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import common
import keras


class UntilGood(keras.callbacks.Callback):  # type: ignore[misc]
    """Stops at the goal."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs, self.accuracy = epoch + 1, logs["val_accuracy"]
        self.model.stop_training = self.accuracy >= common.GOAL


def sine() -> float:
    x, y, start = common.sine()
    dense = keras.layers.Dense
    model = keras.Sequential([keras.Input((1,)), dense(25, "sigmoid"), dense(1)])
    model.set_weights(start)
    model.compile(keras.optimizers.SGD(common.SINE_RATE), "mse")
    history = model.fit(x, y, 100, common.EPOCHS, verbose=0, shuffle=False)
    return float(history.history["loss"][-1])


def digits() -> str:
    train, test, start = common.digits()
    dense = keras.layers.Dense
    model = keras.Sequential([keras.Input((64,)), dense(64, "relu"), dense(10)])
    model.set_weights(start)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(common.RATE), loss, metrics=["accuracy"])
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
