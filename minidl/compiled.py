"""What a model is told by `compile`: how it is to learn."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Never, TypeAlias

import numpy as np

from minidl import aliases, keywords, losses, optimizers
from minidl.callbacks.history import History
from minidl.errors import NotCompiledError
from minidl.layers.layer import Layer
from minidl.losses import Loss
from minidl.metrics import Metric
from minidl.optimizers import Optimizer
from minidl.scores import Scores
from minidl.training import Training

KERAS_COMPILE = (
    "auto_scale_loss",
    "jit_compile",
    "run_eagerly",
    "steps_per_execution",
)

Measured: TypeAlias = str | Metric | Callable[..., Any]


class Compiled(Layer):
    """A layer with an optimizer, a loss and metrics; `Model` trains it.

    Attributes:
        optimizer: What `compile` was given.
        loss: What `compile` was given.
        history: The `History` of the last `fit`.
        stop_training: Set it to True in a callback to end `fit` after the epoch, or
            after the batch if the callback's hook is one of a batch.
    """

    optimizer: Optimizer
    loss: Loss
    history: History
    stop_training: bool = False
    _metrics: object
    _weighted_metrics: object
    _shuffling: np.random.Generator
    _running: Training | None = None  # the run of `fit`, while it lasts
    _rehearsed: bool  # whether every layer and the loss were seen to keep the contract

    @property
    @abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, from the first to the last."""

    def compile(
        self,
        optimizer: Optimizer | str = "rmsprop",
        loss: Loss | str | Callable[..., Any] | None = None,
        loss_weights: None = None,
        metrics: Sequence[Measured] | Measured | None = None,
        weighted_metrics: Sequence[Measured] | Measured | None = None,
        **_unknown: Never,
    ) -> None:
        """Choose how to learn, and what to measure.

        Args:
            optimizer: An `Optimizer`, or its name; "rmsprop" by default.
            loss: A `Loss`, its name, or a function of `minidl.losses`. There is no
                training without one.
            loss_weights: None; it only keeps the place that it has in Keras.
            metrics: A list of metrics: names such as "accuracy", `Metric` objects or
                functions of y_true and y_pred; none by default.
            weighted_metrics: The same, for metrics that count samples by their weight.

        Raises:
            TypeError: for something else; a class instead of an instance, say.
            ValueError: for an unknown name.

        Source: `keras.Model.compile`.
        """
        keywords.refuse("compile()", Compiled.compile, _unknown, KERAS_COMPILE)
        if loss_weights is not None:
            raise TypeError(
                f"compile(): the third argument is Keras's loss_weights, which minidl "
                f"does not have, got {loss_weights!r:.60}: pass metrics by name, "
                f"metrics=[...]"
            )
        name = optimizer if isinstance(optimizer, str) else ""
        if isinstance(optimizer, Loss) or name in aliases.LOSSES:
            raise TypeError(
                f"compile(): the optimizer comes first and then the loss, got the loss "
                f"{optimizer!r} first"
            )
        new_optimizer = optimizers.get(optimizer)
        new_loss = None if loss is None else losses.get(loss)
        Scores.of(metrics, weighted_metrics)  # raises for what is no metric
        self.optimizer = new_optimizer  # from here on nothing raises
        vars(self).pop("loss", None)
        if new_loss is not None:
            self.loss = new_loss
        self._metrics, self._weighted_metrics = metrics, weighted_metrics
        self._rehearsed = False

    def __getstate__(self) -> object:
        """Leave out the run of `fit`, which does not train a copy."""
        state = super().__getstate__()
        return {**state, "_running": None} if isinstance(state, dict) else state

    def _missing(self, name: str) -> AttributeError:
        if name in ("optimizer", "loss"):
            return NotCompiledError(f"{self.label} has no {name}: compile() it")
        if name == "history":
            return AttributeError(f"{self.label} has no history: fit() it")
        return super()._missing(name)
