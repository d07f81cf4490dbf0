"""The three checks: of a layer, of a loss, of a whole model."""

import copy
import math
from typing import TypeVar

import numpy as np

from minidl import arguments
from minidl.errors import GradientError
from minidl.gradient_check.batches import (
    check_gradients,
    check_inference,
    check_larger_numbers,
    check_other_batch,
)
from minidl.gradient_check.contract import (
    check_backward,
    check_closures,
    check_first_forward,
    check_forward_again,
    check_members,
)
from minidl.gradient_check.dependence import (
    check_earlier_forward,
    check_memory_order,
    check_two_layers,
    check_values_used,
    check_without_dx,
)
from minidl.gradient_check.differences import compare, compare_all
from minidl.gradient_check.losses import (
    check_float32,
    check_what_is_kept,
    gradient_of,
    pair,
)
from minidl.gradient_check.rebuilding import check_rebuilt
from minidl.gradient_check.trial import (
    Gradient,
    Trial,
    activity,
    begin,
    convert,
    copied,
    snapshot,
)
from minidl.layers.layer import Layer
from minidl.layers.mode import set_mode
from minidl.losses import Loss
from minidl.model import Model
from minidl.parameter import add_penalty_gradients, penalty
from minidl.runs import feed, rehearse
from minidl.types import Array, ArrayLike, Shape

T = TypeVar("T")


def check_layer(layer: Layer, input_shape: Shape, *, seed: int = 0) -> None:
    """Raise unless a layer is what `fit` and `predict` take it for.

    The check runs a copy of the layer in float64, with random weights, five random
    samples and a random dLoss/dy. It compares dx and the gradient of every parameter
    with central differences, in training and out of it. At a kink, as ReLU has at 0,
    every slope between the left and the right one is right. What it finds:

    - Of a gradient: that it, or a parameter in it, is transposed; that it is zero, of
      the wrong sign, wrong by a factor, averaged instead of summed, summed instead of
      averaged, of one sample only, right for numbers of one sign or near 0 only, dy
      passed on, never written, added to instead of assigned, or left out where nobody
      needs dx.
    - Of `forward` and `backward`: that they raise; that they return no array, one of
      another shape than announced or another dtype, NaN or infinity; that they change
      x, dy, a parameter's value, or an array that they returned before; that they look
      at an array's order in memory.
    - Of what is kept: that a call depends on an earlier one, `backward` spoils what
      `forward` kept, two layers of a class share it, or `forward` uses something else
      than the present weights.
    - Of batches: that only one number of samples works, or is right; that a single
      sample loses its batch axis; that the output for a sample depends on others while
      `training` is False.
    - Of inference: that weights or random streams change, that the output is random,
      that `backward` cannot follow.
    - Of members: that a parameter or layer is kept where it is not found, an array is
      kept but not declared, a function uses self, or the layer cannot be copied.
    - Of a layer made again: that its configuration cannot be taken or raises, makes
      another layer, or leaves out what the output depends on; that in a float32 model
      y, dx, a gradient or a parameter is float64.

    Random numbers must come from `self.random`: then they are the same in every call.

    Args:
        layer: Any layer, built or not; it is left as it is.
        input_shape: The shape of one sample.
        seed: For the random numbers; 0 by default.

    Raises:
        GradientError: with the layer and what is wrong. For a gradient, with the array,
            the index, what came and what was expected, and what kind of mistake it is,
            if that can be told.
        TypeError: for an array that is not declared, as in a model.
    """
    layer = _instance("check_layer()", layer, Layer)
    shape = arguments.shape("check_layer()", "input_shape", input_shape)
    seed = arguments.whole_number("check_layer()", "seed", seed, least=0)
    random = np.random.default_rng([seed, 1])
    check_closures(layer)
    trial = begin(layer, shape, seed)
    other = random.standard_normal(trial.x.shape)
    untouched = trial.copy()
    check_members(trial.layer)
    check_first_forward(trial)
    check_forward_again(trial, other)
    check_backward(trial)
    check_earlier_forward(trial, untouched, other)
    check_values_used(trial)
    check_gradients(trial, random)
    check_two_layers(trial, trial.copy(), other)
    check_without_dx(trial)
    check_memory_order(trial)
    check_larger_numbers(trial, random)
    check_other_batch(trial, random)
    check_inference(trial, random)
    check_rebuilt(trial, seed)


def check_loss(
    loss: Loss,
    y_true: ArrayLike | None = None,
    y_pred: ArrayLike | None = None,
    *,
    seed: int = 0,
) -> None:
    """Raise unless a loss's `gradient` is the derivative of its `forward`.

    Both must return what they must, in a model of float32 too, change no argument, and
    give the same for the same predictions, whatever they were called with before.

    Args:
        loss: Any loss.
        y_true: Targets; by default random ones, five samples of two outputs.
        y_pred: Predictions for them; by default random ones, in the shape of y_true.
        seed: For the random numbers; 0 by default.

    Raises:
        GradientError: as `check_layer` does.
        ValueError: for targets or predictions that are not what the loss is for.
    """
    loss = copy.deepcopy(_instance("check_loss()", loss, Loss))
    seed = arguments.whole_number("check_loss()", "seed", seed, least=0)
    random = np.random.default_rng(seed)
    target, prediction = pair(loss, y_true, y_pred, random)
    untouched, single = copy.deepcopy(loss), copy.deepcopy(loss)
    gradient = gradient_of(loss, target, prediction)

    def outputs() -> Array:
        return np.array([[loss.forward(target, prediction)]])

    found = Gradient(type(loss).__name__, "dy_pred", gradient, prediction)
    compare(found, outputs, len(prediction), random)
    check_what_is_kept(loss, untouched, target, prediction)
    check_float32(single, target, prediction)


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
        TypeError, ValueError: as `fit` does, for data, or for a layer or a loss that
            returns what it must not.
    """
    model = copied(_instance("check_model()", model, Model))
    convert(model, np.dtype("float64"))
    seed = arguments.whole_number("check_model()", "seed", seed, least=0)
    random = np.random.default_rng(seed)
    feeding = feed(model, "check_model()")
    samples = feeding.samples(x, y)
    batches = feeding.batches(samples)
    rehearse(model, batches)
    inputs, targets, _ = batches.first(len(samples[0]))
    inputs = inputs.copy()
    set_mode(model, training=True)
    restore = snapshot(model)

    def outputs() -> Array:
        restore()
        loss = model.loss.forward(targets, model.forward(inputs))
        return np.array([[loss + penalty(model.trainable_weights) + activity(model)]])

    with np.errstate(all="ignore"):  # what that leads to, a sentence tells
        loss = outputs().item()
    if not math.isfinite(loss):
        raise GradientError(
            f"{model.label}: its loss for these x and y is {loss}: scale the data, or "
            f"take a loss that fits what the last layer returns"
        )
    restore()
    trial = Trial(model, inputs, model.loss.gradient())
    check_backward(trial)
    gradients = trial.gradients()
    add_penalty_gradients(model.trainable_weights)
    gradients[1:] = trial.written()
    compare_all(gradients, outputs, len(inputs), random)


def _instance(owner: str, given: object, kind: type[T]) -> T:
    """Return what a check was given, if it is of that kind."""
    if not isinstance(given, kind):
        raise TypeError(
            f"{owner}: pass an instance of {kind.__name__}, got {given!r:.60}"
        )
    return given
