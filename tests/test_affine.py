"""A Dense of few inputs trains with kernel and bias as one: with equal results."""

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest

from minidl import Sequential
from minidl.gradient_check import check_layer
from minidl.layers import Dense, Layer, Tanh
from minidl.layers.affine import Affine
from minidl.layers.mode import set_mode
from minidl.packing import pack
from minidl.parameter import Parameter
from minidl.types import Array, Shape

RANDOM = np.random.default_rng(0)


def trained(layer: Dense, shape: Shape) -> Dense:
    """Return a layer that is built, with weights as training lays them out."""
    layer.connect(shape)
    layer.bias.value += np.arange(1.0, layer.units + 1)
    pack(layer.weights)
    set_mode(layer, training=True)
    return layer


def results(layer: Dense, x: Array, dy: Array) -> list[Array]:
    """Return y, dkernel, dbias and dx."""
    y = layer.forward(x)
    dx = layer.backward(dy)
    return [y, layer.kernel.grad.copy(), layer.bias.grad.copy(), dx]


def by_formula(layer: Dense, x: Array, dy: Array) -> list[Array]:
    kernel, bias = layer.kernel.value, layer.bias.value
    rows, drows = x.reshape(-1, x.shape[-1]), dy.reshape(-1, layer.units)
    return [x @ kernel + bias, rows.T @ drows, drows.sum(axis=0), dy @ kernel.T]


def agree(layer: Dense, rows: int = 7) -> bool:
    """Return whether a layer computes its formula on new samples."""
    shape = layer._built_for or ()
    x = RANDOM.standard_normal((rows, *shape))
    dy = RANDOM.standard_normal((rows, *shape[:-1], layer.units))
    wanted = by_formula(layer, x, dy)
    pairs = zip(results(layer, x, dy), wanted, strict=True)
    return all(np.allclose(got, want, 1e-12, 1e-12) for got, want in pairs)


@pytest.mark.parametrize("shape", [(1,), (3,), (4,), (2, 3)], ids=str)
def test_kernel_and_bias_as_one_give_the_formula(shape: Shape) -> None:
    layer = trained(Dense(4), shape)
    for rows in (7, 7, 3, 8):
        assert agree(layer, rows)
        assert layer._affine is not None
    check_layer(Dense(4), shape)


def test_more_inputs_no_bias_and_inference_go_by_the_formula_itself() -> None:
    wide, bare = trained(Dense(2), (3,)), Dense(4, use_bias=False)
    assert agree(wide)
    assert wide._affine is None
    bare.connect((2,))
    set_mode(bare, training=True)
    x = RANDOM.standard_normal((5, 2))
    assert np.array_equal(bare.forward(x), x.dot(bare.kernel.value))
    narrow = trained(Dense(3), (2,))
    set_mode(narrow, training=False)
    assert agree(narrow)
    assert narrow._affine is None


def test_where_the_parameters_lie_apart_the_formula_itself_is_computed() -> None:
    layer = trained(Dense(3), (2,))
    assert agree(layer)
    layer.kernel.astype(np.dtype("float64"))  # into a vector of its own
    set_mode(layer, training=True)
    assert agree(layer)
    assert layer._affine is None
    pack(layer.weights)
    set_mode(layer, training=True)
    assert agree(layer)
    assert layer._affine is not None


class BiasFirst(Dense):
    def build(self, input_shape: Shape) -> None:
        self.bias = self.add_parameter("bias", (self.units,), "ones")
        super().build(input_shape)


def test_a_layer_that_declares_its_bias_first_learns_the_same() -> None:
    x, y = RANDOM.standard_normal((9, 2)), RANDOM.standard_normal((9, 3))
    predictions = []
    for kind in (Dense, BiasFirst):
        layer = kind(3, kernel_initializer="ones")
        model = Sequential([layer])
        model.compile("sgd", "mse")
        model.fit(x, y, batch_size=4, epochs=3, shuffle=False, verbose=0)
        predictions.append(model.predict(x))
    plain, bias_first = predictions
    assert np.allclose(plain, bias_first, 1e-12)


class Positive(Dense):
    """A Dense that declares its weights by itself, under another name."""

    root: Parameter

    def build(self, input_shape: Shape) -> None:
        self.root = self.add_parameter("root", (*input_shape, self.units), "ones")

    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = x.dot(self.root.value**2)
        return y

    def backward(self, dy: Array, /) -> Array:
        self.root.grad = 2 * self.root.value * self._x.T.dot(dy)
        dx: Array = dy.dot(self.root.value.T**2)
        return dx


def test_a_dense_without_kernel_and_bias_trains() -> None:
    check_layer(Positive(3), (2,))
    model = Sequential([Positive(3)])
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 3)), verbose=0)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))]
)
def test_a_copy_between_forward_and_backward_has_gradients_of_its_own(
    copied: Callable[[Dense], Dense],
) -> None:
    layer = trained(Dense(3), (2,))
    x, dy = RANDOM.standard_normal((5, 2)), RANDOM.standard_normal((5, 3))
    layer.forward(x)
    other = copied(layer)
    other.backward(dy)
    wanted = by_formula(layer, x, dy)
    assert np.allclose(other.kernel.grad, wanted[1], 1e-12)
    assert np.allclose(other.bias.grad, wanted[2], 1e-12)
    assert not layer.kernel.grad.any()
    assert agree(other)


