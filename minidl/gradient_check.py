"""Proof that a `backward` is the derivative of its `forward`, in your layers too.

A wrong gradient still learns a bit, so nobody notices. These functions compare every
gradient with central differences and say what kind of mistake it is. One line in a test
is enough:

    >>> from minidl.layers import Dense
    >>> def test_dense():
    ...     check_layer(Dense(2), (3,))
    >>> test_dense()
"""

import copy
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np

from minidl import arguments
from minidl.errors import GradientError, ShapeError
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.model import Model
from minidl.parameter import Parameter, add_penalty_gradients, penalty
from minidl.runs import feed
from minidl.types import Array, ArrayLike, Shape

BATCH = 5  # samples of a layer's check: unlike the factors that mistakes usually have
MOST = 200  # elements compared in one array, drawn at random from a larger one
STEP = 6e-6  # cube root of float64's rounding: the best for central differences
RTOL, ATOL = 1e-6, 1e-8

LayerT = TypeVar("LayerT", bound=Layer)

Outputs: TypeAlias = Callable[[], Array]
"""Computes, anew at every call, an array whose sum is the loss."""


def check_layer(layer: Layer, input_shape: Shape, *, seed: int = 0) -> None:
    """Raise unless a layer's `backward` is the derivative of its `forward`.

    The check runs a copy of the layer in float64 and in training mode, with random
    weights, five random samples and a random dLoss/dy. It compares dx and the gradient
    of every parameter with central differences. At a kink, as ReLU has at 0, every
    slope between the left and the right one is right.

    Args:
        layer: Any layer, built or not; it is left as it is.
        input_shape: The shape of one sample.
        seed: For the random numbers; 0 by default.

    Raises:
        GradientError: with the array, the index, what came and what was expected, and
            what kind of mistake it is, if that can be told.
    """
    random = np.random.default_rng(seed)
    layer = _float64_copy(layer)
    shape = arguments.shape("check_layer()", "input_shape", input_shape)
    if not layer.built:
        layer.adopt(layer.dtype, np.random.default_rng(seed))
    output_shape = layer.connect(shape)
    for weight in layer.parameters:
        weight.value += 0.1 * random.standard_normal(weight.shape)  # off the special 0
    x = random.standard_normal((BATCH, *shape))
    dy = random.standard_normal((BATCH, *output_shape))
    for part in layer.walk():
        part.training = True
    restore = _snapshot(layer)

    def outputs() -> Array:
        restore()
        return np.append(dy * layer.forward(x), _activity(layer))

    _check_forward(layer, x, output_shape, restore)
    restore()
    dx = _run_backward(layer, x, dy)
    _compare(layer.label, "dx", dx, x, outputs, BATCH, random)
    _compare_weights(layer, outputs, BATCH, random)


def check_loss(
    loss: Loss,
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    *,
    seed: int = 0,
) -> None:
    """Raise unless a loss's `gradient` is the derivative of its `forward`.

    Args:
        loss: Any loss.
        y_true: Targets; by default random ones, five samples of two outputs.
        y_pred: Predictions for them; by default random ones, in the shape of y_true.
        seed: For the random numbers; 0 by default.

    Raises:
        GradientError: as `check_layer` does.
    """
    random = np.random.default_rng(seed)
    owner, float64 = type(loss).__name__, np.dtype("float64")
    if y_pred is None:
        y_pred = random.standard_normal(
            (BATCH, 2) if y_true is None else np.shape(y_true)
        )
    prediction = arguments.real_array(owner, "y_pred", y_pred, float64).copy()
    if y_true is None:
        y_true = random.standard_normal(prediction.shape)
    target = arguments.real_array(owner, "y_true", y_true, float64)
    loss = copy.deepcopy(loss)
    target = loss.check_targets(target, prediction.shape[1:])
    before = target.copy(), prediction.copy()
    value: object = loss.forward(target, prediction)
    if not isinstance(value, float):
        raise GradientError(f"{owner}: forward() returned {value!r:.40}, no float")
    gradient: object = loss.gradient()
    if not isinstance(gradient, np.ndarray):
        raise GradientError(f"{owner}: gradient() returned {gradient!r:.40}, no array")
    for name, array, kept in zip(
        ("y_true", "y_pred"), (target, prediction), before, strict=True
    ):
        if not np.array_equal(array, kept):
            raise GradientError(f"{owner}: forward() or gradient() changed {name}")

    def outputs() -> Array:
        return np.array(loss.forward(target, prediction))

    samples = len(prediction)
    _compare(owner, "dy_pred", gradient, prediction, outputs, samples, random)


