"""Models with layers, losses, functions and values of the user's own in files."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from raw_files import with_header
from round_trips import X, Y, both_dtypes, check_round_trip, small

import minidl
from minidl import Sequential, metrics, saving
from minidl.errors import FileFormatError
from minidl.files import container
from minidl.initializers import Initializer
from minidl.layers import (
    Dense,
    Dropout,
    Layer,
)
from minidl.losses import Loss
from minidl.metrics import Metric
from minidl.optimizers import SGD, Optimizer
from minidl.parameter import Parameter
from minidl.saving import load_model, register
from minidl.types import Array, Shape


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


class Scale(Layer):
    """Multiplies by a number for each feature."""

    factor: Parameter

    def __init__(self, start: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Shape) -> None:
        self.factor = self.add_parameter("factor", input_shape, "ones")

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return self.start * x * self.factor.value

    def backward(self, dy: Array, /) -> Array:
        self.factor.grad = (self.start * dy * self._x).sum(axis=0)
        return self.start * dy * self.factor.value


class Pick(Layer):
    """Takes columns; its constructor takes an array."""

    def __init__(self, columns: np.ndarray) -> None:
        super().__init__()
        self.columns = columns

    def output_shape(self, input_shape: Shape) -> Shape:
        return (len(self.columns),)

    def forward(self, x: Array, /) -> Array:
        self._width = x.shape[1]
        return x[:, self.columns]

    def backward(self, dy: Array, /) -> Array:
        dx = np.zeros((len(dy), self._width), dy.dtype)
        for i, column in enumerate(self.columns):
            dx[:, column] += dy[:, i]
        return dx


class Around(Layer):
    """Adds what another layer makes; its constructor takes that layer."""

    def __init__(self, inner: Layer, more: list[Layer]) -> None:
        super().__init__()
        self.inner, self.more = inner, more

    def build(self, input_shape: Shape) -> None:
        for layer in (self.inner, *self.more):
            layer.connect(input_shape)

    def forward(self, x: Array, /) -> Array:
        return x + sum(layer.forward(x) for layer in (self.inner, *self.more))

    def backward(self, dy: Array, /) -> Array:
        return dy + sum(layer.backward(dy) for layer in (self.inner, *self.more))


class Tied(Layer):
    """Has one parameter under two names, one layer under two, and more in a dict."""

    def build(self, input_shape: Shape) -> None:
        self.kernel = self.add_parameter("kernel", (3, 3), "glorot_uniform")
        self.same = self.kernel
        self.others = {"a b": self.add_parameter("o", (3,), "zeros"), "é": self.kernel}

    def forward(self, x: Array, /) -> Array:
        self._x = x
        return x @ self.kernel.value + self.others["a b"].value

    def backward(self, dy: Array, /) -> Array:
        self.kernel.grad = self._x.T @ dy
        self.others["a b"].grad = dy.sum(axis=0)
        return dy @ self.same.value.T


class Noisy(Layer):
    """Has a random stream of its own in an attribute."""

    def __init__(self, seed: int, kind: str = "own") -> None:
        super().__init__()
        self.seed, self.kind = seed, kind
        streams = {
            "own": np.random.default_rng(seed),
            "legacy": np.random.RandomState(seed),
            "twister": np.random.Generator(np.random.MT19937(seed)),
            "bits": np.random.PCG64(seed),
            "python": random.Random(seed),
        }
        self.draws: Any = streams[kind]

    def forward(self, x: Array, /) -> Array:
        if self.training and self.kind == "own":
            noise: Array = self.draws.normal(size=x.shape).astype(x.dtype)
            return x + noise
        return x

    def backward(self, dy: Array, /) -> Array:
        return dy


class Doubled(Loss):
    """The sum of squares, twice."""

    def forward(self, y_true: Array, y_pred: Array, /) -> float:
        self._error = y_pred - y_true
        return 2 * float((self._error**2).sum())

    def gradient(self) -> Array:
        return 4 * self._error


class Worst(Metric):
    """The largest error."""

    worst: float

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.worst = max(self.worst, float(np.abs(y_pred - y_true).max()))

    def result(self) -> float:
        return self.worst

    def reset_state(self) -> None:
        self.worst = 0.0


class Momentum(Optimizer):
    """Descent with an average of the gradients."""

    slots = ("average",)

    def update(
        self, value: Array, gradient: Array, /, average: Array, **options: Any
    ) -> None:
        average *= 0.9
        average += gradient
        value -= self.learning_rate * average


class Half(Initializer):
    """Draws nothing."""

    def draw(self, shape: Shape, random: np.random.Generator) -> Array:
        return np.full(shape, 0.5)


def warm_up(step: int) -> float:
    return 0.01 * min(1.0, (step + 1) / 5)


def bias_of(y_true: Array, y_pred: Array) -> Array:
    bias: Array = (y_pred - y_true).mean(axis=-1)
    return bias


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scale(0.5, name="my_scale"),
        lambda: Pick(np.array([2, 0, 2])),
        lambda: Around(Dense(3), [Scale(2.0), Dropout(0.5)]),
        lambda: Around(Sequential([Dense(3), Dropout(0.5)], seed=3), []),
        lambda: Tied(),
        lambda: Noisy(3),
    ],
    ids=["Scale", "Pick", "Around", "Around a model", "Tied", "Noisy"],
)
@both_dtypes
def test_layers_of_the_user(make: Callable[[], Layer], dtype: str, path: Path) -> None:
    mine = [Scale, Pick, Around, Tied, Noisy]
    check_round_trip(small(make(), dtype=dtype), X, Y, path, custom_objects=mine)
    by_name = {cls.__name__: cls for cls in mine}
    check_round_trip(small(make(), dtype=dtype), X, Y, path, custom_objects=by_name)


def test_losses_metrics_and_optimizers_of_the_user(path: Path) -> None:
    model = small(Dense(3))
    model.compile(Momentum(0.001), Doubled(), metrics=[Worst(), "mae"])
    mine = [Momentum, Doubled, Worst]
    twin = check_round_trip(model, X, Y, path, custom_objects=mine)
    assert isinstance(twin.optimizer, Momentum)
    assert isinstance(twin.loss, Doubled)


def test_functions_by_name(path: Path) -> None:
    model = small(Dense(3))
    model.compile(SGD(warm_up), "mse", metrics=[bias_of])
    mine = [warm_up, bias_of]
    twin = check_round_trip(model, X, Y, path, custom_objects=mine)
    assert "bias_of" in twin.history.history
    with pytest.raises(FileFormatError, match=r"custom_objects=\[warm_up\], the funct"):
        load_model(path)


def test_functions_of_minidl_need_not_be_passed(path: Path) -> None:
    model = small(Dense(3))
    measured = [metrics.mean_absolute_error, minidl.losses.huber]
    model.compile(SGD(0.01), minidl.losses.mean_squared_error, metrics=measured)
    twin = check_round_trip(model, X, Y, path)
    assert {"mean_absolute_error", "huber"} <= set(twin.history.history)


def test_lambdas_are_passed_by_name(path: Path) -> None:
    model = small(Dense(3))
    rate = lambda step: 0.01 / (1 + step)  # noqa: E731
    model.compile(SGD(rate), "mse")
    check_round_trip(model, X, Y, path, custom_objects={"<lambda>": rate})
    said = r"unknown function '<lambda>': pass custom_objects=\{'<lambda>': \.\.\.\}"
    with pytest.raises(FileFormatError, match=said):
        load_model(path)
    other = lambda y_true, y_pred: (y_pred - y_true)[:, 0]  # noqa: E731
    model.compile(SGD(rate), "mse", metrics=[other])
    with pytest.raises(ValueError, match="two functions are called <lambda>"):
        model.save(path)


def test_a_missing_class_is_named_with_the_line_to_write(path: Path) -> None:
    model = small(Around(Dense(3), [Scale()]))
    model.build((3,))
    model.save(path)
    said = (
        r"unknown class 'Scale': pass custom_objects=\[Scale\], the class itself, or "
        r"put @minidl\.saving\.register above its definition"
    )
    with pytest.raises(FileFormatError, match=said):
        load_model(path, custom_objects=[Around])
    assert isinstance(load_model(path, custom_objects=(Around, Scale)), Sequential)


def test_a_registered_class_need_not_be_passed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("minidl.objects._registered", {})
    assert register(Scale) is Scale
    assert register(warm_up) is warm_up
    model = small(Scale())
    model.compile(SGD(warm_up), "mse")
    check_round_trip(model, X, Y, path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([3], "3 is neither a class nor a function"),
        (["Scale"], "'Scale' is neither"),
        ([Scale()], "is neither a class nor a function: pass the class itself"),
        ({"Scale": 3}, "3 is neither"),
        ({3: Scale}, "is neither a class nor a function"),
        ("Scale", "must be a list of classes and functions"),
        (Scale, "must be a list of classes and functions"),
        (7, "must be a list of classes and functions"),
    ],
)
def test_what_is_no_class_is_refused(given: Any, message: str, path: Path) -> None:
    model = small()
    model.build((3,))
    model.save(path)
    with pytest.raises(TypeError, match=message):
        load_model(path, custom_objects=given)


def test_a_class_that_is_called_like_one_of_minidl_is_not_saved(path: Path) -> None:
    fake = type("Dense", (Scale,), {})
    said = "Dense is a class of minidl, so a file cannot tell yours from it"
    model = small(fake())
    model.build((3,))
    with pytest.raises(ValueError, match=said):
        model.save(path)
    model = small()
    model.compile(type("Adam", (Momentum,), {})(0.1), "mse")
    model.build((3,))
    with pytest.raises(ValueError, match="Adam is a class of minidl"):
        model.save(path)
    assert not path.exists()


def test_two_classes_of_one_name_are_not_saved(path: Path) -> None:
    model = small(Scale(), type("Scale", (Scale,), {})())
    model.build((3,))
    with pytest.raises(ValueError, match="two classes of layers are called Scale"):
        model.save(path)


@pytest.mark.parametrize("kind", ["legacy", "twister", "bits", "python"])
def test_a_stream_that_cannot_be_saved_is_refused(kind: str, path: Path) -> None:
    model = small(Noisy(0, kind))
    model.build((3,))
    with pytest.raises(TypeError, match=r"cannot be saved: use numpy.random.default_r"):
        model.save(path)
    assert not path.exists()


def test_a_parameter_under_two_names_is_saved_once(path: Path) -> None:
    model = small(Tied())
    model.build((3,))
    model.save(path)
    assert {name for name in container.read(path)[0] if "tied" in name} == {
        "layers/0.tied/kernel",
        "layers/0.tied/others/a_b",
    }
    twin = load_model(path, custom_objects=[Tied])
    tied: Any = twin.layers[0]
    assert tied.same is tied.kernel


def test_what_is_not_plain_is_refused_by_name(path: Path) -> None:
    model = small(Scale())
    model.build((3,))
    layer: Any = model.layers[0]
    layer.start = 3j
    with pytest.raises(TypeError, match=r"model/layers/0/start is 3j, a complex"):
        model.save(path)
    layer.start = {1: 2}
    with pytest.raises(TypeError, match="which a file cannot hold"):
        model.save(path)


class Everything(Scale):
    """Takes any value that a file can hold."""

    def __init__(self, kept: Any) -> None:
        super().__init__()
        self.kept = kept


VALUES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        -7,
        2**80,
        1.5,
        -0.0,
        5e-324,
        1e308,
        "",
        "é\n\x00\U0001f600",
    ),
    *(float("inf"), float("-inf"), float("nan"), (), (1, (2.0, "a")), [], [[1]]),
    *({}, {"a": {"b": [1, (2,)]}}, {"float": "nan"}, {"array": "a"}, {"object": {}}),
    *(list(range(100)), [0.1] * 50, [1, 2.5] * 40, [True] * 40, [2**70] * 40),
    *({"class_name": "a"}, {"": 1, "/": 2, "a/b": np.arange(3), "_a": 1, "a": 2}),
    *(np.arange(6).reshape(2, 3), np.array([True, False]), np.zeros((0, 2), int)),
    *([np.arange(2), np.arange(3)], {"é": np.arange(2), "è": np.arange(3)}),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:40])
def test_every_plain_value_comes_back(value: Any, path: Path) -> None:
    model = small(Everything(value))
    model.build((3,))
    model.save(path)
    twin: Any = load_model(path, custom_objects=[Everything]).layers[0]
    assert repr(twin.kept) == repr(value)
    assert type(twin.kept) is type(value)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float64(0.1), 0.1),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
    ],
)
def test_numpy_scalars_come_back_as_plain_ones(
    value: Any, plain: Any, path: Path
) -> None:
    model = small(Everything(value))
    model.build((3,))
    model.save(path)
    twin: Any = load_model(path, custom_objects=[Everything]).layers[0]
    assert twin.kept == plain
    assert type(twin.kept) is type(plain)


def test_a_user_class_without_a_config_is_named(path: Path) -> None:
    class Forgetful(Scale):
        def __init__(self, lost: int) -> None:
            super().__init__()

    model = small(Forgetful(3))
    model.build((3,))
    with pytest.raises(TypeError, match=r"write self\.lost = lost in __init__"):
        model.save(path)


def test_an_array_is_not_copied_again_and_again(path: Path) -> None:
    model = small(Everything([np.arange(100_000)]))
    model.build((3,))
    model.save(path)
    name = "model/layers/0/kept/0"

    def repeat(header: Any) -> None:
        text = header["__metadata__"]["minidl"]
        said = f'{{"array":"{name}"}}'
        assert said in text
        many = ",".join([said] * 5000)
        header["__metadata__"]["minidl"] = text.replace(said, many)

    path.write_bytes(with_header(path.read_bytes(), repeat))
    with pytest.raises(FileFormatError, match="too often"):
        load_model(path, custom_objects=[Everything])


def test_an_error_of_a_users_constructor_is_told_with_the_file(path: Path) -> None:
    class Strict(Scale):
        def __init__(self, start: float = 1.0) -> None:
            super().__init__(start)
            if start == 2.0:
                raise KeyError("no twos")

    model = small(Strict())
    model.build((3,))
    layer: Any = model.layers[0]
    layer.start = 2.0
    model.save(path)
    with pytest.raises(FileFormatError, match="no twos"):
        load_model(path, custom_objects=[Strict])


def test_a_callers_interruption_is_not_taken_for_a_bad_file(path: Path) -> None:
    class Slow(Scale):
        pass

    model = small(Slow())
    model.build((3,))
    model.save(path)

    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    made = type("Slow", (Scale,), {"__init__": interrupted})
    with pytest.raises(KeyboardInterrupt):
        load_model(path, custom_objects=[made])
    assert saving.load_model(path, custom_objects=[Slow]).built


def test_an_initializer_of_the_user(path: Path) -> None:
    model = small(Dense(3, kernel_initializer=Half()))
    twin = check_round_trip(model, X, Y, path, custom_objects=[Half])
    assert repr(twin.layers[0]) == repr(model.layers[0])
