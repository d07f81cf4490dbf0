"""Makes checked batches for a model from what users pass to its methods."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from minidl import arguments, arrays, data, disk, weighting
from minidl.batches import Batch, Batches, Source, Steps, Stream, read_rows, say_batch
from minidl.errors import ShapeError
from minidl.layers import mistakes
from minidl.layers.layer import Layer
from minidl.losses import Loss, SampleLoss
from minidl.types import Array, ArrayLike, Shape

Inputs: TypeAlias = ArrayLike | Iterable[Any] | None
"""Samples, or an iterable of batches."""

Targets: TypeAlias = ArrayLike | None
Validation: TypeAlias = Sequence[ArrayLike] | Iterable[Any] | None


NAMES = {
    "fit()": ("batch_size", "steps_per_epoch"),
    "fit(), validation_data": ("validation_batch_size", "validation_steps"),
}
"""What a call's size and number of batches are named, if not as in `evaluate`."""


class Feed:
    """Makes the batches of one call.

    Args:
        owner: How messages begin, such as "fit()".
        model: The model that is fed; it is built for the first samples if need be.
        loss: The loss, which knows what targets must be.
        batch_size: Samples a batch, 32 if None.
        steps: Batches an epoch, or None for all there are.
        random: The stream that shuffles samples; None leaves them in order.
    """

    def __init__(
        self,
        owner: str,
        model: Layer,
        loss: Loss,
        batch_size: int | None = None,
        steps: int | None = None,
        random: np.random.Generator | None = None,
    ) -> None:
        self._random = random
        self._owner, self._model, self._loss = owner, model, loss
        self._batch_size, self._steps = _sizes(owner, batch_size, steps)

    def source(
        self,
        x: object,
        y: object,
        sample_weight: object = None,
        class_weight: object = None,
    ) -> Source:
        """Return the batches of samples, or of what yields batches."""
        if data.is_stream(x, y):
            return self._stream(x, sample_weight, class_weight)
        if y is None:
            data.refuse_pairs(self._owner, x)
        elif data.is_source(x):
            raise TypeError(
                f"{self._owner}: y goes with arrays, but x is a {type(x).__name__}: "
                f"leave y out and let x yield (x, y)"
            )
        return self._arrays(self.samples(x, y, sample_weight, class_weight))

    def samples(
        self,
        x: object,
        y: object,
        sample_weight: object = None,
        class_weight: object = None,
    ) -> Batch:
        """Return samples checked against each other, the model and the loss."""
        owner, dtype = self._owner, self._model.dtype
        inputs = data.rows(owner, "x", x, dtype)
        targets = data.rows(owner, "y", y, dtype)
        data.check_count(owner, inputs, targets, (x, y))
        built = self._model.built
        if built:  # then it is x that does not fit, rather than y
            mistakes.connect(self._model, inputs, x, f"{owner}: ")
        targets = self._targets(targets, self._model.output_shape(inputs.shape[1:]))
        if not built:  # nothing is, for data that is refused
            mistakes.connect(self._model, inputs, x, f"{owner}: ")
        weights = weighting.sample_weights(owner, sample_weight, len(inputs), dtype)
        samples = self._weighted((inputs, targets, weights), class_weight)
        if samples[2] is not None and not isinstance(self._loss, SampleLoss):
            raise TypeError(
                f"{owner}: the loss {self._loss!r} takes no sample weights: derive it "
                f"from SampleLoss"
            )
        return samples

    def _weighted(self, samples: Batch, class_weight: object) -> Batch:
        """Return the samples, each also counted by the weight of its class."""
        if class_weight is None:
            return samples
        x, y, weights = samples
        own = weighting.class_weights(self._owner, class_weight, y, self._model.dtype)
        return x, y, own if weights is None else weights * own

    def _targets(self, y: Array, output_shape: Shape) -> Array:
        """Return the targets as the loss takes them; its errors say where they came."""
        try:
            return self._loss.check_targets(y, output_shape)
        except ShapeError as error:
            raise ShapeError(f"{self._owner}: {error}") from None
        except ValueError as error:
            raise ValueError(f"{self._owner}: {error}") from None

    def validation(self, given: object) -> Source:
        """Return the batches of what `validation_data` may be."""
        batches = data.is_stream(given, None)
        if isinstance(given, tuple) or (isinstance(given, list) and not batches):
            if len(given) in (2, 3):
                return self.source(*given)
        elif batches:
            return self.source(given, None)
        raise TypeError(
            f"fit(): validation_data must be (x, y), (x, y, sample_weight) or an "
            f"iterable of batches, got a {type(given).__name__}"
        )

    def split(
        self,
        given: tuple[object, object, object, object],
        unseen: "Feed",
        fraction: object,
        validation_data: object,
    ) -> tuple[Source, Source | None]:
        """Return the batches to train on and, if there are any, those to validate on.

        The weights of the classes count in training alone, as in Keras.

        Args:
            given: x, y, sample_weight and class_weight.
            unseen: What makes the batches to validate on.
            fraction: How much to hold out, from the end, without `validation_data`.
            validation_data: The samples to validate on, or None.
        """
        owner, name = self._owner, "validation_split"
        share = arguments.real_number(owner, name, fraction, least=0.0, below=1.0)
        if validation_data is not None:
            return self.source(*given), unseen.validation(validation_data)
        if not share:
            return self.source(*given), None
        x, y, sample_weight, class_weight = given
        if data.is_stream(x, y):
            raise TypeError(
                f"{owner}: validation_split needs arrays; with an iterable of batches, "
                f"pass validation_data"
            )
        samples = self.samples(x, y, sample_weight)
        kept, held_out = data.split(owner, share, *samples)
        kept = self._weighted(kept, class_weight)
        return self._arrays(kept), unseen.batches(held_out)

    def _arrays(self, samples: Batch) -> Source:
        """Return the batches of all samples there are, of which some must count."""
        weights = samples[2]
        if weights is not None and not weights.any():
            raise ValueError(
                f"{self._owner}: every sample has the weight 0, so nothing would be "
                f"learnt: leave sample_weight and class_weight out, or let some count"
            )
        return self.batches(samples)

    def batches(self, samples: Batch) -> Source:
        """Return the batches of checked samples."""
        batches = Batches(self._owner, *samples, self._batch_size, self._model.dtype)
        batches.random = self._random
        if self._steps is None:
            return batches
        if self._steps > batches.steps:
            name = _names(self._owner)[1]
            raise ValueError(
                f"{self._owner}: {name} must be at most {batches.steps}, the number of "
                f"batches that there are, got {self._steps}"
            )
        return Steps(batches, self._steps)

    def _stream(
        self, source: Any, sample_weight: object, class_weight: object
    ) -> Stream:
        if sample_weight is not None:
            raise TypeError(
                f"{self._owner}: sample_weight goes with arrays; let the iterable "
                f"yield (x, y, sample_weight)"
            )

        def check(batch: Any) -> Batch:
            if not isinstance(batch, tuple | list) or len(batch) not in (2, 3):
                sized = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
                raise TypeError(
                    f"{self._owner}: an iterable of batches must yield (x, y) or "
                    f"(x, y, sample_weight), got {type(batch).__name__}{sized}"
                )
            x, y, weights = (*batch, None)[:3]
            return self.samples(data.loaded(x), data.loaded(y), weights, class_weight)

        return Stream(self._owner, data.iterable(source), self._steps, check)