def check_model(model: Model, x: ArrayLike, y: ArrayLike, *, seed: int = 0) -> None:
    """Raise unless the gradients of a compiled model's loss are its derivatives.

    The check runs a copy of the model in float64 and in training mode, on all of x and
    y as one batch, with the weights that the model has. Of an array with more than 200
    elements it compares 200, drawn at random.

    Args:
        model: A compiled model; it is left as it is.
        x: The inputs, as in `fit`.
        y: The targets, as in `fit`.
        seed: For the draw of elements; 0 by default.

    Raises:
        GradientError: as `check_layer` does.
        NotCompiledError: before `compile`.
    """
    random = np.random.default_rng(seed)
    model = _float64_copy(model)
    inputs, targets, _ = feed(model, "check_model()").samples(x, y)
    inputs = inputs.copy()
    for part in model.walk():
        part.training = True
    restore = _snapshot(model)

    def outputs() -> Array:
        restore()
        loss = model.loss.forward(targets, model.forward(inputs))
        return np.array(loss + penalty(model.trainable_weights) + _activity(model))

    outputs()
    dy = model.loss.gradient()
    restore()
    dx = _run_backward(model, inputs, dy)
    add_penalty_gradients(model.trainable_weights)
    _compare(model.label, "dx", dx, inputs, outputs, len(inputs), random)
    _compare_weights(model, outputs, len(inputs), random)


def _float64_copy(layer: LayerT) -> LayerT:
    """Return a deep copy of a layer in which every array is float64."""
    layer = copy.deepcopy(layer)
    for part in layer.walk():
        part.dtype = np.dtype("float64")
    for weight in layer.weights:
        weight.astype(np.dtype("float64"))
    return layer


def _activity(layer: Layer) -> float:
    """Return what the last outputs add to the loss."""
    return sum(part.activity_penalty for part in layer.walk())


def _snapshot(layer: Layer) -> Callable[[], None]:
    """Return what puts random streams and statistics back as they are now."""
    streams = [(part.random, part.random.bit_generator.state) for part in layer.walk()]
    kept = [(w, w.value.copy()) for w in layer.weights if not w.trainable]

    def restore() -> None:
        for stream, state in streams:
            stream.bit_generator.state = state
        for weight, value in kept:
            weight.value = value

    return restore


def _check_forward(
    layer: Layer, x: Array, output_shape: Shape, restore: Callable[[], None]
) -> None:
    """Raise if `forward` changes its input or does not return what it announces."""
    before = x.copy()
    y: object = layer.forward(x)
    if not isinstance(y, np.ndarray):
        raise GradientError(f"{layer.label}: forward() returned {y!r:.40}, no array")
    if not np.array_equal(x, before):
        raise GradientError(
            f"{layer.label}: forward() changed x, the array it was given"
        )
    if y.shape != (len(x), *output_shape):
        raise GradientError(
            f"{layer.label}: forward() returned an array of shape {y.shape}, but "
            f"output_shape() announces {(len(x), *output_shape)}"
        )
    restore()
    if not np.array_equal(layer.forward(x), y):
        raise GradientError(
            f"{layer.label}: forward() returned something else for the same x: draw "
            f"random numbers from self.random, and keep nothing from call to call"
        )


def _run_backward(layer: Layer, x: Array, dy: Array) -> Array:
    """Return dx; raise if `backward` changes dy or leaves a gradient unwritten."""
    for weight in layer.parameters:
        weight.grad[...] = np.nan
    layer.forward(x)
    before = {"x": x.copy(), "dy": dy.copy()}
    try:
        dx: object = layer.backward(dy)
    except ShapeError as error:
        raise GradientError(f"{layer.label}: {error}") from error
    for name, array in (("x", x), ("dy", dy)):
        if not np.array_equal(array, before[name]):
            raise GradientError(
                f"{layer.label}: backward() changed {name}, the array it was given"
            )
    if not isinstance(dx, np.ndarray):
        raise GradientError(f"{layer.label}: backward() returned {dx!r:.40}, no array")
    if dx.shape != x.shape:
        raise GradientError(
            f"{layer.label}: backward() returned an array of shape {dx.shape}, but "
            f"dx has the shape of x, {x.shape}"
        )
    for owner, weight in _owned(layer):
        if np.isnan(weight.grad).any():
            raise GradientError(_unwritten(layer, owner, weight, dy))
    return dx


