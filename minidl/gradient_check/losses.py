"""What a loss owes whoever calls it, and the arrays to try it on."""

import math

import numpy as np

from minidl import arrays
from minidl.errors import GradientError
from minidl.gradient_check.dependence import alike
from minidl.gradient_check.trial import BATCH, checked_array
from minidl.losses import Loss
from minidl.returned import check_number
from minidl.types import Array, ArrayLike

PASS_OTHERS = "pass y_true and y_pred that the loss is for"


def pair(
    loss: Loss,
    y_true: ArrayLike | None,
    y_pred: ArrayLike | None,
    random: np.random.Generator,
) -> tuple[Array, Array]:
    """Return targets and predictions in float64, drawn where they are not given."""
    owner, float64 = type(loss).__name__, np.dtype("float64")
    drawn, shape = y_true is None or y_pred is None, (BATCH, 2)
    if y_true is not None:
        y_true = arrays.real_array(owner, "y_true", y_true, float64)
        shape = y_true.shape
    y_pred = random.standard_normal(shape) if y_pred is None else y_pred
    y_pred = arrays.real_array(owner, "y_pred", y_pred, float64)
    y_true = random.standard_normal(y_pred.shape) if y_true is None else y_true
    try:
        target, prediction = loss._checked(y_true, y_pred)
    except ValueError as error:
        if drawn:
            raise ValueError(f"{error}. They were drawn: {PASS_OTHERS}") from error
        raise
    return target.copy(), prediction.copy()


def gradient_of(loss: Loss, target: Array, prediction: Array) -> Array:
    """Return a copy of a loss's gradient; raise where it breaks its contract."""
    owner = type(loss).__name__
    before = target.copy(), prediction.copy()
    value = _value(owner, loss, target, prediction)
    if not math.isfinite(value):
        raise GradientError(f"{owner}: forward() returned {value}: {PASS_OTHERS}")
    gradient = checked_array(owner, "gradient", loss.gradient(), prediction)
    for name, array, kept in zip(
        ("y_true", "y_pred"), (target, prediction), before, strict=True
    ):
        if not np.array_equal(array, kept):
            raise GradientError(f"{owner}: forward() or gradient() changed {name}")
    return gradient.copy()


def check_float32(loss: Loss, target: Array, prediction: Array) -> None:
    """Raise if a loss returns something else in a model of float32 than it must."""
    owner = f"{type(loss).__name__}, in a model of float32"
    single = prediction.astype(np.float32)
    _value(owner, loss, target.astype(np.float32), single)
    checked_array(owner, "gradient", loss.gradient(), single)


def _value(owner: str, loss: Loss, target: Array, prediction: Array) -> float:
    """Return what a loss's `forward` returns, or raise if it is no number."""
    with np.errstate(all="ignore"):  # what that leads to, a sentence tells
        returned: object = loss.forward(target, prediction)
    try:
        return check_number(owner, "forward", returned)
    except TypeError as error:
        raise GradientError(str(error)) from None


def check_what_is_kept(
    loss: Loss, untouched: Loss, target: Array, prediction: Array
) -> None:
    """Raise if a loss depends on an earlier call, or on another loss of its class."""
    owner = type(loss).__name__
    other = prediction[::-1].copy()  # other predictions that the loss is for
    value, gradient = loss.forward(target, prediction), loss.gradient().copy()
    untouched.forward(target, other)
    if not alike(loss.gradient(), gradient):
        raise GradientError(
            f"{owner}: gradient() returns something else when it is called again, "
            f"after a forward() of another loss of this class: keep what it needs in "
            f"self, and leave that as it is"
        )
    again = untouched.forward(target, prediction), untouched.gradient()
    if not (alike(np.array(again[0]), np.array(value)) and alike(again[1], gradient)):
        raise GradientError(
            f"{owner}: forward() or gradient() returns something else after an earlier "
            f"forward() of other predictions: forward() must keep anew, in every call, "
            f"what gradient() needs"
        )
