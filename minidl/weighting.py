"""What samples count in the loss, by themselves and by their classes."""

from collections.abc import Mapping

import numpy as np

from minidl import arguments, arrays
from minidl.errors import ShapeError
from minidl.types import Array


def sample_weights(
    owner: str, value: object, samples: int, dtype: np.dtype[np.floating]
) -> Array | None:
    """Return a weight, at least 0, for each sample; None for none given."""
    if value is None:
        return None
    weights = arrays.real_array(owner, "sample_weight", value, dtype)
    if weights.shape == (samples, 1):
        weights = weights[:, 0]
    if weights.shape != (samples,):
        raise ShapeError(
            f"{owner}: sample_weight has shape {weights.shape}, but there are "
            f"{samples} samples: pass one number a sample"
        )
    if (weights < 0).any():
        row = int(np.argmax(weights < 0))
        raise ValueError(
            f"{owner}: sample_weight[{row}] is {weights[row]}: less than 0; a weight "
            f"of 0 leaves a sample out"
        )
    return weights


def class_weights(
    owner: str, value: object, y: Array, dtype: np.dtype[np.floating]
) -> Array:
    """Return the weight of each sample's class.

    Classes are the labels in y, (n, 1), or the columns of a one-hot y.
    """
    if not isinstance(value, Mapping):
        raise TypeError(
            f"{owner}: class_weight must be a dictionary from class to weight, got "
            f"{type(value).__name__}"
        )
    if y.ndim > 2:
        raise ShapeError(
            f"{owner}: class_weight needs one class a sample, but y has shape "
            f"{y.shape}: pass sample_weight"
        )
    labels = y.reshape(-1) if y.size == len(y) else y.argmax(axis=1)
    weights = np.empty(len(y), dtype)
    for label in np.unique(labels):
        if label not in value:
            named = ", ".join(map(repr, value)) or "none"
            raise ValueError(
                f"{owner}: class_weight has no weight for class {label:g}, only for "
                f"{named}: give every class one, 1 where nothing is to change"
            )
        weight = arguments.real_number(
            owner, f"class_weight[{label:g}]", value[label], least=0.0
        )
        weights[labels == label] = weight
    return weights
