"""How gradients are limited before an optimizer's step."""

import math
from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from minidl import arguments
from minidl.errors import NonFiniteError
from minidl.types import Array


class ClippingOptions(TypedDict, total=False):
    """The keyword arguments that limit gradients; one of them may be given."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None


def checked_limit(owner: str, name: str, value: float | None) -> float | None:
    """Return how large something may be, above 0; None for any size."""
    return None if value is None else arguments.positive_number(owner, name, value)


def clip(
    gradients: Sequence[Array],
    clipnorm: float | None,
    clipvalue: float | None,
    global_clipnorm: float | None,
) -> None:
    """Limit gradients in place: their elements, the norm of each, or that of all.

    Raises:
        NonFiniteError: if a norm is not finite.
    """
    if clipvalue is not None:
        for gradient in gradients:
            np.clip(gradient, -clipvalue, clipvalue, out=gradient)
    elif clipnorm is not None:
        for gradient in gradients:
            _shorten([gradient], clipnorm)
    elif global_clipnorm is not None:
        _shorten(gradients, global_clipnorm)


def _shorten(gradients: Sequence[Array], longest: float) -> None:
    """Scale gradients, in place, so that their common norm is at most `longest`."""
    norm = math.sqrt(sum(float(gradient.dot(gradient)) for gradient in gradients))
    if not math.isfinite(norm):
        raise NonFiniteError(
            f"the norm of the gradient is {norm}, so it cannot be clipped"
        )
    if norm > longest:
        for gradient in gradients:
            gradient *= longest / norm
