"""What users write themselves is checked too: layers, optimizers, initializers, losses.

And what overflows while training is told, with every weight as it was before.
"""

import re
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import numpy as np
import pytest

import minidl
from minidl import initializers, layers, losses, optimizers
from minidl.errors import DivergenceError, NonFiniteError, NotBuiltError, ShapeError
from minidl.types import Array, Shape

# All of these are used wrongly on purpose, so the type checkers shall not look.
Sequential: Any = minidl.Sequential
Input: Any = layers.Input
Dense: Any = layers.Dense
SGD: Any = optimizers.SGD
MSE: Any = losses.MSE

Refusals: TypeAlias = dict[str, tuple[Callable[[], object], type[Exception], str]]
"""By name: a call, the error that it must raise and a pattern of its message."""

X = np.random.default_rng(0).uniform(-1, 1, (40, 3))
Y = X.sum(axis=1, keepdims=True) ** 2
Z = 100 * Y  # with larger gradients


def fit_with(layer: object, dtype: str = "float64", last: bool = False) -> object:
    """Train a model that has the layer between two others, or last."""
    parts = [Dense(1), layer] if last else [Dense(4), layer, Dense(1)]
    model = Sequential(parts, dtype=dtype)
    model.compile("sgd", "mse")
    return model.fit(X, Y, verbose=0)


def predict_with(layer: object) -> Any:
    return Sequential([Input((3,)), layer]).predict(X)


def learn_with(optimizer: object = "sgd", loss: object = "mse") -> object:
    model = Sequential([Dense(1)])
    model.compile(optimizer, loss)
    return model.fit(X, Y, verbose=0)


# Layers -------------------------------------------------------------------------------


class Double(layers.Layer):
    """Right; each of those below makes one mistake."""

    def forward(self, x: Array, /) -> Array:
        return 2 * x

    def backward(self, dy: Array, /) -> Array:
        return 2 * dy


class NoSuper(Double):
    def __init__(self) -> None:
        pass


class Undeclared(Double):
    def build(self, input_shape: Shape) -> None:
        self.scale = np.ones(input_shape)


class UndeclaredList(Double):
    def build(self, input_shape: Shape) -> None:
        self.scales = [np.ones(input_shape)]


class Unkept(Double):
    def __init__(self, factor: float) -> None:
        super().__init__()


class Narrow(Double):
    def forward(self, x: Array, /) -> Array:
        return x[:, :1]


class OneRow(Double):
    def forward(self, x: Array, /) -> Array:
        y: Array = x.mean(axis=0, keepdims=True)
        return y


class Wider(Double):
    def forward(self, x: Array, /) -> Array:
        return x.astype("float64")


class Shaped(Double):
    """Says that an output sample has the shape it was given."""

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape

    def output_shape(self, input_shape: Shape) -> Shape:
        return cast(Shape, self.shape)


@pytest.mark.parametrize("shape", [(None, 4), [4]])
def test_a_shape_as_keras_says_it(shape: Any) -> None:
    fit_with(Shaped(shape))
    fit_with(Shaped((None, 1)), last=True)
    assert predict_with(Shaped((None, 3))).shape == (40, 3)
    model = Sequential([Input((3,)), Shaped((None, 3)), Dense(1)])
    assert model.output_shape((3,)) == (1,)
    assert "(None, 3) " in model.summary(print_fn=lambda line: None)


class NoReturn(Double):
    def forward(self, x: Array, /) -> Array:
        return cast(Array, None)


class NoDx(Double):
    def backward(self, dy: Array, /) -> Array:
        return cast(Array, None)


class NarrowDx(Double):
    def backward(self, dy: Array, /) -> Array:
        return dy[:, :1]


