"""The two programs in thinc."""

from typing import Any

import common
import numpy as np
from thinc.api import SGD, Linear, Relu, Sigmoid, Softmax, chain


def net(layers: list[Any], start: Any) -> Any:
    """Return a chain of layers with the given weights."""
    model = chain(*layers)
    model.initialize()
    for layer, kernel, bias in zip(layers, start[::2], start[1::2], strict=True):
        layer.set_param("W", kernel.T.copy())
        layer.set_param("b", bias)
    return model


def sine() -> float:
    x, y, start = common.sine()
    model = net([Sigmoid(25, 1), Linear(1, 25)], start)
    plain: dict[str, Any] = {"L2": 0.0, "grad_clip": 0.0, "use_averages": False}
    optimizer = SGD(common.SINE_RATE, **plain)
    error: Any = None
    for _ in range(common.EPOCHS):
        prediction, backprop = model.begin_update(x)
        error = prediction - y
        backprop(error * np.float32(2 / 100))
        model.finish_update(optimizer)
    return float(np.square(error).mean())


def digits() -> str:
    (x, labels), (unseen, _), start = common.digits()
    model = net([Relu(64, 64), Softmax(10, 64)], start)
    plain: dict[str, Any] = {"L2": 0.0, "grad_clip": 0.0, "use_averages": False}
    optimizer = SGD(common.RATE, **plain)
    batches = common.batches(x, np.eye(10, dtype=np.float32)[labels])

    def epoch() -> None:
        for inputs, targets in batches:
            prediction, backprop = model.begin_update(inputs)
            backprop((prediction - targets) / len(targets))
            model.finish_update(optimizer)

    return common.until_good(epoch, lambda: model.predict(unseen))


common.main(sine, digits)
