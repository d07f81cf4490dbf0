"""Building, naming, nesting, weights and the summary of a Sequential."""

import io
import sys
from typing import Any

import numpy as np
import pytest
from healthy_layers import Around

from minidl import Input, Sequential
from minidl.errors import NonFiniteError
from minidl.layers import Activation, Dense, Dropout, Identity, Layer, Sigmoid
from minidl.models import clone_model
from minidl.optimizers import SGD
from minidl.parameter import Parameter
from minidl.types import Array, Shape


class Residual(Layer):
    """A layer made of layers, kept in a list and in a dictionary."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.units = units
        self.inner = [Dense(units), Sigmoid()]
        self.more = {"out": (Dense(units),)}

    def build(self, input_shape: Shape) -> None:
        shape = input_shape
        for layer in self._chain():
            shape = layer.connect(shape)

    def forward(self, x: Array, /) -> Array:
        y = x
        for layer in self._chain():
            y = layer.forward(y)
        return x + y

    def backward(self, dy: Array, /) -> Array:
        dx = dy
        for layer in reversed(self._chain()):
            dx = layer.backward(dx)
        return dy + dx

    def _chain(self) -> list[Layer]:
        return [*self.inner, *self.more["out"]]


def test_an_input_builds_at_once_and_data_builds_otherwise() -> None:
    assert Sequential([Input((3,)), Dense(2)]).built
    assert Sequential([Dense(2, input_shape=(3,))]).built
    late = Sequential([Dense(2)])
    assert not late.built
    late(np.ones((1, 3)))
    assert late.built
    assert late.count_params() == 8


def test_build_takes_shapes_with_and_without_the_batch_axis() -> None:
    for shape in ((3,), (None, 3)):
        model = Sequential([Dense(2)], seed=0)
        model.build(shape)  # type: ignore[arg-type]
        assert model.built
        assert model.layers[0].weights[0].shape == (3, 2)


def test_layers_can_be_added_and_popped_after_building() -> None:
    model = Sequential([Input((3,)), Dense(2)], seed=0)
    model.add(Dense(4))
    assert model(np.ones((5, 3))).shape == (5, 4)
    model.compile(SGD(0.1, momentum=0.9), "mse")
    model.fit(np.ones((5, 3)), np.ones((5, 4)), verbose=0)
    popped = model.pop()
    assert popped.built
    model.fit(np.ones((5, 3)), np.ones((5, 2)), verbose=0)
    model.add(popped)
    model.fit(np.ones((5, 3)), np.ones((5, 4)), verbose=0)


def test_default_names_are_numbered_and_given_ones_kept() -> None:
    model = Sequential([Dense(1), Dense(1), Dense(1, name="out"), Sequential()])
    names = [layer.name for layer in model.layers]
    assert names == ["dense", "dense_1", "out", "sequential"]
    assert [layer.name for layer in Sequential(model.layers[1:2]).layers] == ["dense"]


def test_the_weights_are_listed_layer_by_layer() -> None:
    model = Sequential([Input((2,)), Dense(3), Sequential([Dense(1, use_bias=False)])])
    assert [weight.shape for weight in model.weights] == [(2, 3), (3,), (3, 1)]
    assert [weight.name for weight in model.parameters] == ["kernel", "bias", "kernel"]
    assert model.trainable_weights == model.weights
    weights = model.get_weights()
    weights[0][:] = 7
    assert not (model.weights[0].value == 7).any()
    model.set_weights(weights)
    assert (model.weights[0].value == 7).all()
    model.set_weights([weight.tolist() for weight in weights])


def test_a_layer_of_layers_trains_and_is_found_in_lists_and_dicts() -> None:
    model = Sequential([Dense(4), Residual(4), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    x = np.linspace(0, 1, 20)
    before = model.evaluate(x, x**2)
    model.fit(x, x**2, epochs=100, verbose=0)
    assert model.evaluate(x, x**2) < before
    assert len(model.weights) == 8
    assert model.weights == model.trainable_weights
    again = Residual.from_config(model.layers[1].get_config())
    assert again.units == 4


def test_a_layer_of_layers_takes_dtype_and_seed_of_its_model() -> None:
    def weights(dtype: str) -> list[Array]:
        model = Sequential([Residual(3)], seed=4, dtype=dtype, input_shape=(3,))
        return model.get_weights()

    assert {weight.dtype.name for weight in weights("float32")} == {"float32"}
    for one, other in zip(weights("float64"), weights("float64"), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_declared_too_early_or_made_too_late_is_refused() -> None:
    class Early(Identity):
        def __init__(self) -> None:
            super().__init__()
            self.scale = self.add_parameter("scale", (3,), "ones")

    class Late(Identity):
        def build(self, input_shape: Shape) -> None:
            self.inner = Dense(3)
            self.inner.connect(input_shape)

    with pytest.raises(TypeError, match=r"'early' declared .* move add_parameter\(\)"):
        Sequential([Early()])
    with pytest.raises(TypeError, match=r"'late' makes layer 'dense' in build\(\)"):
        Sequential([Late()])(np.ones((2, 3)))
    model = Sequential([Dense(3)], input_shape=(3,))
    model.layers[0].trainable = "False"  # type: ignore[assignment]
    with pytest.raises(TypeError, match="trainable must be True or False"):
        model.summary()


def test_a_model_in_a_model_shares_its_weights() -> None:
    inner = Sequential([Dense(3), Sigmoid()], name="inner")
    outer = Sequential([inner, Dense(1)], seed=0)
    outer.compile("sgd", "mse")
    x = np.linspace(0, 1, 10)
    outer.fit(x, x, epochs=3, verbose=0)
    inner.compile("sgd", "mse")
    before = outer.predict(x)
    inner.fit(x, np.ones((10, 3)), epochs=3, verbose=0)
    assert not np.array_equal(outer.predict(x), before)
    outer.fit(x, x, epochs=3, verbose=0)
    np.testing.assert_array_equal(inner.weights[0].value, outer.weights[0].value)


def test_a_layer_may_serve_in_two_models() -> None:
    first = Sequential([Dense(3), Dense(1)], seed=0)
    first.compile("sgd", "mse")
    x = np.linspace(0, 1, 10)
    first.fit(x, x, epochs=2, verbose=0)
    head = Sequential([first.layers[0], Dense(2)], seed=1)
    head.compile("sgd", "mse")
    head.fit(x, np.ones((10, 2)), epochs=2, verbose=0)
    first.fit(x, x, epochs=2, verbose=0)
    assert first.layers[0].weights[0] is head.layers[0].weights[0]


def test_heads_of_two_models_train_together() -> None:
    one, two = (Sequential([Dense(2), Dense(2)], seed=seed) for seed in (0, 1))
    x = np.linspace(0, 1, 10)
    for model in (one, two):
        model.compile("sgd", "mse")
        model.fit(x, np.ones((10, 2)), verbose=0)
    both = Sequential([one.layers[0], two.layers[1]], seed=2)
    both.compile(SGD(0.1), "mse")
    before = both.get_weights()
    both.fit(x, np.zeros((10, 2)), verbose=0)
    after = both.get_weights()
    assert not any(np.array_equal(*pair) for pair in zip(before, after, strict=True))
    assert len({id(weight.value.base) for weight in both.weights}) == 1


def test_the_list_of_layers_is_a_copy() -> None:
    model = Sequential([Dense(1)])
    model.layers.append(Dense(1))
    assert len(model.layers) == 1


def test_a_layer_without_weights_serves_samples_of_any_shape() -> None:
    class Doubled(Layer):
        def build(self, input_shape: Shape) -> None:
            self.width = 2 * input_shape[0]

        def output_shape(self, input_shape: Shape) -> Shape:
            return (self.width,)

        def forward(self, x: Array, /) -> Array:
            return np.concatenate([x, x], axis=1)[:, : self.width]

        def backward(self, dy: Array, /) -> Array:
            half = self.width // 2
            dx: Array = dy[:, :half] + dy[:, half:]
            return dx

    layer = Doubled()
    assert [layer(np.ones((2, n))).shape for n in (3, 4)] == [(2, 6), (2, 8)]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_the_summary_can_be_printed_in_any_encoding(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = io.BytesIO()
    stdout = io.TextIOWrapper(output, encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stdout)
    text = Sequential([Dense(1)], input_shape=(2,)).summary()
    stdout.flush()
    assert "┏" in text
    assert b"| dense (Dense)                   | (None, 1)" in output.getvalue()
    assert b"+---" in output.getvalue()


def test_output_too_large_for_a_float_is_refused() -> None:
    model = Sequential([Dense(1), Dense(1)], seed=0, input_shape=(1,))
    model.set_weights([[[1e200]], [0.0], [[1e200]], [0.0]])
    with pytest.raises(NonFiniteError, match="output is too large"):
        model([1.0])
    with pytest.raises(TypeError, match="list of layers"):
        Sequential(Dense(1), Dense(2))  # type: ignore[arg-type]


def test_the_vectors_are_one_and_the_parameters_views_of_it() -> None:
    model = Sequential([Dense(3), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    model.fit([0.0, 1.0], [1.0, 0.0], verbose=0)
    bases = {id(weight.value.base) for weight in model.weights}
    assert len(bases) == len({id(weight.grad.base) for weight in model.weights}) == 1


def test_an_own_seed_of_an_inner_model_is_kept() -> None:
    def kernel(outer_seed: int, inner_seed: int | None) -> Array:
        inner = Sequential([Dense(3)], seed=inner_seed)
        model = Sequential([inner], seed=outer_seed, input_shape=(2,))
        return model.get_weights()[0]

    np.testing.assert_array_equal(kernel(0, 5), kernel(1, 5))
    assert not np.array_equal(kernel(0, None), kernel(1, None))
    np.testing.assert_array_equal(kernel(0, None), kernel(0, None))


def test_an_activation_by_name_is_the_layer() -> None:
    x = np.array([[-1.0, 2.0]])
    np.testing.assert_array_equal(Activation("sigmoid")(x), Sigmoid()(x))
    np.testing.assert_array_equal(Activation("linear")(x), Identity()(x))


def test_parameters_are_views_that_assigning_copies_into() -> None:
    weight = Parameter("w", np.zeros((2, 2)))
    new = np.ones((2, 2))
    weight.value = weight.grad = new
    new[:] = 5
    assert (weight.value == 1).all()
    weight.value += 1
    weight.grad *= 3
    assert weight.value.sum() == 8
    assert weight.grad.sum() == 12
    assert repr(weight) == "<Parameter 'w', shape (2, 2), float64>"


def test_the_summary_before_and_after_building(
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = Sequential([Dense(25), Activation("sigmoid", name="a" * 40)], name="net")
    text = model.summary()
    assert capsys.readouterr().out == text + "\n"
    assert text.startswith('Model: "net"\n┏━━━━')
    assert (
        "│ dense (Dense)                   │ ?                      │   0 (unbuilt) │"
        in text
    )
    model.build((1000,))
    model.layers[1].trainable = model.layers[0].trainable = False
    text = model.summary()
    assert (
        "│ dense (Dense)                   │ (None, 25)             │        25,025 │"
        in text
    )
    assert (
        "│ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa │ (None, 25)             │             0 │"
        in text
    )
    assert " Total params: 25,025 (195.51 KB)\n" in text
    assert " Trainable params: 0 (0.00 B)\n" in text
    assert text.endswith(" Non-trainable params: 25,025 (195.51 KB)")
    widths = {len(line) for line in text.splitlines() if line[0] in "┏┃┡│├└"}
    assert widths == {76}


def test_layers_by_name_and_by_index() -> None:
    model = Sequential([Dense(2), Dense(3, name="last")])
    assert model.get_layer("last") is model.get_layer(index=1) is model.layers[-1]
    with pytest.raises(ValueError, match=r"no layer of name 'x'.* 'dense', 'last'"):
        model.get_layer("x")
    with pytest.raises(ValueError, match="no layer at index 2: its layers are 'dense'"):
        model.get_layer(index=2)
    with pytest.raises(ValueError, match="a name or an index, got 'last' and 1"):
        model.get_layer("last", 1)
    with pytest.raises(ValueError, match="a name or an index, got None and None"):
        model.get_layer()


def test_the_name_of_an_input_is_shown() -> None:
    assert repr(Input((3,), name="pixels")) == "Input(shape=(3,), name='pixels')"
    assert repr(Input((3,))) == "Input(shape=(3,))"
    assert Sequential([Input((3,), name="pixels"), Dense(1)]).built


def test_the_summary_goes_where_it_is_sent(capsys: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    text = Sequential([Dense(1)], input_shape=(2,)).summary(print_fn=lines.append)
    assert lines == [text]
    assert capsys.readouterr().out == ""
    wrong: Any = 3
    with pytest.raises(TypeError, match=r"summary\(\): print_fn must be a function"):
        Sequential([Dense(1)]).summary(print_fn=wrong)


def test_summary_of_what_is_trained() -> None:
    parts = [Dense(4), Dropout(0.5), Dense(2, name="a_very_long_name_of_a_layer")]
    model = Sequential(parts, input_shape=(3,))
    model.layers[0].trainable = False
    assert model.summary(show_trainable=True).splitlines()[:11] == [  # of Keras 3.15.1
        'Model: "sequential"',
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━┓",
        "┃ Layer (type)                ┃ Output Shape          ┃    Param # ┃ Trai… ┃",
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━┩",
        "│ dense (Dense)               │ (None, 4)             │         16 │   N   │",
        "├─────────────────────────────┼───────────────────────┼────────────┼───────┤",
        "│ dropout (Dropout)           │ (None, 4)             │          0 │   -   │",
        "├─────────────────────────────┼───────────────────────┼────────────┼───────┤",
        "│ a_very_long_name_of_a_layer │ (None, 2)             │         10 │   Y   │",
        "│ (Dense)                     │                       │            │       │",
        "└─────────────────────────────┴───────────────────────┴────────────┴───────┘",
    ]


class Doubling(Layer):
    """A layer of one's own, which nobody has registered."""

    def __init__(self, times: float = 2.0) -> None:
        super().__init__()
        self.times = times

    def forward(self, x: Array, /) -> Array:
        return self.times * x

    def backward(self, dy: Array, /) -> Array:
        return self.times * dy


