"""The sine experiment as the usual tutorial script has it; it has no digits."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))

import common
import script


def sine() -> float:
    x, y, start = common.sine()
    names = ("w1", "b1", "w2", "b2")
    parameters = {
        name: array.reshape(-1, array.shape[-1]).T.copy()
        for name, array in zip(names, start, strict=True)
    }
    rate = 2 * common.SINE_RATE  # its gradient is half of the others'
    return script.train(x.T, y.T, parameters, rate, common.EPOCHS)[-1]


def digits() -> str:
    raise NotImplementedError


common.main(sine, digits)
