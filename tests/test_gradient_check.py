"""The checker finds planted mistakes, says what they are, and raises no false alarm."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from healthy_layers import Around

from minidl import Sequential
from minidl.errors import GradientError, NotCompiledError, ShapeError
from minidl.gradient_check import check_layer, check_loss, check_model
from minidl.layers import BatchNormalization, Dense, Layer, ReLU, Sigmoid, Tanh
from minidl.losses import MSE, BinaryCrossentropy, Loss, Poisson
from minidl.parameter import Parameter
from minidl.types import Array, Shape

Fault = Callable[[Any, Array, Array], Array | None]


def faulty(fault: Fault, units: int = 3) -> Layer:
    """Return a Dense whose backward is right until `fault` spoils it."""

    class Planted(Dense):
        def backward(self, dy: Array, /) -> Array:
            dx = super().backward(dy)
            spoilt: Array | None = fault(self, dy, dx)
            return dx if spoilt is None else spoilt

    return Planted(units)


def kernel_times(factor: float) -> Callable[[Any, Array, Array], None]:
    def fault(layer: Any, dy: Array, dx: Array) -> None:
        layer.kernel.grad *= factor

    return fault


def turn_kernel(layer: Any, dy: Array, dx: Array) -> None:
    layer.kernel.grad = layer.kernel.grad.T


def negate_bias(layer: Any, dy: Array, dx: Array) -> None:
    layer.bias.grad = -layer.bias.grad


def one_wrong_element(layer: Any, dy: Array, dx: Array) -> None:
    layer.kernel.grad[1, 2] += 0.5


def little_off(layer: Any, dy: Array, dx: Array) -> None:
    layer.kernel.grad *= 1.00001


def change_dy(layer: Any, dy: Array, dx: Array) -> None:
    dy += 1


def change_x(layer: Any, dy: Array, dx: Array) -> None:
    layer._x += 1


def bias_that_is(number: float) -> Callable[[Any, Array, Array], None]:
    def fault(layer: Any, dy: Array, dx: Array) -> None:
        layer.bias.grad[1] = number

    return fault


def bias_off(layer: Any, dy: Array, dx: Array) -> None:
    layer.bias.grad *= 1.00001


def wrong_dx(layer: Any, dy: Array, dx: Array) -> Array:
    tripled: Array = 3 * dx
    return tripled


def flat_dx(layer: Any, dy: Array, dx: Array) -> Array:
    first: Array = dx[0]
    return first


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            kernel_times(2),
            r"dkernel\[\d, \d\] is .*give .*: it is 2.000 times too large",
        ),
        (kernel_times(1 / 3), "3.000 times too small"),
        (kernel_times(-2), "2.000 times too large, with the wrong sign"),
        (kernel_times(1 / 5), "averaged over the batch where it must be summed"),
        (kernel_times(5), "summed over the batch where it must be averaged"),
        (kernel_times(0), "it is zero everywhere"),
        (turn_kernel, "dkernel.* it is transposed"),
        (negate_bias, r"layer 'planted': dbias\[\d\] .*it has the wrong sign"),
        (one_wrong_element, r"dkernel\[1, 2\] is \S+, but differences give \S+$"),
        (little_off, "1.0000100 times too large"),
        (change_dy, r"backward\(\) changed dy"),
        (change_x, r"backward\(\) changed x"),
        (bias_that_is(np.nan), r"computes NaN or infinity for the .* of 'bias'"),
        (bias_that_is(np.inf), r"computes NaN or infinity for the .* of 'bias'"),
        (bias_off, r"dbias.* 1.0000100 times too large"),
        (wrong_dx, r"dx\[\d, \d\].*3.000 times too large"),
        (
            flat_dx,
            r"backward\(\) returned an array of shape \(3,\), but .*the shape of x",
        ),
    ],
)
def test_planted_mistakes_are_named(fault: Fault, message: str) -> None:
    with pytest.raises(GradientError, match=message):
        check_layer(faulty(fault), (3,))


def test_a_transposed_gradient_of_another_shape_is_named() -> None:
    with pytest.raises(GradientError, match=r"shape \(4, 3\).*array of shape \(3, 4\)"):
        check_layer(faulty(turn_kernel), (4,))


def test_adding_instead_of_assigning_is_named() -> None:
    class Adds(Dense):
        def backward(self, dy: Array, /) -> Array:
            self.kernel.grad += self._x.T @ dy
            self.bias.grad = dy.sum(axis=0)
            return dy @ self.kernel.value.T

    with pytest.raises(GradientError, match=r"adds to .*'kernel' instead of assigning"):
        check_layer(Adds(3), (4,))


def test_a_gradient_forgotten_altogether_is_named() -> None:
    class Forgets(Dense):
        def backward(self, dy: Array, /) -> Array:
            self.kernel.grad = self._x.T @ dy
            return dy @ self.kernel.value.T

    with pytest.raises(GradientError, match="never written the gradient of 'bias'"):
        check_layer(Forgets(3), (4,))


def test_a_forward_that_changes_its_input_is_named() -> None:
    class Changes(Dense):
        def forward(self, x: Array, /) -> Array:
            x *= 2
            return super().forward(x)

    with pytest.raises(GradientError, match=r"forward\(\) changed x"):
        check_layer(Changes(3), (4,))


def test_an_output_of_another_shape_than_announced_is_named() -> None:
    class Sums(Layer):
        def forward(self, x: Array, /) -> Array:
            total: Array = x.sum(axis=1, keepdims=True)
            return total

        def backward(self, dy: Array, /) -> Array:
            return np.repeat(dy, 4, axis=1)

    with pytest.raises(
        GradientError, match=r"\(5, 1\), but it must be \(5, 4\), as output_"
    ):
        check_layer(Sums(), (4,))


@pytest.mark.parametrize("layer", [ReLU(), Dense(3, "relu"), Tanh()])
def test_kinks_raise_no_alarm(layer: Layer) -> None:
    for seed in range(20):
        check_layer(layer, (6,), seed=seed)


def test_a_parameter_may_be_of_a_class_of_its_own() -> None:
    class Own(Parameter):
        pass

    class Scale(Layer):
        def build(self, input_shape: Shape) -> None:
            first = self.add_parameter("factor", input_shape, "ones")
            self.factor = Own("factor", first.value)

        def forward(self, x: Array, /) -> Array:
            self._x = x
            return x * self.factor.value

        def backward(self, dy: Array, /) -> Array:
            self.factor.grad = (dy * self._x).sum(axis=0)
            return dy * self.factor.value

    check_layer(Scale(), (3,))


@pytest.mark.parametrize("scale", [0.001, 0.01, 0.1])
def test_kinks_of_many_samples_raise_no_alarm(scale: float) -> None:
    for seed in range(5):
        x = np.random.default_rng(seed).normal(scale=scale, size=(200, 3))
        model = Sequential([Dense(16, "relu"), Dense(1)], seed=seed)
        model.compile("sgd", "mse")
        check_model(model, x, x.sum(axis=1))


class Sine(Layer):
    """y = sin(k * x), but for a factor that its dx may have."""

    _x: Array

    def __init__(self, k: float, factor: float = 1.0) -> None:
        super().__init__()
        self.k, self.factor = k, factor

    def forward(self, x: Array, /) -> Array:
        self._x = x
        y: Array = np.sin(self.k * x)
        return y

    def backward(self, dy: Array, /) -> Array:
        dx: Array = self.factor * self.k * dy * np.cos(self.k * self._x)
        return dx


def test_steep_functions_raise_no_alarm() -> None:
    for seed in range(3):
        check_layer(Sine(100), (3,), seed=seed)
        steep = [Dense(8), Sine(30), Dense(8), Sine(30), Dense(1)]
        check_layer(Sequential(steep), (3,), seed=seed)
        x = np.random.default_rng(1).normal(scale=300, size=(50, 3))
        model = Sequential([Dense(8, "tanh"), Dense(1)], seed=seed)
        model.compile("sgd", "mse")
        check_model(model, x, x[:, 0] / 300)


def test_a_small_mistake_in_a_steep_function_is_named() -> None:
    with pytest.raises(GradientError, match=r"is 1\.0000\d+ times too large"):
        check_layer(Sine(30, factor=1.00002), (3,))


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0, 1.2, -0.1])
def test_every_slope_at_a_kink_is_right_and_no_other(slope: float) -> None:
    class Kinked(ReLU):
        def backward(self, dy: Array, /) -> Array:
            dx: Array = dy * np.where(self._y > 0, 1.0, slope)
            return dx

    model = Sequential([Kinked()], input_shape=(4,))
    model.compile("sgd", "mse")
    zeros, ones = np.zeros((2, 4)), np.ones((2, 4))
    if 0 <= slope <= 1:
        check_model(model, zeros, ones)
    else:
        with pytest.raises(GradientError):
            check_model(model, zeros, ones)


def test_noise_is_the_same_at_every_difference() -> None:
    class Noise(Layer):
        _factor: Array  # as x

        def forward(self, x: Array, /) -> Array:
            self._factor = np.ones_like(x)
            if self.training:
                self._factor += self.random.normal(size=x.shape)
            return x * self._factor

        def backward(self, dy: Array, /) -> Array:
            return dy * self._factor

    check_layer(Noise(), (3,))
    check_layer(Sequential([Dense(3), Noise(), Noise()]), (3,))


def test_a_forward_that_is_not_repeatable_or_returns_nothing_is_named() -> None:
    class Own(Layer):
        _factor: Array  # as x

        def forward(self, x: Array, /) -> Array:
            self._factor = np.random.default_rng().normal(size=x.shape)
            return x * self._factor

        def backward(self, dy: Array, /) -> Array:
            return dy * self._factor

    class Nothing(Sigmoid):
        def forward(self, x: Array, /) -> Array:
            super().forward(x)
            return None  # type: ignore[return-value]

    with pytest.raises(GradientError, match=r"something else .* from self\.random"):
        check_layer(Own(), (3,))
    with pytest.raises(
        GradientError, match=r"forward\(\) must return an array, got None"
    ):
        check_layer(Nothing(), (3,))


def test_a_layer_may_hold_one_that_is_built_already() -> None:
    check_layer(Around(Sequential([Dense(2)], input_shape=(4,))), (4,))


def test_the_seed_decides_every_number() -> None:
    def message(seed: int) -> str:
        with pytest.raises(GradientError) as caught:
            check_layer(faulty(kernel_times(2)), (3,), seed=seed)
        return str(caught.value)

    assert message(0) == message(0) != message(1)


def test_what_is_not_returned_is_named() -> None:
    class Backward(Sigmoid):
        def backward(self, dy: Array, /) -> Array:
            super().backward(dy)
            return None  # type: ignore[return-value]

    class Gradient(MSE):
        def gradient(self) -> Array:
            return None  # type: ignore[return-value]

    class Value(MSE):
        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            return super().forward(y_true, y_pred) * np.ones(2)  # type: ignore[return-value]

    with pytest.raises(
        GradientError, match=r"backward\(\) must return an array, got None"
    ):
        check_layer(Backward(), (3,))
    with pytest.raises(
        GradientError, match=r"gradient\(\) must return an array, got None"
    ):
        check_loss(Gradient())
    with pytest.raises(GradientError, match=r"forward\(\) must return a number.*array"):
        check_loss(Value())


def test_the_layer_is_left_as_it_was() -> None:
    layer = Dense(3)
    check_layer(layer, (2,))
    assert not layer.built
    layer(np.ones((1, 2)))
    before = layer.get_weights()
    check_layer(layer, (2,))
    for one, other in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_no_layer_loss_or_model_is_refused() -> None:
    with pytest.raises(TypeError, match=r"check_layer\(\): pass an instance of Layer"):
        check_layer(Dense, (3,))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="an instance of Loss, got 'mse'"):
        check_loss("mse")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="pass an instance of Model"):
        check_model(Dense(3), [1.0], [1.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        check_layer(Dense(3), (3,), seed=-1)


def test_losses() -> None:
    class Doubled(MSE):
        def gradient(self) -> Array:
            return 2 * super().gradient()

    class Summed(MSE):
        def gradient(self) -> Array:
            return len(self._error) * super().gradient()

    class Flat(MSE):
        def gradient(self) -> Array:
            return super().gradient()[:, 0]

    class Single(MSE):
        def gradient(self) -> Array:
            return super().gradient().astype(np.float32)

    class Infinite(MSE):
        def gradient(self) -> Array:
            return np.where(
                np.arange(10).reshape(5, 2) == 5, np.inf, super().gradient()
            )

    class Blind(MSE):
        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            return super().forward(y_true, y_pred) * 0 + 1

    class Writes(MSE):
        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            y_pred -= y_true
            return super().forward(0 * y_pred, y_pred)

    class Buffered(Loss):
        _error: Array

        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            if "_error" not in vars(self):
                self._error = np.empty_like(y_pred)
            np.subtract(y_pred, y_true, out=self._error)
            return float(np.square(self._error).sum()) / 2

        def gradient(self) -> Array:
            return self._error

    check_loss(Buffered())
    check_loss(MSE(), [[1.0, 2.0]], [[0.0, 1.0]])
    check_loss(MSE(), y_true=[1.0, 2.0])
    faults: list[tuple[Loss, str]] = [
        (Doubled(), r"Doubled: dy_pred\[\d, \d\].*2.000 times too large"),
        (Summed(), "summed over the batch where it must be averaged"),
        (Writes(), "changed y_pred"),
        (Single(), r"gradient\(\) returned float32, but it must be float64: make new"),
        (Poisson(), r"forward\(\) returned nan: pass y_true and y_pred that"),
        (Infinite(), r"dy_pred\[2, 1\] is inf, but .*: it is not finite"),
        (Flat(), r"gradient\(\) .* of shape \(5,\), but it must be \(5, 2\)"),
        (Blind(), "y_pred has no effect on what forward.. returns$"),
    ]
    for loss, message in faults:
        with pytest.raises(GradientError, match=message):
            check_loss(loss)
    with pytest.raises(ShapeError):
        check_loss(MSE(), [[1.0, 2.0]], [[1.0]])
    with pytest.raises(ShapeError, match="y_true has 3 samples, y_pred 4"):
        check_loss(MSE(), np.ones((3, 1)), np.ones((4, 1)))
    with pytest.raises(ValueError, match=r"no probability.* were drawn: pass y_true"):
        check_loss(BinaryCrossentropy())


def test_float64_is_named_where_only_inference_computes_in_it() -> None:
    class Late(Layer):
        def forward(self, x: Array, /) -> Array:
            return x * 2 if self.training else x * np.full(1, 2.0)

        def backward(self, dy: Array, /) -> Array:
            return dy * 2

    with pytest.raises(
        GradientError, match=r"of float32: forward\(\) returned float64"
    ):
        check_layer(Late(), (3,))


def test_a_loss_is_tried_in_float32_too() -> None:
    class Pinball(Loss):
        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            self._error = y_true - y_pred
            return float(np.maximum(0.9 * self._error, -0.1 * self._error).mean())

        def gradient(self) -> Array:
            return np.where(self._error > 0, -0.9, 0.1) / self._error.size

    class Mean(MSE):
        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            super().forward(y_true, y_pred)
            return cast(float, np.square(y_pred - y_true).mean())

    with pytest.raises(GradientError, match=r"of float32: .* float64.* y_pred\.dtype"):
        check_loss(Pinball())
    with pytest.raises(GradientError, match=r"of float32: .* a float, got np\.float32"):
        check_loss(Mean())


def test_what_a_loss_keeps() -> None:
    class KeepsFirst(MSE):
        _first: Array

        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            self._first = vars(self).get("_first", y_pred - y_true)
            return super().forward(y_true, y_pred)

        def gradient(self) -> Array:
            return 2 * self._first / self._first.size

    class KeepsValue(MSE):
        _value: float

        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            value = super().forward(y_true, y_pred)
            self._value = min(vars(self).get("_value", value), value)
            return value + (value - self._value)

    class KeepsInClass(MSE):
        kept: list[Array]

        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            KeepsInClass.kept = [y_pred - y_true]
            return super().forward(y_true, y_pred)

        def gradient(self) -> Array:
            return 2 * self.kept[0] / self.kept[0].size

    class Spoils(MSE):
        def gradient(self) -> Array:
            gradient = super().gradient()
            self._error *= 2
            return gradient

    for loss, message in (
        (KeepsFirst(), r"KeepsFirst: .* after an earlier forward\(\) .* keep anew"),
        (KeepsValue(), r"forward\(\) or gradient\(\) .* after an earlier forward"),
        (KeepsInClass(), r"after a forward\(\) of another loss of this class"),
        (Spoils(), r"gradient\(\) returns something else when it is called again"),
    ):
        with pytest.raises(GradientError, match=message):
            check_loss(loss)


@pytest.mark.parametrize(
    ("method", "changed"), [("forward", "x"), ("backward", "x"), ("backward", "dy")]
)
def test_a_layer_of_a_model_that_changes_what_it_is_given_is_named(
    method: str, changed: str
) -> None:
    class Changes(Dense):
        def forward(self, x: Array, /) -> Array:
            y = super().forward(x)
            if method == "forward":
                x *= 2
            return y

        def backward(self, dy: Array, /) -> Array:
            dx = super().backward(dy)
            if method == "backward":
                given = self._x if changed == "x" else dy
                given *= 2
            return dx

    model = Sequential([Tanh(), Changes(2), Dense(1)])
    model.compile("sgd", "mse")
    told = rf"layer 'changes': {method}\(\) changed {changed}, the array"
    with pytest.raises(ValueError, match=told):
        check_model(model, np.ones((4, 2)), np.ones((4, 1)))
    with pytest.raises(ValueError, match=told):
        model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)


def test_a_frozen_model_is_run_as_fit_runs_it() -> None:
    inner = Sequential([BatchNormalization()], trainable=False)
    for layers, trainable in (([inner], True), ([BatchNormalization()], False)):
        model = Sequential([Dense(3), *layers, Dense(1)], trainable=trainable)
        model.compile("sgd", "mse")
        check_model(model, [1.0], [2.0])  # one sample has no variance of its own


def test_a_model_is_rehearsed_as_fit_rehearses_it() -> None:
    class Narrow(Dense):
        def forward(self, x: Array, /) -> Array:
            return super().forward(x)[:, :1]

    class Logarithm(MSE):
        def forward(self, y_true: Array, y_pred: Array, /) -> float:
            return super().forward(y_true, np.log(-np.abs(y_pred)))

    model = Sequential([Dense(3), Narrow(2)])
    model.compile("sgd", "mse")
    with pytest.raises(ShapeError, match=r"'narrow': forward.* as output_shape"):
        check_model(model, np.ones((4, 2)), np.ones((4, 2)))
    model = Sequential([Dense(2)])
    model.compile("sgd", Logarithm())
    with pytest.raises(GradientError, match="its loss for these x and y is nan: scale"):
        check_model(model, np.ones((4, 2)), np.ones((4, 2)))


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64"])
def test_a_model_is_checked_in_float64_on_arrays_on_disk(
    dtype: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "x.npy", np.arange(10).astype(dtype).reshape(5, 2))
    x = np.load(tmp_path / "x.npy", mmap_mode="r")
    model = Sequential([Dense(3, "tanh"), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    check_model(model, x, x[:, :1])


def test_models() -> None:
    x, y = np.linspace(0, 1, 7), np.linspace(1, 0, 7)
    with pytest.raises(NotCompiledError):
        check_model(Sequential([Dense(1)]), x, y)
    for dtype in ("float32", "float64"):
        model = Sequential([Dense(300, "tanh"), Sigmoid(), Dense(1)], dtype=dtype)
        model.compile("sgd", "mse")
        check_model(model, x, y)
    bad = Sequential([Dense(4), faulty(kernel_times(2), 1)], seed=0)
    bad.compile("sgd", "mse")
    with pytest.raises(GradientError, match=r"layer 'planted': dkernel.*2.000 times"):
        check_model(bad, x, y)
