"""The sentences for layers that are used, or written, wrongly."""

from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from minidl import arguments, arrays, blame
from minidl.announced import argument_names
from minidl.errors import NonFiniteError, NotBuiltError, NotForwardedError, ShapeError
from minidl.returned import check_is_array
from minidl.types import Array, Shape

if TYPE_CHECKING:
    from minidl.layers.layer import Layer


def refuse_keras(cls: type["Layer"]) -> None:
    """Raise if a class is written as for Keras, where minidl would not call it so."""
    if "call" in vars(cls) and "forward" not in vars(cls):
        raise TypeError(
            f"{cls.__name__} defines call(x), as a layer for Keras does: define "
            f"forward(x), which returns y, and backward(dy), which returns dLoss/dx"
        )
    if "training" in argument_names(vars(cls).get("forward")):
        raise TypeError(
            f"{cls.__name__}: forward() takes `training`, as call() does in Keras, but "
            f"gets x alone: write forward(self, x), and ask self.training"
        )


def refuse_other_shape(layer: "Layer", shape: Shape) -> None:
    """Raise if a layer expects samples of another shape."""
    if layer.expected_shape not in (None, shape):
        raise ShapeError(
            f"{layer.label} expects samples of shape {layer.expected_shape}, got "
            f"{shape}"
        )


def connect(layer: "Layer", x: Array, given: object, begin: str = "") -> None:
    """Build a layer for samples; an error says what they may have been meant to be.

    Args:
        layer: The layer.
        x: The samples, one a row.
        given: What the user passed for them.
        begin: How messages begin, before the layer's label.
    """
    shape = x.shape[1:]
    if shape == layer._built_for:
        return
    try:
        layer.connect(shape)
    except ShapeError as error:
        flat = np.ndim(arrays.listed(given)) == 1
        meant = flat and layer.expected_shape not in (None, shape)
        hint = "; one sample x is x[np.newaxis]" if meant else ""
        error.args = (f"{begin}{error}{hint}",)
        raise


def checked_shape(layer: "Layer", input_shape: Shape) -> Shape:
    """Return the shape of one output sample; raise if a layer says what is no shape."""
    said: object = layer.output_shape(input_shape)
    return arguments.shape(layer.label, "output_shape()", said)


def checked_output(layer: "Layer", x: Array) -> Array:
    """Return what a layer makes of x; raise if it is no array of finite numbers."""
    try:
        with np.errstate(all="ignore"):
            returned: object = layer.forward(x)
    except Exception as error:
        refuse_replaced_in(layer)
        blame.name_the_part(error)
        raise
    y = check_is_array(layer.label, "forward", returned)
    if not arrays.all_finite(y):
        raise NonFiniteError(
            f"{layer.label}: its output is too large for {y.dtype}: scale the data, or "
            f"look for huge weights"
        )
    return y


def refuse_to_join(layer: "Layer", dtype: np.dtype[np.floating]) -> None:
    """Raise if a layer has weights that do not fit a model of a dtype."""
    if layer._declared and not layer.built:
        raise TypeError(
            f"{layer.label} declared parameters before its dtype and its model's seed "
            f"were known: move add_parameter() from __init__ to build(), and call "
            f"connect(input_shape), not build(), by hand"
        )
    others = {weight.value.dtype for weight in layer.weights} - {dtype}
    if others:
        raise ValueError(
            f"{layer.label} is built in {others.pop()} and cannot join a model of "
            f"{dtype}: make both of the same dtype"
        )


def refuse_replaced(layer: "Layer") -> None:
    """Raise if a parameter was replaced by an array or a number."""
    for name in layer._declared:
        own = vars(layer).get(name)
        if isinstance(own, np.ndarray | Real):
            kind = "an array" if isinstance(own, np.ndarray) else "a number"
            raise TypeError(
                f"{layer.label}: {name} is a Parameter and was replaced by {kind}: "
                f"write {name}.value = ..."
            )


def refuse_replaced_in(layer: "Layer") -> None:
    """Raise if a parameter of a layer, or of one in it, was replaced by such."""
    for part in layer.walk():
        refuse_replaced(part)


def refuse_undeclared(layer: "Layer", sublayers: list["Layer"]) -> None:
    """Raise if build() made what the model could not know of in time."""
    for made in layer.sublayers:
        if made not in sublayers:
            raise TypeError(
                f"{layer.label} makes {made.label} in build(), where it is too late to "
                f"take the model's dtype and seed: make it in __init__"
            )
    for name, value in vars(layer).items():
        values = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in values):
            raise TypeError(
                f"{layer.label} keeps an array in {name!r} that it did not declare, so "
                f"it would be neither trained nor saved: in build(), write self.{name} "
                f"= self.add_parameter({name!r}, shape, initializer), with "
                f"trainable=False for a constant"
            )


def too_early(layer: "Layer", name: str) -> AttributeError:
    """Return the error that says why a layer does not have an attribute yet."""
    if "_built_for" not in vars(layer):
        return NotBuiltError(
            f"{type(layer).__name__}.__init__ does not call super().__init__(): write "
            f"it as the first line"
        )
    if name.startswith("_"):
        return NotForwardedError(
            f"{layer.label} has no {name!r}, which forward() keeps for backward(): "
            f"call forward(x) before backward(dy)"
        )
    if layer.built:
        return AttributeError(f"{layer.label} has no {name!r}")
    return NotBuiltError(
        f"{layer.label} has no {name!r}; if build() makes it, call the layer on "
        f"data first, or connect(input_shape)"
    )
