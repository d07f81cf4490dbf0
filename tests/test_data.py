"""Arrays are read in the one way they can be meant, or refused in one sentence.

`test_unusual_inputs.py` has those that are read.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import minidl
from minidl import layers, losses
from minidl.errors import MinidlError, NonFiniteError, ShapeError
from minidl.types import Array

# All of these are used wrongly on purpose, so the type checkers shall not look.
Sequential: Any = minidl.Sequential
Input: Any = layers.Input
Dense: Any = layers.Dense
MSE: Any = losses.MSE

Refusals: TypeAlias = dict[str, tuple[Callable[[], object], type[Exception], str]]
"""By name: a call, the error that it must raise and a pattern of its message."""

X = np.random.default_rng(0).uniform(-1, 1, (40, 3))
Y = X.sum(axis=1, keepdims=True) ** 2


def model(*parts: object, **options: object) -> Any:
    """Return a compiled model, of 3 inputs and 1 output if no layers are given."""
    usual = (Input((3,)), Dense(4, "tanh"), Dense(1))
    made = Sequential(parts or usual, seed=0, **options)
    made.compile("sgd", "mse")
    return made


def fit(x: object = X, y: object = Y, *parts: object, **options: Any) -> object:
    return model(*parts).fit(x, y, **{"verbose": 0, **options})


# Elements that are no numbers ---------------------------------------------------------

ENTRIES: dict[str, Callable[[Any], object]] = {
    r"fit\(\).* x\b": lambda bad: fit(x=bad),
    r"fit\(\).* y\b": lambda bad: fit(y=bad),
    r"validation_data.* x\b": lambda bad: fit(validation_data=(bad, Y)),
    r"validation_data.* y\b": lambda bad: fit(validation_data=(X, bad)),
    r"evaluate\(\).* x\b": lambda bad: model().evaluate(bad, Y),
    r"evaluate\(\).* y\b": lambda bad: model().evaluate(X, bad),
    r"train_on_batch\(\).* x\b": lambda bad: model().train_on_batch(bad, Y),
    r"train_on_batch\(\).* y\b": lambda bad: model().train_on_batch(X, bad),
    r"predict\(\).* x\b": lambda bad: model().predict(bad),
    r"model 'sequential'.* x\b": lambda bad: model()(bad),
    r"layer 'dense'.* x\b": lambda bad: Dense(2)(bad),
    r"MeanSquaredError.* y_true\b": lambda bad: MSE()(bad, Y),
    r"MeanSquaredError.* y_pred\b": lambda bad: MSE()(Y, bad),
    r"model 'sequential'.*weights\[0\]": lambda bad: model().set_weights([bad] * 4),
}


class Sparse:
    """What a SciPy matrix looks like from here."""

    def toarray(self) -> Array:
        return X

    def __getitem__(self, number: int) -> Array:
        return X[number : number + 1]

    def __iter__(self) -> Iterator[Array]:
        return iter(X)


def spoiled(value: object, dtype: object = "float64") -> Any:
    """Return an array like X with `value` at [1, 2]."""
    array = X.astype(cast(Any, dtype))
    array[1, 2] = value
    return array


BAD: dict[str, tuple[object, type[Exception], str]] = {
    "text": ("text", TypeError, "real numbers, got str"),
    "strings": ([["1", "2", "3"]], TypeError, "real numbers, got list of <U"),
    "bytes": ([[b"1"]], TypeError, "real numbers, got list of .S1"),
    "strings as objects": (spoiled("1", object), TypeError, "real numbers.*str"),
    "complex": ([[1j]], TypeError, "real numbers, got list of complex128"),
    "complex as objects": (spoiled(1j, object), TypeError, "real numbers"),
    "objects": ([[object()]], TypeError, "real numbers, got list of object"),
    "None": (None, TypeError, "None"),
    "None inside": (spoiled(None, object), TypeError, "real numbers.* None"),
    "a dictionary": ({"a": 1}, TypeError, "real numbers, got dict"),
    "a set": ({1.0}, TypeError, "real numbers, got set"),
    "a function": (np.tanh, TypeError, "real numbers, got ufunc"),
    "dates": (np.zeros(3, "datetime64[s]"), TypeError, "datetime64"),
    "records": (np.zeros(3, [("a", float)]), TypeError, "real numbers"),
    "arrays as objects": (np.array([X, X[0], 1], object), TypeError, "real numbers"),
    "sparse": (Sparse(), TypeError, r"sparse: pass \w+(\[0\])?\.toarray\(\)"),
    "masked": (np.ma.masked_less(X, 0), TypeError, "masked elements: fill or remove"),
    "masked rows": (list(np.ma.masked_less(X, 0)), TypeError, "masked elements"),
    "ragged": ([[1], [2, 3]], ShapeError, "ragged: its rows must all have the same"),
    "ragged deep": ([X, X[:, :1]], ShapeError, "a list of 2 arrays, of shapes"),
    "NaN": (
        spoiled(np.nan),
        NonFiniteError,
        r"1 elements? .*not finite.*\[1, 2\] = nan",
    ),
    "inf": (spoiled(np.inf), NonFiniteError, r"not finite.*\[1, 2\] = inf: clean"),
    "-inf": (spoiled(-np.inf, "float16"), NonFiniteError, r"\[1, 2\] = -inf"),
    "a huge integer": ([[10**400]], NonFiniteError, r"\[0, 0\].*too large for float64"),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("case", BAD)
def test_elements_that_are_no_numbers(case: str, entry: str) -> None:
    bad, error, message = BAD[case]
    with pytest.raises(error, match=f"{entry}.*{message}") as caught:
        ENTRIES[entry](bad)
    assert "\n" not in str(caught.value)


# Shapes -------------------------------------------------------------------------------

Y3 = np.repeat(Y, 3, axis=1)
SHAPES: Refusals = {
    "x, features": (lambda: fit(X[:, :2]), ShapeError, r"'sequential'.*\(3,\).*\(2,\)"),
    "x, one sample": (
        lambda: model().predict(X[0]),
        ShapeError,
        r"expects samples of shape \(3,\), got \(1,\).*x\[np.newaxis\]",
    ),
    "x, three axes": (
        lambda: fit(X[:, None], X[:, :2], Dense(1)),
        ShapeError,
        r"y has shape \(\d+, 2\), but the predictions have shape \(\d+, 1, 1\)",
    ),
    "x, no axis": (lambda: fit(1.5), ShapeError, r"fit\(\): x is a single number"),
    "y, no axis": (lambda: fit(X, 1.5), ShapeError, r"fit\(\): y is a single number"),
    "predict, no axis": (lambda: model().predict(2), ShapeError, r"x is a single .*2"),
    "x, no features": (lambda: fit(X[:, :0], Y, Dense(1)), ValueError, "x|features"),
    "y (n, 2) for (n, 1)": (
        lambda: fit(X, Y3[:, :2]),
        ShapeError,
        r"fit\(\): y has shape \(40, 2\).*predictions have shape \(40, 1\).*agree",
    ),
    "y (n,) for (n, 3)": (lambda: fit(X, Y[:, 0], Dense(3)), ShapeError, r"\(40, 3\)"),
    "y (n, 1) for (n, 3)": (lambda: fit(X, Y, Dense(3)), ShapeError, r"\(40, 3\)"),
    "y (n, 3) for (n, 1)": (
        lambda: fit(X, Y3),
        ShapeError,
        r"y .*\(40, 3\).*\(40, 1\)",
    ),
    "y (n, 1, 1)": (lambda: fit(X, Y[:, None]), ShapeError, r"y .*\(40, 1, 1\)"),
    "y (1, n)": (lambda: fit(X, Y.T), ShapeError, "x has 40 samples and y has 1"),
    "counts": (lambda: fit(X, Y[1:]), ShapeError, "x has 40 samples and y has 39"),
    "two inputs": (lambda: fit([X, X], Y), ShapeError, "x has 2 samples and y has 40"),
    "train_on_batch": (
        lambda: model().train_on_batch(X, Y3),
        ShapeError,
        r"train_on_batch\(\): y has shape",
    ),
    "validation, y": (
        lambda: fit(validation_data=(X, Y3)),
        ShapeError,
        r"validation_data: y has shape \(40, 3\)",
    ),
    "validation, x": (
        lambda: fit(validation_data=(Y3[:, :2], Y)),
        ShapeError,
        r"\(2,\)",
    ),
    "validation, counts": (
        lambda: fit(validation_data=(X, Y[1:])),
        ShapeError,
        "validation_data: x has 40 samples and y has 39",
    ),
    "validation, empty": (
        lambda: fit(X[:2], Y[:2], validation_split=0.9),
        ValueError,
        "validation_split=0.9 of 2 samples leaves 0 for training",
    ),
    "nothing to fit": (lambda: fit([], []), ShapeError, "x and y hold 0 samples"),
    "nothing to evaluate": (
        lambda: model().evaluate(X[:0], Y[:0]),
        ShapeError,
        r"evaluate\(\): x and y hold 0 samples",
    ),
    "loss (n, 1) for (n,)": (
        lambda: MSE()(Y, Y[:, 0]),
        ShapeError,
        "y has shape .*make the last layer and y agree",
    ),
    "loss of nothing": (
        lambda: MSE()([], []),
        ShapeError,
        "MeanSquaredError.*(0 samples|empty)",
    ),
    "weights, count": (
        lambda: model().set_weights([X]),
        ShapeError,
        r"'sequential' has 4 weights, set_weights\(\) got 1",
    ),
    "weights, no list": (lambda: model().set_weights(3), TypeError, "weights.*list"),
    "weights, shape": (
        lambda: model().set_weights([w.T for w in model().get_weights()]),
        ShapeError,
        r"weights\[0\] \(kernel\) must have shape \(3, 4\), got \(4, 3\)",
    ),
    "gradient": (
        lambda: setattr(model().weights[0], "grad", np.zeros((4, 3))),
        ShapeError,
        r"'kernel' has shape \(3, 4\): its grad .* \(4, 3\)",
    ),
}


@pytest.mark.parametrize("case", SHAPES)
def test_shapes(case: str) -> None:
    call, error, message = SHAPES[case]
    with pytest.raises(error, match=message):
        call()


def test_refused_data_builds_nothing() -> None:
    fresh = model(Dense(4), Dense(1))
    with pytest.raises(ShapeError):
        fresh.fit(X, Y3, verbose=0)
    assert not fresh.built
    fresh.fit(X[:, :2], Y, verbose=0)


def test_refused_weights_change_nothing() -> None:
    one = model()
    before = one.get_weights()
    with pytest.raises(NonFiniteError):
        one.set_weights([*map(np.ones_like, before[:3]), [np.nan]])
    assert all(map(np.array_equal, before, one.get_weights()))


# Numbers that a dtype cannot hold -----------------------------------------------------


def test_too_large_for_float32() -> None:
    message = r"x\[1, 2\] is 1e\+300, too large for float32.*float64"
    with pytest.raises(NonFiniteError, match=message):
        model(dtype="float32").predict(spoiled(1e300))


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda x, **options: model(**options).predict(x), r"predict\(\): x"),
        (lambda x, **options: model(**options).fit(X[:4], x[:, 0]), r"fit\(\): y"),
    ],
    ids=["x", "y"],
)
def test_whole_numbers_that_float32_rounds(
    call: Callable[..., object], name: str
) -> None:
    odd = np.full((4, 3), 2**24 + 1)
    with pytest.warns(UserWarning, match=f"{name} holds whole .*dtype='float64'") as w:
        call(odd, dtype="float32")
    assert [warning.filename for warning in w] == [__file__]
    call(odd)
    for exact in (odd - 1, 1 - odd, 2 * odd - 2, odd.astype(float), odd % 256):
        call(exact, dtype="float32")  # warnings are errors here


# Anything at all ----------------------------------------------------------------------

DTYPES = "f8 f4 f2 >f8 i8 i1 ? c8 S2 U2 O M8[s]"
SHAPES_OF_ANY = hnp.array_shapes(min_dims=0, min_side=0, max_side=4)


def any_array(name: str) -> st.SearchStrategy[Any]:
    dtype: np.dtype[Any] = np.dtype(name)
    if dtype.kind == "O":
        return hnp.arrays(
            dtype, SHAPES_OF_ANY, elements=st.sampled_from([None, 1, "1"])
        )
    elements = hnp.from_dtype(dtype, min_value=-100, max_value=100)
    return hnp.arrays(dtype, SHAPES_OF_ANY, elements=elements)


ANY_ARRAY = st.sampled_from(DTYPES.split()).flatmap(any_array)
ANY_NUMBER = st.none() | st.integers() | st.floats(-100, 100) | st.text(max_size=2)
ANY_DATA = ANY_ARRAY | st.recursive(ANY_NUMBER, lambda s: st.lists(s, max_size=3))


@pytest.mark.filterwarnings("ignore:.*whole numbers beyond")
@hypothesis.given(ANY_DATA, ANY_DATA)
@hypothesis.settings(max_examples=40, deadline=None)
@pytest.mark.parametrize(
    "call",
    [
        lambda x, y: fit(x, y, Dense(1)),
        lambda x, y: fit(x, x, layers.Identity()),
        lambda x, y: fit(x, y),
        lambda x, y: fit(validation_data=(x, y)),
        lambda x, y: model().evaluate(x, y),
        lambda x, y: model().predict(x),
        lambda x, y: model()(x),
        lambda x, y: Dense(2)(x),
        lambda x, y: MSE()(x, y),
        lambda x, y: MSE()(x, x),
    ],
    ids=range(10),
)
def test_anything(
    call: Callable[[object, object], object], x: object, y: object
) -> None:
    try:
        call(x, y)
    except (MinidlError, TypeError, ValueError) as error:
        said = str(error)
        arguments = ("x", "y", "y_true", "y_pred", "features", "samples")
        assert set(arguments) & set(said.replace(":", " ").replace("[", " ").split())
        assert not any(text in said for text in ("aligned", "broadcast", "operand"))
