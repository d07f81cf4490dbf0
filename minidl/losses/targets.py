"""What losses and metrics share: checks of targets, predictions, options; bounds."""

from typing import Literal

import numpy as np

from minidl import arguments
from minidl.types import Array, Shape

EPSILON = 1e-7  # Keras's: the least size of what is divided by or taken the log of
ROUNDING = 1e-5  # by how much a probability may miss its bounds, in float32 too


def bounded(x: Array, least: float, most: float) -> Array:
    """Return x within the bounds; `np.clip` takes three times as long for a batch."""
    result: Array = np.maximum(x, least)
    np.minimum(result, most, out=result)
    return result


def kind_of_targets(
    y_shape: Shape, output_shape: Shape
) -> Literal["binary", "sparse", "categorical"]:
    """Return what targets are, by the shapes of one target and one prediction."""
    if output_shape[-1:] == (1,):
        return "binary"
    if len(y_shape) < len(output_shape) or y_shape[-1] == 1:
        return "sparse"
    return "categorical"


def check_labels(
    owner: str, y: Array, classes: int, ignored: int | None = None
) -> Array:
    """Return labels that are whole numbers from 0 to classes - 1, or raise."""
    wrong = (y != np.floor(y)) | (y < 0) | (y >= classes)
    if ignored is not None:
        wrong &= y != ignored
    if wrong.any():
        where = first_index(wrong)
        label = float(y[where])
        whole = label.is_integer()
        what = f"outside 0..{classes - 1}" if whole else "no whole number"
        raise ValueError(
            f"{owner}: the label {label:g} in row {where[0]} is {what}: labels count "
            f"the {classes} classes from 0"
        )
    return y


def check_probabilities(owner: str, y: Array) -> Array:
    """Return targets that lie in [0, 1], or raise."""
    outside = (y < 0) | (y > 1)
    if outside.any():
        where = first_index(outside)
        raise ValueError(
            f"{owner}: the target {y[where]:g} in row {where[0]} is no probability: "
            f"targets lie between 0 and 1"
        )
    return y


def refuse_improbable(owner: str, y_pred: Array, most: float, remedy: str) -> None:
    """Raise unless predictions lie between 0 and `most`, but for rounding."""
    outside = (y_pred < -ROUNDING) | (y_pred > most + ROUNDING)
    if outside.any():
        raise ValueError(
            f"{owner} takes probabilities, but the model predicts "
            f"{y_pred[first_index(outside)]:.4g}: {remedy}"
        )


def check_smoothing(owner: str, label_smoothing: float) -> float:
    """Return a fraction from 0 to 1, or raise."""
    smoothing = arguments.real_number(
        owner, "label_smoothing", label_smoothing, least=0.0
    )
    if smoothing > 1:
        raise ValueError(
            f"{owner}: label_smoothing must be at most 1, got {label_smoothing!r}"
        )
    return smoothing


def count_classes(owner: str, axis: int, output_shape: Shape) -> int:
    """Return how many classes predictions have, at least two, or raise."""
    refuse_missing_axis(owner, axis, output_shape)
    classes = (0, *output_shape)[axis]
    if classes == 1:
        raise ValueError(
            f"{owner}: the predictions have one output, whose probability is always 1: "
            f"use BinaryCrossentropy for two classes, or one output for each class"
        )
    return classes


def first_index(wrong: np.ndarray) -> tuple[int, ...]:
    """Return where the first True of an array is."""
    return tuple(int(axis) for axis in np.argwhere(wrong)[0])


def check_axis(owner: str, axis: object) -> int:
    """Return an axis of the predictions other than that of the batch, or raise."""
    number = arguments.whole_number(owner, "axis", axis, least=-32)
    if number == 0:
        raise ValueError(f"{owner}: axis=0 is the batch: pass -1 for the last axis")
    return number


def refuse_missing_axis(owner: str, axis: int, output_shape: Shape) -> None:
    """Raise unless predictions have that axis, beside the axis of the batch."""
    if not (1 <= axis <= len(output_shape) or -len(output_shape) <= axis <= -1):
        raise ValueError(
            f"{owner}: axis={axis}, but the predictions of a batch have "
            f"{1 + len(output_shape)} axes, the first of them the batch"
        )