def replaced_before_fit() -> object:
    model = Sequential([Input((3,)), Dense(4), Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].kernel = np.ones((3, 4))
    return model.fit(X, Y, verbose=0)


def replaced_by_a_number() -> object:
    model = Sequential([Input((3,)), Dense(4), Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].bias = 0.0
    return model.fit(X, Y, verbose=0)


def replaced_and_called() -> object:
    model = Sequential([Input((3,)), Dense(4)])
    model.layers[0].kernel = np.ones((3, 4))
    return model(X)


def replaced_kernel() -> object:
    model = Sequential([Input((3,)), Dense(1)])
    model.layers[0].kernel = np.ones((3, 1))  # meant is kernel.value
    return model.predict(X)


LAYERS: Refusals = {
    "no super": (lambda: fit_with(NoSuper()), NotBuiltError, r"NoSuper.*super\(\)"),
    "undeclared": (
        lambda: fit_with(Undeclared()),
        TypeError,
        r"'undeclared' keeps an array in 'scale'.*add_parameter\('scale'",
    ),
    "undeclared list": (
        lambda: fit_with(UndeclaredList()),
        TypeError,
        "'undeclared_list' keeps an array in 'scales'.*declare",
    ),
    "unkept": (lambda: Unkept(2).get_config(), TypeError, "self.factor = factor"),
    "narrow": (
        lambda: fit_with(Narrow()),
        ShapeError,
        r"'narrow': forward\(\).*\(2, 1\).*must be \(2, 4\), as output_shape",
    ),
    "narrow, predict": (lambda: predict_with(Narrow()), ShapeError, "'narrow'.*output"),
    "one row": (lambda: fit_with(OneRow()), ShapeError, r"'one_row'.*forward\(\)"),
    "one row, last": (lambda: fit_with(OneRow(), last=True), ShapeError, "'one_row'"),
    "one row, predict": (lambda: predict_with(OneRow()), ShapeError, "'one_row'"),
    "float64": (
        lambda: fit_with(Wider(), "float32"),
        TypeError,
        r"'wider': forward\(\) returned float64.*float32.*self\.dtype",
    ),
    "None": (lambda: fit_with(NoReturn()), TypeError, r"'no_return': forward.*None"),
    "None, predict": (lambda: predict_with(NoReturn()), TypeError, "'no_return'.*None"),
    "no dx": (lambda: fit_with(NoDx()), TypeError, r"'no_dx': backward\(\).*None"),
    "narrow dx": (lambda: fit_with(NarrowDx()), ShapeError, r"'narrow_dx': backward"),
    "no shape": (
        lambda: fit_with(Shaped(4)),
        TypeError,
        r"'shaped': output_shape\(\) must be a tuple such as \(3,\), got 4",
    ),
    "a kernel replaced": (replaced_kernel, TypeError, r"kernel\.value = "),
    "a narrow one's": (replaced_before_fit, TypeError, r"'dense'.*kernel\.value = "),
    "a bias's": (
        replaced_by_a_number,
        TypeError,
        r"bias .* by a number: .*bias\.value =",
    ),
    "a called one's": (replaced_and_called, TypeError, r"'dense'.*kernel\.value = "),
}


def test_a_layer_written_for_keras_is_told_what_add_weight_is_called() -> None:
    class Scale(layers.Identity):
        def build(self, input_shape: Shape) -> None:
            self.add_weight("factor", input_shape, "ones")

    with pytest.raises(AttributeError, match=r"Scale has no 'add_weight'.*add_par"):
        Scale()(np.ones((2, 3)))


def test_classes_written_for_keras_are_told_what_minidl_calls() -> None:
    with pytest.raises(TypeError, match=r"Mine defines call\(x\)"):

        class Mine(minidl.Sequential):
            def call(self, x: Array) -> Array:
                return x

    with pytest.raises(
        TypeError, match=r"Noise: .*forward\(self, x\), and ask self.tr"
    ):

        class Noise(layers.Identity):
            def forward(self, x: Array, training: bool = False) -> Array:
                return x


def test_a_layer_that_is_an_attribute_first_is_told_so() -> None:
    class Mine(minidl.Sequential):
        def __init__(self) -> None:
            super().__init__()
            self.dense = Dense(1)
            self.add(self.dense)

    with pytest.raises(ValueError, match="already, as its attribute 'dense': add"):
        Mine()


def test_an_error_about_a_parameter_says_where_its_numbers_are() -> None:
    class Scale(layers.Identity):
        def build(self, input_shape: Shape) -> None:
            self.factor = self.add_parameter("factor", input_shape, "ones")

        def forward(self, x: Array, /) -> Array:
            return x * -self.factor  # type: ignore[operator,no-any-return]

    model = Sequential([Scale(), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError) as caught:
        model.fit(np.ones((2, 3)), np.ones(2), verbose=0)
    assert "a Parameter are in its .value" in caught.value.__notes__[0]


# Optimizers, initializers, losses -----------------------------------------------------


class LazyRule(optimizers.Optimizer):
    def __init__(self) -> None:
        pass

    def update(
        self, value: Array, gradient: Array, /, *state: Any, **options: Any
    ) -> None:
        value -= gradient


class Rebinds(optimizers.Optimizer):
    def update(
        self, value: Array, gradient: Array, /, *state: Any, **options: Any
    ) -> None:
        return cast(None, value - gradient)


class NoComma(Rebinds):
    slots = cast(tuple[str, ...], ("velocity"))  # the mistake


class Drawn(initializers.Initializer):
    """Draws what it was given, whatever the shape."""

    def __init__(self, drawn: Any) -> None:
        super().__init__()
        self.drawn = drawn

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        return cast(Array, self.drawn)


class Returns(losses.Loss):
    """Returns what it was given, as loss and as gradient."""

    def __init__(self, loss: Any, gradient: Any) -> None:
        self.loss, self.dy = loss, gradient

    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        return cast(float, self.loss)

    def gradient(self) -> Array:
        return cast(Array, self.dy)


def draw(drawn: object) -> object:
    return Dense(1, kernel_initializer=Drawn(drawn))(X)


PARTS: Refusals = {
    "optimizer, no super": (
        lambda: learn_with(LazyRule()),
        Exception,
        r"LazyRule.*super\(\).__init__",
    ),
    "optimizer, not in place": (
        lambda: learn_with(Rebinds(0.1)),
        TypeError,
        r"Rebinds: update\(\) returned something: .*value -= step",
    ),
    "optimizer, no comma": (
        lambda: learn_with(NoComma(0.1)),
        TypeError,
        r"NoComma: slots must be a tuple, \('velocity',\), got 'velocity'",
    ),
    "initializer, shape": (lambda: draw(np.ones(3)), ShapeError, r"Drawn.*\(3, 1\)"),
    "initializer, NaN": (
        lambda: draw(np.full((3, 1), np.nan)),
        NonFiniteError,
        "Drawn",
    ),
    "loss, array": (
        lambda: learn_with(loss=Returns(X, Y)),
        TypeError,
        r"Returns.*forward\(\).*number",
    ),
    "loss, None": (
        lambda: learn_with(loss=Returns(None, Y)),
        TypeError,
        "Returns.*None",
    ),
    "loss, gradient": (
        lambda: learn_with(loss=Returns(1.0, Y[:, 0])),
        ShapeError,
        r"Returns: gradient\(\).*\(40,\).*\(2, 1\)",
    ),
}

REFUSALS = LAYERS | PARTS


@pytest.mark.parametrize("case", REFUSALS)
def test_refused(case: str) -> None:
    call, error, message = REFUSALS[case]
    with pytest.raises(error, match=message):
        call()


class Product(layers.Layer):
    """Multiplies by a matrix, and by one of a wrong shape where it is told to."""

    def __init__(self, wrong_in: str) -> None:
        super().__init__()
        self.wrong_in = wrong_in

    def forward(self, x: Array, /) -> Array:
        return x @ self._matrix("forward", len(x))

    def backward(self, dy: Array, /) -> Array:
        return dy @ self._matrix("backward", len(dy))

    def _matrix(self, method: str, rows: int) -> Array:
        whole = method in self.wrong_in and (rows > 2 or "later" not in self.wrong_in)
        return np.ones((3, 3)) if not whole else np.ones((4, 3))


@pytest.mark.parametrize("wrong_in", ["forward", "backward", "later forward"])
@pytest.mark.parametrize("call", ["fit", "evaluate", "predict", "train_on_batch", ""])
def test_an_error_of_numpy_names_the_layer(wrong_in: str, call: str) -> None:
    model = Sequential([Input((3,)), Product(wrong_in), Dense(1)])
    model.compile("sgd", "mse")
    if wrong_in == "backward" and call in ("predict", ""):
        pytest.skip("goes forward alone")
    x = (X,) if call in ("predict", "") else (X, Y)
    method = wrong_in.split()[-1]
    with pytest.raises(ValueError, match="mismatch") as caught:
        getattr(model, call or "__call__")(*x)
    [note] = caught.value.__notes__
    said = (
        rf"raised by {method}\(\) of layer 'product', where d?[xy] has shape \(\d+, 3\)"
    )
    assert re.fullmatch(said, note)


def test_an_error_names_the_metric() -> None:
    model = Sequential([Input((3,)), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["mae"])
    with pytest.raises(ShapeError, match="y has shape") as caught:
        model.fit(X, np.arange(40) % 3, verbose=0)
    [note] = caught.value.__notes__
    assert note.startswith("raised by update_state() of metric 'mae', where y_true has")


def test_an_error_that_names_the_layer_gets_no_note() -> None:
    model = Sequential([Input((3,)), layers.BatchNormalization(), Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(
        ShapeError, match="layer 'batch_normalization': a batch of"
    ) as e:
        model.train_on_batch(X[:1], Y[:1])
    assert not hasattr(e.value, "__notes__")


def test_optimizer_in_two_models() -> None:
    """The momentum of the first model must not push the second."""
    optimizer = SGD(0.01, 0.9)
    first, second = (Sequential([Dense(1)], seed=0) for _ in range(2))
    for model in (first, second):
        model.compile(optimizer, "mse")
    first.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="SGD has trained none of these weights"):
        second.fit(X, Y, verbose=0)


# Overflow -----------------------------------------------------------------------------


def net(rate: float, momentum: float = 0.0, dtype: str = "float64") -> Any:
    layers = [Input((3,)), Dense(4), Dense(1)]
    model = Sequential(layers, seed=0, dtype=dtype)
    model.compile(SGD(rate, momentum), "mse")
    return model


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(
    ("dtype", "rate", "options", "message"),
    [
        ("float64", 1e200, {}, r"epoch 2, batch 1, .*layer 'dense(_1)?'.*1e\+200"),
        ("float64", 1e200, {"batch_size": 8}, "epoch 1, batch 2, .*layer 'dense"),
        ("float64", 1e308, {"epochs": 1}, r"weight.*epoch 1.*learning_rate.*1e\+308"),
        ("float64", 10.0, {"epochs": 99}, r"epoch \d+, batch 1.*learning_rate .*10\)"),
        ("float32", 1e25, {}, "epoch 2, batch 1, .*layer 'dense"),
        ("float64", 1e200, {"validation_data": (X, Z)}, "validation of epoch 1.*dense"),
    ],
)
def test_divergence(
    dtype: str, rate: float, options: dict[str, Any], message: str, momentum: float
) -> None:
    model = net(rate, momentum, dtype)
    with pytest.raises(DivergenceError, match=message):
        model.fit(X, Z, **{"batch_size": 40, "epochs": 3, "verbose": 0, **options})
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert not model.training
    if rate == 10:  # it diverged step by step, so the last finite loss is huge
        return
    before = model.evaluate(X, Z)
    model.optimizer.learning_rate = 1e-5
    model.fit(X, Z, batch_size=40, epochs=3, verbose=0)
    assert model.evaluate(X, Z) < before


def test_divergence_on_a_batch() -> None:
    model = net(1e308)
    before = model.get_weights()
    with pytest.raises(DivergenceError, match=r"this batch.*learning_rate"):
        model.train_on_batch(X, Z)
    assert all(map(np.array_equal, model.get_weights(), before))


def huge(*kernel: float) -> Any:
    model = net(0.01)
    model.set_weights([np.full((3, 4), 1e200), [0] * 4, np.c_[list(kernel)], [0]])
    return model


def test_overflow_without_training() -> None:
    """Infinity less infinity, from data and weights that are finite."""
    model = huge(1e200, -1e200, 1e200, -1e200)
    with pytest.raises(NonFiniteError, match=r"predict\(\).*layer 'dense_1'"):
        model.predict(np.ones((2, 3)))
    with pytest.raises(NonFiniteError, match=r"evaluate\(\).*layer 'dense_1'"):
        model.evaluate(np.ones((2, 3)), [0, 0])


def test_overflow_in_a_loss() -> None:
    assert MSE()([1.7e308], [-1.7e308]) == np.inf  # and no warning


@pytest.mark.parametrize(
    ("loss", "activation", "y", "said"),
    [
        ("poisson", "linear", abs(Y), r"Poisson takes rates of .*and -3 is .*softplus"),
        (
            "categorical_crossentropy",
            "relu",
            np.eye(3)[np.arange(40) % 3],
            "CategoricalCrossentropy divides .*which is 0 for a sample; .*softmax",
        ),
        (
            "sparse_categorical_crossentropy",
            "relu",
            np.arange(40) % 3,
            "SparseCategoricalCrossentropy divides .*0 for a sample; .*softmax",
        ),
        ("crossentropy", "relu", np.arange(40) % 3, "SparseCategorical.*softmax"),
    ],
)
def test_predictions_that_have_no_loss(
    loss: str, activation: str, y: Array, said: str
) -> None:
    units = 1 if loss == "poisson" else 3
    model = Sequential([Input((3,)), Dense(units, activation)])
    model.set_weights([np.full((3, units), -1.0), [0.0] * units])
    model.compile("sgd", loss)
    before = model.get_weights()
    x = np.ones((40, 3))
    with pytest.raises(DivergenceError, match=f"nan in epoch 1, batch 1: {said}"):
        model.fit(x, y, verbose=0)
    with pytest.raises(NonFiniteError, match=rf"evaluate\(\): the loss is nan: {said}"):
        model.evaluate(x, y)
    assert all(map(np.array_equal, model.get_weights(), before))


def test_predictions_that_lose_their_loss_later() -> None:
    model = Sequential([Input((1,)), Dense(1)])
    model.set_weights([[[1.0]], [0.0]])
    model.compile(SGD(10.0), "poisson")
    said = "epoch 2, batch 1: Poisson .*'exponential'. The weights are back .* afresh$"
    with pytest.raises(DivergenceError, match=said):
        model.fit(np.ones((4, 1)), np.zeros((4, 1)), epochs=9, verbose=0)


class Bad(layers.Layer):
    """Has a gradient that is NaN."""

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_parameter("scale", input_shape, "ones")

    def forward(self, x: Array, /) -> Array:
        return x * self.scale.value

    def backward(self, dy: Array, /) -> Array:
        self.scale.grad = dy.sum(axis=0) * np.nan
        return dy * self.scale.value


def test_a_gradient_that_is_not_finite_is_named() -> None:
    for options in ({}, {"clipvalue": 1.0}):
        model = Sequential([Input((3,)), Bad(), Dense(1)])
        model.compile(SGD(0.1, **options), "mse")
        said = "after a gradient .* that of scale of layer 'bad'.*check_layer"
        with pytest.raises(DivergenceError, match=said):
            model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("clipping", ["clipnorm", "global_clipnorm"])
def test_a_gradient_that_cannot_be_clipped_is_named(clipping: str) -> None:
    model = Sequential([Input((3,)), Bad(), Dense(1)])
    model.compile(SGD(0.1, **{clipping: 1.0}), "mse")
    said = (
        r"norm of the gradient is nan.*: that of scale, of shape \(3,\), .*check_layer"
    )
    with pytest.raises(NonFiniteError, match=said):
        model.fit(X, Y, verbose=0)