class Twin(Layer):
    """Two layers with the same parameters, on the halves of a sample."""

    first: Dense
    second: Dense

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self.first, self.second = Dense(units), Dense(units)

    def build(self, input_shape: Shape) -> None:
        for half in (self.first, self.second):
            half.connect((input_shape[0] // 2,))
        self.second.kernel, self.second.bias = self.first.kernel, self.first.bias

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.units,)

    def forward(self, x: Array, /) -> Array:
        left, right = np.split(x, 2, axis=1)
        return self.first.forward(left) - self.second.forward(right)

    def backward(self, dy: Array, /) -> Array:
        dleft = self.first.backward(dy)
        kept = [weight.grad.copy() for weight in self.first.weights]
        dright = self.second.backward(-dy)
        for weight, grad in zip(self.first.weights, kept, strict=True):
            weight.grad += grad
        return np.hstack([dleft, dright])


class Twice(Layer):
    """One layer, run twice, that is shown each x again before its backward."""

    cell: Dense
    _inputs: list[Array]

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units, self.cell = units, Dense(units)

    def build(self, input_shape: Shape) -> None:
        self.cell.connect(input_shape)

    def output_shape(self, input_shape: Shape) -> Shape:
        return (self.units,)

    def forward(self, x: Array, /) -> Array:
        y, self._inputs = np.zeros((len(x), self.units), x.dtype), []
        for factor in (1, 3):
            y += self.cell.forward(factor * x)
            self._inputs.append(self.cell._x)
        return y

    def backward(self, dy: Array, /) -> Array:
        dx = np.zeros_like(self._inputs[0])
        sums = [np.zeros_like(weight.value) for weight in self.cell.weights]
        for factor, kept in zip((1, 3), self._inputs, strict=True):
            self.cell._x = kept
            dx += factor * self.cell.backward(dy)
            for total, weight in zip(sums, self.cell.weights, strict=True):
                total += weight.grad
        for weight, total in zip(self.cell.weights, sums, strict=True):
            weight.grad = total
        return dx


@pytest.mark.parametrize("units", [2, 5])
def test_layers_that_share_parameters_or_put_an_x_back(units: int) -> None:
    check_layer(Twin(units), (6,))
    check_layer(Twice(units), (3,))


class OfRows(Layer):
    """A layer that is built for a row, and run on samples of several."""

    cell: Dense

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units, self.cell = units, Dense(units)

    def build(self, input_shape: Shape) -> None:
        self.cell.connect(input_shape[-1:])

    def output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)

    def forward(self, x: Array, /) -> Array:
        return self.cell.forward(x)

    def backward(self, dy: Array, /) -> Array:
        return self.cell.backward(dy)


class OwnBuild(Dense):
    """A Dense that declares kernel and bias itself."""

    def build(self, input_shape: Shape) -> None:
        shape = input_shape[-1], self.units
        self.kernel = self.add_parameter("kernel", shape, "glorot_uniform")
        self.bias = self.add_parameter("bias", (self.units,), "ones")


class Factored(Dense):
    """A Dense whose kernel is a product, and which has none of that name."""

    left: Parameter
    right: Parameter

    def build(self, input_shape: Shape) -> None:
        self.left = self.add_parameter("left", (input_shape[0], 2), "glorot_uniform")
        self.right = self.add_parameter("right", (2, self.units), "glorot_uniform")

    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = x @ self.left.value @ self.right.value
        return y

    def backward(self, dy: Array, /) -> Array:
        dhidden = dy @ self.right.value.T
        self.left.grad = self._x.T @ dhidden
        self.right.grad = (self._x @ self.left.value).T @ dy
        dx: Array = dhidden @ self.left.value.T
        return dx


class Stacked(Dense):
    """A Dense with several kernels in one parameter, where a Dense has its own."""

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        shape = 2, *input_shape, self.units
        self.kernel = self.add_parameter("kernel", shape, "glorot_uniform")
        self.bias = self.add_parameter("bias", (4, self.units), "zeros")

    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = x @ self.kernel.value.sum(axis=0) + self.bias.value.sum(axis=0)
        return y

    def backward(self, dy: Array, /) -> Array:
        self.kernel.grad = np.stack([self._x.T @ dy] * 2)
        self.bias.grad = np.stack([dy.sum(axis=0)] * 4)
        dx: Array = dy @ self.kernel.value.sum(axis=0).T
        return dx


