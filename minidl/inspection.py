"""Goes through a model layer by layer, to say which one is at fault."""

import copy
from collections.abc import Sequence

import numpy as np

from minidl import arrays
from minidl.errors import NonFiniteError, ShapeError
from minidl.layers import mistakes
from minidl.layers.layer import Layer
from minidl.layers.mode import set_mode
from minidl.losses import Loss
from minidl.parameter import Parameter
from minidl.returned import check_array, check_number
from minidl.types import Array


def rehearse(
    layers: Sequence[Layer], loss: Loss, x: Array, y: Array, frozen: bool
) -> None:
    """Go one step forward and back, and raise where a part breaks its contract.

    Copies go, so that no state and no random stream of the model notices.

    Args:
        layers: The layers of a model, in order.
        loss: Its loss.
        x: A few samples.
        y: Their targets.
        frozen: Whether nothing in the model is trained.
    """
    layers, loss = copy.deepcopy((layers, loss))
    for layer in layers:
        mistakes.refuse_replaced_in(layer)
        set_mode(layer, training=True, frozen=frozen)
    *inputs, prediction = check_outputs(layers, x.copy())
    if arrays.all_finite(prediction):
        loss.check_predictions(prediction)
    dy = _checked_gradient(loss, y, prediction)
    for layer, given in zip(reversed(layers), reversed(inputs), strict=True):
        kept, kept_dy = given.tobytes(), dy.tobytes()
        dx = check_array(layer.label, "backward", layer.backward(dy), given)
        _refuse_changed(layer, "backward", "x", given, kept)
        _refuse_changed(layer, "backward", "dy", dy, kept_dy)
        dy = dx
    for layer in layers:
        for weight in layer.trainable_weights:
            _check_rules(f"{layer.label}, {weight.name}", weight)


def check_outputs(layers: Sequence[Layer], x: Array) -> list[Array]:
    """Return x and every layer's output; raise if one is not what the layer says."""
    outputs = [x]
    for layer in layers:
        x = outputs[-1]
        kept = x.tobytes()
        mistakes.refuse_replaced(layer)
        shape = mistakes.checked_shape(layer, x.shape[1:])
        expected = np.empty((len(x), *shape), x.dtype)
        y = check_array(layer.label, "forward", layer.forward(x), expected)
        _refuse_changed(layer, "forward", "x", x, kept)
        outputs.append(y)
    return outputs


def _refuse_changed(
    layer: Layer, method: str, name: str, given: Array, before: bytes
) -> None:
    """Raise if a layer has written into the array that it was given."""
    if given.tobytes() != before:
        raise ValueError(
            f"{layer.label}: {method}() changed {name}, the array it was given: change "
            f"a copy, {name}.copy()"
        )


def refuse_overflow(
    owner: str,
    layers: Sequence[Layer],
    x: Array,
    result: Array,
    loss: Loss | None = None,
) -> None:
    """Raise if finite inputs gave a result, that of a loss say, that is not finite."""
    if not arrays.all_finite(result):
        cause = "" if loss is None else explanation(layers, loss, x)
        if cause:
            raise NonFiniteError(f"{owner}: the loss is {result}: {cause}")
        layer = first_overflow(layers, x)
        place = "the loss" if layer is None else f"the output of {layer.label}"
        raise NonFiniteError(
            f"{owner}: {place} is too large for {x.dtype}: scale the data, or look for "
            f"huge weights"
        )


def first_overflow(layers: Sequence[Layer], x: Array) -> Layer | None:
    """Return the first layer whose output is not finite, if there is one."""
    for layer in layers:
        x = layer.forward(x)
        if not np.isfinite(x).all():
            return layer
    return None


def explanation(layers: Sequence[Layer], loss: Loss, x: Array) -> str:
    """Return why the loss of finite predictions is not finite, if it can tell."""
    for layer in layers:
        x = layer.forward(x)
    return loss.explain(x) if np.isfinite(x).all() else ""


def bad_gradient(model: Layer) -> str:
    """Return the last parameter whose gradient is not finite, and its layer's label.

    Gradients go from the last layer to the first, so it is where the trouble began.
    """
    for layer in reversed(list(model.walk())):
        for weight in layer.parameters:
            if not np.isfinite(weight.grad).all():
                return f"{weight.name} of {layer.label}"
    return ""


def _check_rules(owner: str, weight: Parameter) -> None:
    """Raise unless a parameter's regularizer and constraint give what they must."""
    value = weight.value
    if weight.regularizer is not None:
        rule = f"{owner}, regularizer"
        check_number(rule, "__call__", weight.regularizer(value))
        check_array(rule, "gradient", weight.regularizer.gradient(value), value)
    if weight.constraint is not None:
        try:
            allowed = weight.constraint(value)
        except np.exceptions.AxisError as error:
            raise ShapeError(
                f"{owner}: {weight.constraint!r} does not fit a parameter of shape "
                f"{weight.shape}: {error}"
            ) from None
        check_array(f"{owner}, constraint", "__call__", allowed, value)


def _checked_gradient(loss: Loss, y: Array, prediction: Array) -> Array:
    owner = type(loss).__name__
    check_number(owner, "forward", loss.forward(y, prediction))
    return check_array(owner, "gradient", loss.gradient(), prediction)
