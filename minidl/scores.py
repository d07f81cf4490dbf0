"""The numbers of an epoch or of `evaluate`: the mean loss, and the metrics."""

import copy
from typing import Any, Self

from minidl import metrics
from minidl.metrics import Metric
from minidl.types import Array, Shape


class Scores:
    """The mean loss and the metrics since they were last reset.

    Args:
        metrics: Metrics by the names under which logs list them.
        weighted: Metrics that take the samples' weights into account.
    """

    metrics: dict[str, Metric]
    weighted: dict[str, Metric]
    each: dict[str, Metric]

    def __init__(self, metrics: dict[str, Metric], weighted: dict[str, Metric]) -> None:
        self.metrics, self.weighted = metrics, weighted
        self.each = metrics | weighted
        self.reset()

    @classmethod
    def of(
        cls,
        plain: object,
        weighted: object,
        output_shape: Shape = (2,),
        y_shape: Shape = (2,),
    ) -> Self:
        """Return fresh scores of what `compile` was given, chosen for the shapes."""
        plain, weighted = copy.deepcopy((plain, weighted))
        unweighted = metrics.get_all(plain, output_shape, y_shape)
        found = metrics.get_all(weighted, output_shape, y_shape)
        return cls(
            unweighted,
            {
                f"weighted_{name}" if name in unweighted else name: metric
                for name, metric in found.items()
            },
        )

    def reset(self) -> None:
        """Begin anew, as every epoch does."""
        self._total, self._samples = 0.0, 0
        for metric in self.each.values():
            metric.reset_state()

    def add_loss(self, loss: float, samples: int) -> None:
        """Take the loss of a batch of so many samples into the mean."""
        self._total += loss * samples
        self._samples += samples

    def add_metrics(self, y: Array, prediction: Array, weights: Array | None) -> None:
        """Let every metric see a batch."""
        for metric in self.metrics.values():
            metric.update_state(y, prediction)
        for metric in self.weighted.values():
            metric.update_state(y, prediction, weights)

    def logs(self) -> dict[str, Any]:
        """Return the numbers by name, sorted as Keras sorts them."""
        loss = self._total / (self._samples or 1)
        if not self.each:
            return {"loss": loss}
        found = {name: metric.result() for name, metric in self.each.items()}
        return dict(sorted({"loss": loss, **found}.items()))

    def result(self, return_dict: bool) -> Any:
        """Return the numbers as Keras does: the loss, a list, or by name."""
        logs = self.logs()
        if return_dict:
            return logs
        numbers = [logs[name] for name in ("loss", *self.each)]
        return numbers[0] if len(numbers) == 1 else numbers
