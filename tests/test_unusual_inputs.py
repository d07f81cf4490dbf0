"""Unusual inputs that mean the same give the same bits, and none is ever written to."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from registry import LOSSES, LossCase

from minidl import Sequential, layers
from minidl.layers import BatchNormalization, Dense, Input
from minidl.losses import CosineSimilarity, Loss, MeanSquaredError, SampleLoss
from minidl.optimizers import SGD
from minidl.types import Array

X = np.random.default_rng(0).uniform(-1, 1, (40, 3))
Y = X.sum(axis=1, keepdims=True) ** 2


def model(*parts: Any, **options: Any) -> Any:
    """Return a compiled model, of 3 inputs and 1 output if no layers are given."""
    usual = (Input((3,)), Dense(4, "tanh"), Dense(1))
    made = Sequential(parts or usual, seed=0, **options)
    made.compile("sgd", "mse")
    return made


class Frame:
    """What a DataFrame looks like from here."""

    def __init__(self, values: Array) -> None:
        self.values = values

    def __array__(self, dtype: object = None, copy: bool | None = None) -> Array:
        return self.values


def frozen(array: Array) -> Array:
    array = array.copy()
    array.flags.writeable = False
    return array


def unaligned(array: Array) -> Array:
    flat = np.frombuffer(b"\0" + array.tobytes(), offset=1)
    return flat.reshape(array.shape)


UNUSUAL: dict[str, Callable[[Array], Any]] = {
    "lists": lambda a: a.tolist(),
    "tuples": lambda a: tuple(map(tuple, a)),
    "a list of rows": list,
    "int": lambda a: (9 * a).astype(int),
    "int8": lambda a: (9 * a).astype("int8"),
    "uint8": lambda a: (9 * abs(a)).astype("uint8"),
    "bool": lambda a: a > 0,
    "float16": lambda a: a.astype("float16"),
    "float32": lambda a: a.astype("float32"),
    "longdouble": lambda a: a.astype("longdouble"),
    "big-endian": lambda a: a.astype(">f8"),
    "objects": lambda a: a.astype(object),
    "Fortran order": np.asfortranarray,
    "strided rows": lambda a: np.repeat(a, 2, axis=0)[::2],
    "strided columns": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "rows backwards": lambda a: a[::-1],
    "columns backwards": lambda a: a[:, ::-1],
    "one row for all": lambda a: np.broadcast_to(a[:1], a.shape),
    "read-only": frozen,
    "unaligned": unaligned,
    "nothing masked": np.ma.masked_array,
    "a frame": Frame,
}


def results(x: object, y: object, dtype: str, batch_size: int) -> list[Any]:
    """Return everything that comes out of a model trained on x and y."""
    one = model(Dense(33, "tanh"), Dense(2), dtype=dtype)
    options = {"epochs": 3, "verbose": 0, "validation_split": 0.25}
    curves = one.fit(x, y, batch_size, **options).history.values()
    losses = [one.evaluate(x, y), one.train_on_batch(x, y)]
    return [*curves, losses, one.predict(x), one(x), *one.get_weights()]


def check_same(got: list[Any], expected: list[Any]) -> None:
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", UNUSUAL)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [16, 1000])
def test_unusual_arrays(kind: str, dtype: str, batch_size: int) -> None:
    random = np.random.default_rng(1)
    x, y = (UNUSUAL[kind](random.uniform(-1, 1, (200, n))) for n in (30, 2))
    plain = [np.array(a, dtype="float64", order="C") for a in (x, y)]
    expected = results(plain[0].copy(), plain[1].copy(), dtype, batch_size)
    check_same(results(x, y, dtype, batch_size), expected)
    check_same([np.asarray(a, "float64") for a in (x, y)], plain)  # not changed


def test_layers_see_aligned_arrays() -> None:
    seen = []

    class Witness(layers.Identity):
        def forward(self, x: Array) -> Array:
            seen.append(x.flags.aligned)
            return x

    x = unaligned(X)
    assert not x.flags.aligned
    one = model(Witness(), Dense(1))
    one.fit(x, Y, verbose=0)
    one.predict(x)
    assert all(seen)


def test_memory_map(tmp_path: Path) -> None:
    X.tofile(tmp_path / "x")
    mapped, y = np.memmap(tmp_path / "x", "float64", "r", shape=X.shape), np.c_[Y, Y]
    check_same(results(mapped, y, "float64", 16), results(X, y, "float64", 16))


def test_batches_of_a_memory_map(tmp_path: Path) -> None:
    both = np.c_[X, Y]
    both.tofile(tmp_path / "both")
    mapped = np.memmap(tmp_path / "both", "float64", "r", shape=both.shape)
    trained = []
    for rows in (both, mapped):
        one = model(dtype="float32")
        batches = [(part[:, :3], part[:, 3:]) for part in (rows[:25], rows[25:])]
        losses = one.fit(batches, epochs=2, verbose=0).history["loss"]
        losses.append(one.train_on_batch(*batches[0]))
        predictions = one.predict(x for x, _ in batches)
        assert predictions.dtype == np.float32
        trained.append([losses, predictions, *one.get_weights()])
    check_same(*trained)


def test_targets_of_one_axis() -> None:
    flat, column = model(), model()
    losses = flat.fit(X, Y[:, 0], verbose=0), column.fit(X, Y, verbose=0)
    assert losses[0].history == losses[1].history
    assert all(map(np.array_equal, flat.get_weights(), column.get_weights()))
    assert flat.evaluate(X, Y[:, 0]) == column.evaluate(X, Y)


def test_inputs_of_one_axis() -> None:
    one = model(Dense(1))
    one.fit(X[:, 0], Y[:, 0], verbose=0)
    np.testing.assert_array_equal(one.predict(X[:, 0]), one.predict(X[:, :1])[:, 0])
    np.testing.assert_array_equal(one(X[:, 0]), one.predict(X[:, 0]))


def test_batches_of_one_axis() -> None:
    one = model(Input((1,)), Dense(2, "tanh"), Dense(1))
    flat = [X[:16, 0], X[16:, 0]]
    expected = one.predict(X[:, 0], batch_size=16)
    assert expected.shape == (40,)
    np.testing.assert_allclose(one.predict(iter(flat)), expected, rtol=1e-14)
    np.testing.assert_allclose(one.predict([(b, b) for b in flat]), expected)
    np.testing.assert_array_equal(one.predict_on_batch(flat[0]), expected[:16])
    columns = (batch[:, np.newaxis] for batch in flat)
    assert one.predict(columns).shape == (40, 1)
    assert one.predict(b.tolist() for b in flat).shape == (40,)


# Properties ---------------------------------------------------------------------------

few = hypothesis.settings(max_examples=25, deadline=None)
NUMBERS = st.floats(-10, 10, width=32)
PARTS = st.builds(slice, st.integers(0, 5), st.just(7), st.integers(1, 4)) | st.builds(
    slice, st.integers(2, 6), st.none(), st.integers(-4, -1)
)


def arrays(*shape: int) -> st.SearchStrategy[Array]:
    return hnp.arrays(np.float64, shape, elements=NUMBERS)


def net() -> Any:
    """Return a net whose layers treat every sample by itself when it predicts."""
    parts = (Dense(5, "tanh"), BatchNormalization(), layers.Dropout(0.5), Dense(2))
    return model(Input((3,)), *parts)


@few
@hypothesis.given(st.data())
def test_views_of_any_kind_predict_like_copies(data: st.DataObject) -> None:
    base = data.draw(arrays(9, 7))
    view = base[data.draw(PARTS), data.draw(PARTS)]
    view = view.T if data.draw(st.booleans()) else view
    kept = base.copy()
    one = model(Input(view.shape[1:]), Dense(4, "tanh"), Dense(2))
    np.testing.assert_array_equal(one.predict(view), one.predict(view.copy()))
    one.fit(view, view[:, [0, -1]], batch_size=4, verbose=0)
    one.evaluate(view, view[:, [0, -1]])
    np.testing.assert_array_equal(base, kept)


@few
@hypothesis.given(arrays(12, 3), st.integers(1, 12))
def test_predictions_do_not_depend_on_the_batches(x: Array, size: int) -> None:
    one = net()
    whole = one.predict(x, batch_size=12)
    np.testing.assert_array_equal(one.predict(x, batch_size=12), whole)
    parts = one.predict(x, batch_size=size)
    np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-14)
    pieces = (x[start : start + size] for start in range(0, 12, size))
    np.testing.assert_array_equal(one.predict(pieces), parts)


@few
@hypothesis.given(arrays(12, 3), st.permutations(range(12)))
def test_predictions_move_with_their_samples(x: Array, order: list[int]) -> None:
    one = net()
    moved = one.predict(x)[order]
    np.testing.assert_allclose(one.predict(x[order]), moved, rtol=1e-12, atol=1e-14)


@few
@hypothesis.given(arrays(6, 3), hnp.arrays(int, 6, elements=st.integers(0, 3)))
def test_a_weight_of_k_is_k_times_the_sample(x: Array, times: Any) -> None:
    """The sum is the same; the mean too, if it is one by weights."""
    hypothesis.assume(times.sum() > 0)
    y = x.sum(axis=1, keepdims=True)
    for reduction in ("sum", "mean_with_sample_weight"):
        weighted, repeated = model(), model()
        for one in (weighted, repeated):
            one.compile(SGD(0.001), MeanSquaredError(cast(Any, reduction)))
        a = weighted.train_on_batch(x, y, sample_weight=times)
        b = repeated.train_on_batch(np.repeat(x, times, 0), np.repeat(y, times, 0))
        assert a == pytest.approx(b, rel=1e-12)
        for w, v in zip(weighted.weights, repeated.weights, strict=True):
            np.testing.assert_allclose(w.value, v.value, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("case", LOSSES, ids=[repr(case.loss) for case in LOSSES])
def test_losses_are_linear_in_the_weights(case: LossCase) -> None:
    loss: Loss = copy.deepcopy(case.loss)
    if not isinstance(loss, SampleLoss) or loss.reduction.startswith("mean_with"):
        pytest.skip("divides by the weights, or takes none")
    if isinstance(loss, CosineSimilarity) and loss.axis == 1:
        pytest.skip("has one value for each column, not for each sample")
    a, b = np.random.default_rng(0).uniform(0, 2, (2, 5))

    def weighed(weights: Array) -> float:
        return loss(case.y_true, case.y_pred, weights)

    assert weighed(2 * a + b) == pytest.approx(2 * weighed(a) + weighed(b), rel=1e-12)
    assert weighed(np.ones(5)) == pytest.approx(loss(case.y_true, case.y_pred))


@few
@hypothesis.given(arrays(8, 3), st.integers(0, 2**32))
def test_one_seed_one_training(x: Array, seed: int) -> None:
    def trained(state: int) -> list[Array]:
        np.random.seed(state)  # noqa: NPY002  # which must not matter
        one = Sequential([Dense(4, "tanh"), layers.Dropout(0.3), Dense(3)], seed=seed)
        one.compile(SGD(1e-4), "mse")
        one.fit(x, x, batch_size=3, epochs=2, verbose=0)
        return one.get_weights()

    assert all(map(np.array_equal, trained(0), trained(1)))


def test_a_parameter_stands_for_a_copy_of_its_value() -> None:
    one = model()
    kernel = one.layers[0].kernel
    value = kernel.value.copy()
    copies = np.asarray(kernel), kernel.numpy(), np.array(kernel, "float64", copy=True)
    np.testing.assert_array_equal(X @ kernel, X @ value)
    assert np.mean(kernel) == value.mean()
    assert np.asarray(kernel, "float32").dtype == np.float32
    assert np.shares_memory(np.array(kernel, copy=False), kernel.value)
    one.set_weights(one.weights)
    kernel.value += 1
    for copied in copies:
        np.testing.assert_array_equal(copied, value)
