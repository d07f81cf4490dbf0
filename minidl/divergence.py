"""What happens when the loss stops being finite: back to the last good weights."""

import math
from typing import Any

import numpy as np

from minidl import inspection
from minidl.errors import DivergenceError
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.optimizers import Optimizer
from minidl.types import Array

SCALE = "scale x and y to about 1"


class LastGood:
    """The weights of the last finite loss, to which a model goes back.

    Args:
        model: The model that is trained.
        optimizer: What trains it.
        loss: What it makes small.
        values: The vector of the model's weights.

    Attributes:
        values: A copy of the vector at the last finite loss.
        loss: That loss; NaN before the first.
    """

    values: Array
    loss: float

    def __init__(
        self, model: Layer, optimizer: Optimizer, loss: Loss, values: Array
    ) -> None:
        self._model, self._optimizer, self._loss = model, optimizer, loss
        self._current = values
        self.values, self.loss = values.copy(), math.nan

    def refuse(self, x: Array, where: str, loss: float = 0.0) -> None:
        """Raise if the loss or a weight is not finite, with the last good weights.

        Raises:
            DivergenceError: which says where, in which layer first, and what to try.
        """
        if math.isfinite(loss) and np.isfinite(self._current).all():
            return
        said, hint = self._diagnosis(x, where, loss)
        if math.isnan(self.loss):
            advice = f", before any step was taken: {hint}" if hint else ""
            raise DivergenceError(f"{said}{advice}")
        self._current[:] = self.values
        self._optimizer.reset()
        advice = f". {hint}" if hint else ""
        raise DivergenceError(
            f"{said}. The weights are back at the last finite loss, {self.loss:.4g}, "
            f"and the optimizer starts afresh{advice}"
        )

    def _diagnosis(self, x: Array, where: str, loss: float) -> tuple[str, str]:
        """Return what happened, with its cause if known, or else what to try."""
        failed = not math.isfinite(loss)
        what = f"the loss became {loss}" if failed else "a weight overflowed"
        layers = self._model.sublayers
        cause = inspection.explanation(layers, self._loss, x) if failed else ""
        if cause:
            return f"{what} in {where}: {cause}", ""
        culprit = inspection.first_overflow(layers, x)
        place = "the loss itself" if culprit is None else culprit.label
        said = f"{what} in {where}, first in {place}"
        if math.isnan(self.loss):
            return said, f"look for weights that are huge or not finite, or {SCALE}"
        rate = self._optimizer.learning_rate
        hint = f"Try a smaller learning_rate (now {rate:g}), or {SCALE}"
        gradient = inspection.bad_gradient(self._model)
        if gradient:
            said += f", after a gradient that is not finite, that of {gradient}"
            hint += ", or prove its backward with gradient_check.check_layer"
        return said, hint

    def state(self) -> dict[str, Any]:
        """Return the weights and the loss, for a file."""
        return {"values": self.values, "loss": self.loss}

    def take(self, state: dict[str, Any]) -> None:
        """Take the weights and the loss of a file."""
        self.values[...], self.loss = state["values"], float(state["loss"])
