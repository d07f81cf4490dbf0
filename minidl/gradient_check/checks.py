"""The three checks: of a layer, of a loss, of a whole model."""

import copy

import numpy as np

from minidl import arguments
from minidl.errors import GradientError
from minidl.gradient_check.contract import check_forward, run_backward
from minidl.gradient_check.differences import compare, compare_weights
from minidl.gradient_check.trial import activity, float64_copy, snapshot
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.model import Model, feed
from minidl.parameter import add_penalty_gradients, penalty
from minidl.types import Array, ArrayLike, Shape

BATCH = 5  # samples of a layer's check: unlike the factors that mistakes usually have


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
    layer = float64_copy(layer)
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
    restore = snapshot(layer)

    def outputs() -> Array:
        restore()
        return np.append(dy * layer.forward(x), activity(layer))

    check_forward(layer, x, output_shape, restore)
    restore()
    dx = run_backward(layer, x, dy)
    compare(layer.label, "dx", dx, x, outputs, BATCH, random)
    compare_weights(layer, outputs, BATCH, random)


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
    compare(owner, "dy_pred", gradient, prediction, outputs, samples, random)


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
    model = float64_copy(model)
    inputs, targets, _ = feed(model, "check_model()").samples(x, y)
    inputs = inputs.copy()
    for part in model.walk():
        part.training = True
    restore = snapshot(model)

    def outputs() -> Array:
        restore()
        loss = model.loss.forward(targets, model.forward(inputs))
        return np.array(loss + penalty(model.trainable_weights) + activity(model))

    outputs()
    dy = model.loss.gradient()
    restore()
    dx = run_backward(model, inputs, dy)
    add_penalty_gradients(model.trainable_weights)
    compare(model.label, "dx", dx, inputs, outputs, len(inputs), random)
    compare_weights(model, outputs, len(inputs), random)
