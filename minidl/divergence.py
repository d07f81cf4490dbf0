"""What happens when the loss stops being finite: back to the last good weights."""

import math
from typing import Any

import numpy as np

from minidl import inspection
from minidl.errors import DivergenceError
from minidl.layers.layer import Layer
from minidl.optimizers import Optimizer
from minidl.types import Array


class LastGood:
    """The weights of the last finite loss, to which a model goes back.

    Args:
        model: The model that is trained.
        optimizer: What trains it.
        values: The vector of the model's weights.

    Attributes:
        values: A copy of the vector at the last finite loss.
        loss: That loss; NaN before the first.
    """

    values: Array
    loss: float

    def __init__(self, model: Layer, optimizer: Optimizer, values: Array) -> None:
        self._model, self._optimizer, self._current = model, optimizer, values
        self.values, self.loss = values.copy(), math.nan

    def refuse(self, x: Array, where: str, loss: float = 0.0) -> None:
        """Raise if the loss or a weight is not finite, with the last good weights.

        Raises:
            DivergenceError: which says where, in which layer first, and what to try.
        """
        if math.isfinite(loss) and np.isfinite(self._current).all():
            return
        overflowed = "a weight overflowed"
        what = overflowed if math.isfinite(loss) else f"the loss became {loss}"
        culprit = inspection.first_overflow(self._model.sublayers, x)
        place = "the loss itself" if culprit is None else culprit.label
        if math.isnan(self.loss):
            raise DivergenceError(
                f"{what} in {where}, first in {place}, before any step was taken: look "
                f"for weights that are huge or not finite, or scale x and y to about 1"
            )
        rate = self._optimizer.learning_rate
        self._current[:] = self.values
        self._optimizer.reset()
        raise DivergenceError(
            f"{what} in {where}, first in {place}. The weights are back at the last "
            f"finite loss, {self.loss:.4g}, and the optimizer starts afresh. Try "
            f"a smaller learning_rate (now {rate:g}), or scale x and y to about 1"
        )

    def state(self) -> dict[str, Any]:
        """Return the weights and the loss, for a file."""
        return {"values": self.values, "loss": self.loss}

    def take(self, state: dict[str, Any]) -> None:
        """Take the weights and the loss of a file."""
        self.values[...], self.loss = state["values"], float(state["loss"])
