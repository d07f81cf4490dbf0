"""What the cross-entropies share: predictions are probabilities, or logits."""

from typing import ClassVar

from minidl import arguments
from minidl.losses.loss import Reduction, SampleLoss
from minidl.losses.targets import check_axis, refuse_improbable
from minidl.types import Array


class ProbabilityLoss(SampleLoss):
    """A loss of predicted probabilities or, with `from_logits`, of their logits.

    Args:
        from_logits: Whether predictions are logits.
        axis: The axis of the outputs.
        reduction: As for every `SampleLoss`.
        name: The class's name in lower case if it is None.
    """

    from_logits: bool
    axis: int
    _divides: ClassVar[bool] = True  # a sample's predictions by their sum

    def __init__(
        self, from_logits: bool, axis: int, reduction: Reduction, name: str | None
    ) -> None:
        super().__init__(reduction, name)
        owner = type(self).__name__
        self.from_logits = arguments.flag(owner, "from_logits", from_logits)
        self.axis = check_axis(owner, axis)

    def check_predictions(self, y_pred: Array, /) -> None:
        """Raise for what is negative or, where nothing divides it, above 1."""
        if self.from_logits:
            return
        owner = type(self).__name__
        activation = "softmax" if self._divides else "sigmoid"
        remedy = (
            f"end it with activation {activation!r}, or take {owner}(from_logits=True)"
        )
        most = float("inf") if self._divides else 1.0
        refuse_improbable(owner, y_pred, most, remedy)

    def explain(self, y_pred: Array, /) -> str:
        """Return that the probabilities of a sample have the sum 0, if they have."""
        if self.from_logits or not self._divides or y_pred.sum(axis=self.axis).all():
            return ""
        return (
            f"{type(self).__name__} divides probabilities by their sum, which is 0 for "
            f"a sample; let the last activation be 'softmax'"
        )
