"""The 2-2-1 net of docs/backpropagation.md, worked by hand: every intermediate.

The page's table was computed in plain NumPy. Two of its rows are worked again here with
arithmetic alone, so that page and library cannot err together.
"""

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest

from minidl import Sequential
from minidl.layers import Dense, Sigmoid
from minidl.losses import MeanSquaredError
from minidl.optimizers import SGD
from minidl.types import Array

PAGE = Path(__file__).parents[1] / "docs" / "backpropagation.md"
ROW = re.compile(r"^\| `(\w+)` \| .* \| (\(.*\)) \| `(.*)` \|$", re.MULTILINE)


def table() -> dict[str, Array]:
    """Return the table "All numbers" of the page, with the shapes it states checked."""
    numbers = {}
    for name, shape, value in ROW.findall(PAGE.read_text(encoding="utf-8")):
        numbers[name] = np.array(ast.literal_eval(value), dtype=float)
        assert numbers[name].shape == ast.literal_eval(shape), name
    return numbers


def computed() -> dict[str, Array | float]:
    """Return the same numbers as minidl computes them, one layer at a time."""
    given = table()
    hidden, squash, output = Dense(2, input_shape=(2,)), Sigmoid(), Dense(1)
    model = Sequential([hidden, squash, output])
    names = ("kernel1", "bias1", "kernel2", "bias2")
    model.set_weights([given[name] for name in names])
    loss = MeanSquaredError()
    x, y = given["x"], given["y"]
    now: dict[str, Array | float] = {"x": x, "y": y}
    now["z"] = z = hidden.forward(x)
    now["a"] = a = squash.forward(z)
    now["p"] = p = output.forward(a)
    now["loss"] = loss.forward(y, p)
    now["dp"] = dp = loss.gradient()
    now["da"] = da = output.backward(dp)
    now["dz"] = dz = squash.backward(da)
    now["dx"] = hidden.backward(dz)
    for name, weight in zip(names, model.weights, strict=True):
        now[name], now[f"d{name}"] = weight.value.copy(), weight.grad.copy()
    model.compile(SGD(0.1), loss)
    model.train_on_batch(x, y)
    for name, weight in zip(names, model.weights, strict=True):
        now[f"{name}_after"] = weight.value
    now["loss_after"] = model.evaluate(x, y)
    return now


def test_every_number_of_the_page() -> None:
    page, minidl = table(), computed()
    assert len(page) == 23
    assert page.keys() == minidl.keys()
    for name, number in minidl.items():
        np.testing.assert_allclose(number, page[name], atol=5.1e-7, err_msg=name)


def test_two_numbers_with_arithmetic_alone() -> None:
    z = [[1.0, 1.1], [0.2, 0.1], [0.5, 0.3]]
    a = [[1 / (1 + math.exp(-number)) for number in row] for row in z]
    errors = [
        row[0] * 0.5 - row[1] * 0.6 + 0.4 - target
        for row, target in zip(a, (1.0, 0.0, 0.5), strict=True)
    ]
    loss = sum(error**2 for error in errors) / 3
    dbias1_0 = sum(
        2 / 3 * error * 0.5 * row[0] * (1 - row[0])
        for error, row in zip(errors, a, strict=True)
    )
    minidl = computed()
    assert minidl["loss"] == pytest.approx(loss, rel=1e-12)
    assert np.ravel(minidl["dbias1"])[0] == pytest.approx(dbias1_0, rel=1e-12)