def _unwritten(layer: Layer, owner: Layer, weight: Parameter, dy: Array) -> str:
    """Say whether a gradient was never written or added to instead of assigned."""
    weight.grad[...] = 0.0
    layer.backward(dy)
    once = weight.grad.copy()
    layer.backward(dy)
    what = f"{owner.label}: backward()"
    if once.any() and np.allclose(weight.grad, 2 * once):
        return (
            f"{what} adds to the gradient of {weight.name!r} instead of assigning it: "
            f"write self.{weight.name}.grad = ..."
        )
    return (
        f"{what} has never written the gradient of {weight.name!r}, or not all of it: "
        f"assign self.{weight.name}.grad"
    )


def _owned(layer: Layer) -> list[tuple[Layer, Parameter]]:
    """Return every parameter that has a gradient, with the layer it belongs to."""
    owners = {weight: part for part in layer.walk() for weight in part.weights}
    return [(owners[weight], weight) for weight in layer.parameters]


def _compare_weights(
    layer: Layer, outputs: Outputs, samples: int, random: np.random.Generator
) -> None:
    for owner, weight in _owned(layer):
        gradient, name = weight.grad.copy(), f"d{weight.name}"
        _compare(owner.label, name, gradient, weight.value, outputs, samples, random)


def _compare(
    owner: str,
    name: str,
    gradient: Array,
    array: Array,
    outputs: Outputs,
    samples: int,
    random: np.random.Generator,
) -> None:
    """Raise unless `gradient` is what differences of `outputs` over `array` give."""
    if gradient.shape != array.shape:
        raise GradientError(
            f"{owner}: {name} has shape {gradient.shape}, but must have {array.shape}"
        )
    chosen = np.arange(array.size)
    if array.size > MOST:
        chosen = np.sort(random.choice(array.size, MOST, replace=False))
    here = outputs().copy()
    slopes = np.array([_slopes(array, int(index), here, outputs) for index in chosen])
    if not chosen.size:
        return
    left, right = slopes[:, 0], slopes[:, 1]
    got, expected = gradient.reshape(-1)[chosen], (left + right) / 2
    scale = np.maximum(np.abs(got), np.abs(expected))
    tolerance = RTOL * scale + ATOL * (1 + np.abs(here).max())
    kink = np.abs(right - left) > 1e-3 * (np.abs(right) + np.abs(left)) + tolerance
    slack = tolerance + 1e-3 * np.abs(right - left)  # one-sided slopes are less exact
    low, high = np.minimum(left, right) - slack, np.maximum(left, right) + slack
    between = kink & (low <= got) & (got <= high)
    wrong = ~(between | (np.abs(got - expected) <= tolerance))
    if not wrong.any():
        return
    error = np.where(wrong, np.abs(got - expected), 0.0)
    worst = int(np.argmax(error > 0.999 * error.max()))  # the first of equals
    index = tuple(map(int, np.unravel_index(chosen[worst], array.shape)))
    flipped = np.swapaxes(gradient, -1, -2) if gradient.ndim > 1 else gradient
    turned = flipped.reshape(-1)[chosen]
    raise GradientError(
        f"{owner}: {name}{list(index)} is {got[worst]:.6g}, but differences give "
        f"{expected[worst]:.6g}{_mistake(got, expected, turned, samples)}"
    )


def _slopes(
    array: Array, index: int, here: Array, outputs: Outputs
) -> tuple[float, float]:
    """Return the slopes of the sum of outputs left and right of an element's value."""
    flat = array.reshape(-1)  # a view, since every array here is contiguous
    value = flat[index]
    step = STEP * max(1.0, abs(value))
    flat[index] = value - step
    left = float((here - outputs()).sum()) / step
    flat[index] = value + step
    right = float((outputs() - here).sum()) / step
    flat[index] = value
    return left, right


def _mistake(got: Array, expected: Array, turned: Array, samples: int) -> str:
    """Say what kind of mistake turns the expected gradient into the one that came."""

    def same(a: Array, b: Array) -> bool:
        return np.allclose(a, b, rtol=1e-4, atol=1e-4 * float(np.abs(expected).max()))

    if not got.any():
        return ": it is zero everywhere"
    if same(turned, expected):
        return ": it is transposed"
    factor = float(got @ expected) / float(expected @ expected or 1.0)
    if factor == 0 or not same(got, factor * expected):
        return ""
    if np.isclose(factor, -1, rtol=1e-4):
        return ": it has the wrong sign"
    if np.isclose(factor, 1 / samples, rtol=1e-4):
        return ": it is averaged over the batch where it must be summed"
    if np.isclose(factor, samples, rtol=1e-4):
        return ": it is summed over the batch where it must be averaged"
    sign = ", with the wrong sign" if factor < 0 else ""
    if abs(factor) > 1:
        return f": it is {abs(factor):.3f} times too large{sign}"
    return f": it is {1 / abs(factor):.3f} times too small{sign}"