def test_a_clone_is_equal_and_apart() -> None:
    inner = Sequential([Doubling(3), Dense(2, name="inner")])
    model = Sequential([Input((3,)), Dense(4, "relu"), inner], dtype="float32")
    twin = clone_model(model)
    assert repr(twin) == repr(model)
    assert twin.dtype == model.dtype
    assert not {*twin.walk()} & {*model.walk()}
    assert not np.array_equal(twin.get_weights()[0], model.get_weights()[0])
    twin.set_weights(model.get_weights())
    x = np.ones((2, 3))
    np.testing.assert_array_equal(twin.predict(x), model.predict(x))
    assert not clone_model(Sequential([Dense(1)])).built
    with pytest.raises(
        TypeError, match=r"clone_model\(\): model must be a Sequential, got D"
    ):
        clone_model(Dense(3))  # type: ignore[arg-type]


def test_a_new_layer_around_one_that_is_built_joins_a_model_of_its_dtype() -> None:
    dense = Dense(2)
    Sequential([dense], dtype="float32", input_shape=(3,))
    model = Sequential([Around(dense)], dtype="float32", input_shape=(3,))
    assert model.predict(np.ones((4, 3))).dtype == np.float32
    with pytest.raises(
        ValueError, match=r"'around' is built in float32 and .* float64"
    ):
        Sequential([Around(dense)], input_shape=(3,))