class Halved(Dense):
    """A Dense that computes with another kernel than it keeps."""

    def forward(self, x: Array, /) -> Array:
        return self._with_half(super().forward, x)

    def backward(self, dy: Array, /) -> Array:
        return self._with_half(super().backward, dy)

    def _with_half(self, compute: Callable[[Array], Array], given: Array) -> Array:
        kept = self.kernel
        self.kernel = Parameter("kernel", kept.value / 2)
        try:
            returned = compute(given)
            kept.grad = self.kernel.grad / 2
        finally:
            self.kernel = kept
        return returned


@pytest.mark.parametrize("name", ["kernel", "bias"])
def test_forward_and_backward_take_the_parameters_that_are_there(name: str) -> None:
    layer, x, dy = trained(Dense(3), (2,)), np.ones((4, 2)), np.ones((4, 3))
    kept = getattr(layer, name)
    layer.forward(x)
    setattr(layer, name, Parameter(name, np.full(kept.shape, 5.0)))
    layer.backward(dy)
    assert np.array_equal(getattr(layer, name).grad, np.full(kept.shape, 4.0))
    assert not kept.grad.any()
    assert np.allclose(layer.forward(x), by_formula(layer, x, dy)[0])


@pytest.mark.parametrize("units", [2, 5])
@pytest.mark.parametrize("kind", [OfRows, OwnBuild])
def test_samples_may_have_other_axes_than_dense_was_built_for(
    kind: Callable[[int], Layer], units: int
) -> None:
    check_layer(kind(units), (4, 3))


@pytest.mark.parametrize("units", [2, 5])
@pytest.mark.parametrize("kind", [Factored, Stacked, Halved])
def test_a_dense_may_have_other_parameters(kind: type[Dense], units: int) -> None:
    check_layer(kind(units), (3,))
    x, y = RANDOM.standard_normal((9, 3)), RANDOM.standard_normal((9, units))
    model = Sequential([kind(units)], input_shape=(3,))
    model.compile("sgd", "mse")
    before = model.evaluate(x, y)
    assert np.isclose(model.train_on_batch(x, y), before, 1e-12)
    assert model.evaluate(x, y) < before


def test_the_weights_of_a_layer_that_joins_another_model_are_those_it_trains() -> None:
    layer = Dense(3)
    model = Sequential([layer], input_shape=(2,))
    x, y = RANDOM.standard_normal((9, 2)), RANDOM.standard_normal((9, 3))
    other = Sequential([Dense(2), layer], input_shape=(4,))
    wide = RANDOM.standard_normal((9, 4))
    for trained_one, given in ((model, x), (other, wide), (model, x)):
        trained_one.compile("sgd", "mse")
        before = [weight.value.copy() for weight in layer.weights]
        trained_one.fit(given, y, verbose=0)
        for weight, old in zip(layer.weights, before, strict=True):
            assert (weight.value != old).all()
        assert layer._affine is None


def test_what_a_layer_is_told_of_its_mode_in_a_call_ends_with_it() -> None:
    layer = Dense(3)
    model = Sequential([layer], input_shape=(2,))
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 3)), verbose=0)
    x, dy = RANDOM.standard_normal((5, 2)), RANDOM.standard_normal((5, 3))
    y = layer(x, training=True)
    layer.backward(dy)
    wanted, dkernel, dbias, _ = by_formula(layer, x, dy)
    assert layer._affine is None
    assert np.allclose(y, wanted, 1e-12)
    assert np.allclose(layer.kernel.grad, dkernel, 1e-12)
    assert np.allclose(layer.bias.grad, dbias, 1e-12)


def test_a_bias_that_is_given_up_is_not_added() -> None:
    layer = trained(Dense(3), (2,))
    x = RANDOM.standard_normal((5, 2))
    layer.use_bias = False
    set_mode(layer, training=True)
    assert np.array_equal(layer.forward(x), x.dot(layer.kernel.value))


def test_check_layer_checks_what_training_computes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    computed = []
    with_ones = Affine.with_ones

    def spy(both: Affine, x: Array) -> Array:
        computed.append(len(x))
        return with_ones(both, x)

    monkeypatch.setattr(Affine, "with_ones", spy)
    check_layer(Dense(3), (2,))
    assert computed


def test_samples_are_left_as_they_are_and_outputs_are_new() -> None:
    layer = trained(Dense(3), (2,))
    x = RANDOM.standard_normal((5, 2))
    before, first = x.copy(), layer.forward(x)
    kept = first.copy()
    second = layer.forward(2 * x)
    assert np.array_equal(x, before)
    assert np.array_equal(first, kept)
    assert not np.shares_memory(first, second)
    both = layer._affine
    assert both is not None
    one = both.x_and_ones
    layer.forward(x)
    assert not np.shares_memory(one, both.x_and_ones)  # another thread may hold one


def test_float32_stays_float32() -> None:
    model = Sequential([Dense(4), Tanh(), Dense(1)], dtype="float32", input_shape=(2,))
    pack(model.weights)
    set_mode(model, training=True)
    y = model.forward(np.ones((3, 2), np.float32))
    assert y.dtype == model.backward(y).dtype == np.float32
