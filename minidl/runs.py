"""What a run begins with: checked batches, fresh scores, a rehearsed model."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from minidl import arguments, blame, inspection
from minidl.batches import Batches, Source
from minidl.callbacks.callback import Callbacks
from minidl.compiled import Compiled
from minidl.errors import NotCompiledError
from minidl.feeding import Feed
from minidl.files.checkpoint import Checkpoint
from minidl.files.paths import Path
from minidl.layers.mode import amid_fit, apart, at_rest
from minidl.losses.loss import Loss
from minidl.optimizers.optimizer import Optimizer
from minidl.scores import Scores
from minidl.training import Training, Validate, measure


def feed(
    model: Compiled,
    owner: str,
    batch_size: int | None = None,
    steps: int | None = None,
    shuffle: bool = False,
) -> Feed:
    """Return what makes a model's batches; raise before compile, or without layers."""
    random = model._shuffling if arguments.flag(owner, "shuffle", shuffle) else None
    if "loss" not in vars(model):
        raise NotCompiledError(
            f"{owner}: {model.label} has no loss yet: call compile(optimizer=..., "
            f"loss=...) first"
        )
    for name, kind in (("loss", Loss), ("optimizer", Optimizer)):
        assigned = getattr(model, name)
        if not isinstance(assigned, kind):
            raise TypeError(
                f"{owner}: the {name} of {model.label} must be an instance of "
                f"{kind.__name__}, got {arguments.shown(assigned)}: pass it to "
                f"compile(), which knows names, too"
            )
    if not model.layers:
        raise ValueError(f"{owner}: {model.label} has no layers: add() one first")
    return Feed(owner, model, model.loss, batch_size, steps, random)


def rehearse(model: Compiled, source: Source) -> None:
    """Try one step on two samples, once for these layers and this loss."""
    if not model._rehearsed:
        _try(model, source, 2)
        model._rehearsed = True


def _try(model: Compiled, source: Source, samples: int) -> None:
    """Try one step, which changes nothing, on so many samples."""
    x, y, _ = source.first(samples)
    with np.errstate(all="ignore"), blame.naming_the_part():
        frozen = not model.trainable
        inspection.rehearse(model.layers, model.loss, x, y, frozen)


def fresh_scores(model: Compiled, source: Source) -> Scores:
    """Return fresh scores of the metrics, chosen for the shapes of the samples."""
    x, y, _ = source.first(1)
    shapes = model.output_shape(x.shape[1:]), y.shape[1:]
    return Scores.of(model._metrics, model._weighted_metrics, *shapes)


def measured(
    model: Compiled, owner: str, source: Source, watchers: Callbacks
) -> Scores:
    """Return the scores of a model on some batches."""
    rehearse(model, source)
    scores = fresh_scores(model, source)
    quiet, rest = np.errstate(all="ignore"), at_rest(model)
    with quiet, rest, blame.naming_the_part():
        loss = measure(model, model.loss, source, scores, watchers)["loss"]
        first = source.first(32)[0]
        inspection.refuse_overflow(
            owner, model.layers, first, np.array(loss), model.loss
        )
    return scores


def training(
    model: Compiled,
    watchers: Callbacks,
    batches: Source,
    unseen: Source | None = None,
) -> Training:
    """Return what trains a model on batches, if it can be trained on all of them."""
    rehearse(model, batches)
    if isinstance(batches, Batches) and batches.rest == 1 < batches.samples:
        _try(model, batches, 1)
    scores = fresh_scores(model, batches)
    return Training(
        model, model.optimizer, model.loss, scores, watchers, batches, unseen
    )


def validation(
    model: Compiled, training: Training, frequency: int | Sequence[int]
) -> Validate | None:
    """Return what validates at the end of an epoch, when it is due."""
    due = _due_epochs(frequency)
    unseen = training.unseen
    if unseen is None:
        return None
    scores = fresh_scores(model, unseen)
    return lambda epoch: training.validate(unseen, scores, epoch) if due(epoch) else {}


def _due_epochs(frequency: int | Sequence[int]) -> Callable[[int], bool]:
    """Return a function that tells whether to validate after an epoch, from 0."""
    if isinstance(frequency, list | tuple | set):
        epochs = {
            arguments.whole_number("fit()", "an epoch of validation_freq", epoch)
            for epoch in frequency
        }
        return lambda epoch: epoch + 1 in epochs
    every = arguments.whole_number("fit()", "validation_freq", frequency)
    return lambda epoch: (epoch + 1) % every == 0


def resumption(
    model: Compiled, training: Training, resume: Path | None, initial_epoch: int
) -> tuple[int, Callable[[], None] | None]:
    """Return the epoch to begin with, and what brings the run to where it was.

    Args:
        model: The model that is trained.
        training: The run that begins.
        resume: The file to go on from; that of a callback goes before it. None if
            there is none.
        initial_epoch: The epoch to begin with if there is no file.
    """
    first = arguments.whole_number("fit()", "initial_epoch", initial_epoch, least=0)
    path = training.callbacks.resume_path or resume
    if path is None:
        return first, None
    saved = Checkpoint(path, model)
    return saved.epoch, lambda: saved.restore(training)


def begin(model: Compiled, training: Training) -> None:
    """Give a model the history of its run, and let it not stop yet."""
    model.history, model.stop_training = training.history, False
    training.history.set_params(training.callbacks.params)


@contextmanager
def running(model: Compiled, training: Training) -> Iterator[None]:
    """Train, and let the model know of its run, for as long as it lasts."""
    outer, model._running = model._running, training
    try:
        with apart(model), amid_fit(), training:
            yield
    finally:
        model._running = outer
        if outer is not None:  # a callback of that run trained the model
            model.history = outer.history
