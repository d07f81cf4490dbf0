"""The small helpers: labels as rows, norms, one seed for a whole program."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minidl import Sequential
from minidl.layers import Dense
from minidl.utils import clear_session, normalize, set_random_seed, to_categorical


def test_programs_for_keras_may_clear_the_session() -> None:
    model = Sequential([Dense(4, input_dim=3)])
    clear_session()
    assert model.layers[0].input_shape == (3,)
    assert model.built
    again = Dense.from_config(model.layers[0].get_config())
    assert again.input_shape == (3,)


def test_labels_as_rows() -> None:
    expected = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(to_categorical([0, 2]), expected)
    np.testing.assert_array_equal(to_categorical([[0], [2]]), expected)
    np.testing.assert_array_equal(to_categorical(np.array([0.0, 2.0])), expected)
    assert to_categorical([0, 2], 5).shape == (2, 5)
    assert to_categorical([[0, 1], [2, 0]]).shape == (2, 2, 3)


def test_rows_of_norm_one() -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(normalize(x), np.array([[0.6, 0.8], [0, 0]]))
    np.testing.assert_allclose(normalize(x, order=1)[0], np.array([3 / 7, 4 / 7]))
    np.testing.assert_allclose(normalize(x, axis=0), np.array([[1, 1], [0, 0]]))
    np.testing.assert_array_equal(x[0], [3, 4])


def test_one_seed_for_the_program() -> None:
    def program() -> list[Any]:
        set_random_seed(7)
        nets = [Sequential([Dense(2)], input_shape=(3,)) for _ in range(2)]
        return [*(net.get_weights()[0] for net in nets), random.random()]

    python = random.getstate()
    numpy = np.random.get_state()  # noqa: NPY002  # it is seeded for the program
    try:
        first, second, draw = program()
        assert not np.array_equal(first, second)
        again = program()
        np.testing.assert_array_equal(again[0], first)
        np.testing.assert_array_equal(again[1], second)
        assert again[2] == draw
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


@pytest.fixture(autouse=True)
def _no_common_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("minidl.seeding._common", None)


REFUSED: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "negative": (lambda: to_categorical([-1, 2]), ValueError, "-1 is no class"),
    "fraction": (lambda: to_categorical([0.5]), ValueError, "0.5 is no class"),
    "too large": (lambda: to_categorical([3], 3), ValueError, "3 is no class.* to 2"),
    "columns": (lambda: to_categorical([0], 0), ValueError, "num_classes must be"),
    "text": (lambda: to_categorical(["a"]), TypeError, r"to_categorical\(\): x"),
    "seed": (lambda: set_random_seed(-1), ValueError, "seed must be at least 0"),
    "norm": (lambda: normalize(["a"]), TypeError, r"normalize\(\): x"),
    "axis": (lambda: normalize([1.0], 3), ValueError, "axis"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    call, error, sentence = REFUSED[case]
    with pytest.raises(error, match=sentence):
        call()