def inputs(
    owner: str, model: Layer, x: object, batch_size: int | None, steps: int | None
) -> tuple[Iterator[Array], bool]:
    """Return batches of inputs, checked, for a built model; and whether x is 1-D."""
    size, steps = _sizes(owner, batch_size, steps)

    def check(given: object) -> Array:
        array = data.rows(owner, "x", given, model.dtype)
        mistakes.connect(model, array, given, f"{owner}: ")
        return array

    batches: Iterator[Array]
    if data.is_stream(x, None):
        items = data.iterable(x)
        given = (item[0] if isinstance(item, tuple) else item for item in items)
        first = list(itertools.islice(given, 1))
        each = map(data.loaded, itertools.chain(first, given))
        batches = _each(owner, each, check)
        return _counted(owner, batches, steps), bool(first) and _is_flat(first[0])
    rows = check(x)
    starts = range(0, max(1, len(rows)), size)
    parts = (slice(start, start + size) for start in starts)
    if isinstance(rows, np.memmap):
        mapped = disk.rows(rows)
        batches = (read_rows(owner, "x", mapped, part, model.dtype) for part in parts)
    else:
        batches = (rows[part] for part in parts)
    return _counted(owner, batches, steps), _is_flat(x)


def _each(
    owner: str, given: Iterable[object], check: Callable[[object], Array]
) -> Iterator[Array]:
    """Yield batches of inputs, checked."""
    for number, batch in enumerate(given, start=1):
        try:
            checked = check(batch)
        except (TypeError, ValueError) as error:
            say_batch(error, owner, number)
            raise
        yield checked


def _is_flat(x: object) -> bool:
    """Return whether x has one axis; what is ragged is refused elsewhere."""
    try:
        return np.ndim(arrays.listed(x)) == 1
    except ValueError:
        return False


def _counted(
    owner: str, batches: Iterator[Array], steps: int | None
) -> Iterator[Array]:
    """Yield so many batches, or all; raise if there are fewer, or none."""
    given = 0
    for batch in itertools.islice(batches, steps):
        yield batch
        given += 1
    if given < (steps or 1):
        raise ValueError(
            f"{owner}: x gave {given} of {steps or 'at least 1'} batches: let it have "
            f"more, or ask for fewer steps"
        )


def _names(owner: str) -> tuple[str, str]:
    return NAMES.get(owner, ("batch_size", "steps"))


def _sizes(
    owner: str, batch_size: int | None, steps: int | None
) -> tuple[int, int | None]:
    """Return how many samples a batch has, 32 if left open, and how many batches."""
    named_size, named_steps = _names(owner)
    size = 32 if batch_size is None else batch_size
    if steps is not None:
        steps = arguments.whole_number(owner, named_steps, steps)
    return arguments.whole_number(owner, named_size, size), steps
