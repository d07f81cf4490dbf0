"""Batch by batch over the samples that arrays hold or an iterable yields."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from minidl import arrays, disk
from minidl.disk import Rows
from minidl.errors import NonFiniteError
from minidl.types import Array

Batch: TypeAlias = tuple[Array, Array, Array | None]
"""Inputs, targets and, if there are any, a weight for each sample."""


@dataclass
class Position:
    """Where a source of batches stands.

    Attributes:
        taken: How many batches were taken, of an epoch or of an iterable.
        extent: How many samples there are, and how many a batch has; None if that is
            not known.
        drawn_at: The state of the random stream before it shuffled, if it did.
        done: How many batches of the epoch are done.
    """

    taken: int
    extent: tuple[int, int] | None = None
    drawn_at: Mapping[str, Any] | None = None
    done: int = 0


class Batches:
    """Goes over samples held in arrays, batch by batch, once an epoch.

    Arrays on disk (`numpy.memmap`), which may be larger than memory, are read,
    converted and checked one batch at a time.

    Args:
        owner: How messages begin, such as "fit()".
        x: The inputs, one sample a row.
        y: The targets, one sample a row.
        weights: A weight for each sample, or None.
        batch_size: How many samples a batch has; the last one may have fewer.
        dtype: That of the batches.

    Attributes:
        samples: How many samples there are.
        random: The stream that shuffles the samples anew in each epoch; None, as at
            first, leaves them in order. A single batch is never shuffled: a sum has no
            order.
        taken: How many batches of this epoch were taken.
    """

    samples: int
    random: np.random.Generator | None
    taken: int
    _drawn_at: Mapping[str, Any] | None  # where `random` stood before the shuffle
    _skipped: int  # batches that were taken in the run that is resumed

    def __init__(
        self,
        owner: str,
        x: Array,
        y: Array,
        weights: Array | None,
        batch_size: int,
        dtype: np.dtype[np.floating],
    ) -> None:
        self.samples = len(x)
        self._owner, self._dtype, self._batch_size = owner, dtype, batch_size
        self._x, self._y, self._weights = disk.rows(x), disk.rows(y), weights
        self.random = self._drawn_at = None
        self.taken = self._skipped = 0
        self._on_disk = isinstance(x, np.memmap) or isinstance(y, np.memmap)
        alone = self.steps <= 1 and not self._on_disk
        self._only = [(x, y, weights)] if alone else []

    @property
    def steps(self) -> int:
        """How many batches an epoch has."""
        return -(-self.samples // self._batch_size)

    @property
    def rest(self) -> int:
        """How many samples the last batch has."""
        return self.samples - self._batch_size * (self.steps - 1)

    def __iter__(self) -> Iterator[Batch]:
        """Return the batches of one epoch."""
        skipped, self._skipped = self._skipped, 0
        if self._only:
            self.taken = 1
            return iter(self._only[skipped:])
        self.taken, order = skipped, None
        if self.random is not None:
            self._drawn_at = self.random.bit_generator.state
            order = self.random.permutation(self.samples)
        return self._several(skipped, order)

    def _several(self, skipped: int, order: np.ndarray | None) -> Iterator[Batch]:
        for number in range(skipped, self.steps):
            self.taken = number + 1
            start = number * self._batch_size
            part = slice(start, start + self._batch_size)
            yield self._rows(part if order is None else order[part])

    def begin_anew(self) -> None:
        """Let the next epoch begin with the first batch, as it does anyway."""

    def position(self, within: bool) -> Position:
        """Return where the source stands, within an epoch or between two."""
        extent = self.samples, self._batch_size
        if not within:
            return Position(0, extent)
        return Position(self.taken, extent, self._drawn_at)

    def start_at(self, position: Position) -> None:
        """Let the next epoch begin where another one stood.

        Raises:
            ValueError: if that one was on other data.
        """
        extent = self.samples, self._batch_size
        if position.extent != extent or position.taken > self.steps:
            raise ValueError(
                f"{self._owner}: the saved run had (samples, batch_size) "
                f"{position.extent} and had taken {position.taken} batches, this one "
                f"has {extent}: pass the same data and batch_size"
            )
        self._skipped = self.taken = position.taken
        self._drawn_at = position.drawn_at
        if self.random is not None and position.drawn_at is not None:
            self.random.bit_generator.state = position.drawn_at

    def first(self, samples: int) -> Batch:
        """Return the first samples, as a batch."""
        return self._rows(slice(0, samples))

    def _rows(self, chosen: slice | np.ndarray) -> Batch:
        if self._on_disk:
            x = read_rows(self._owner, "x", self._x, chosen, self._dtype)
            y = read_rows(self._owner, "y", self._y, chosen, self._dtype)
        else:
            x, y = self._x[chosen], self._y[chosen]
        return x, y, None if self._weights is None else self._weights[chosen]


class Steps:
    """Goes over samples held in arrays, a number of batches an epoch.

    An epoch goes on where the last one stopped. As in Keras, one that has begun ends
    with the arrays, and may be shorter.

    Args:
        batches: The batches of all samples.
        steps: How many of them an epoch has.
    """

    steps: int

    def __init__(self, batches: Batches, steps: int) -> None:
        self._batches, self.steps = batches, steps
        self._going: Iterator[Batch] | None = None  # over all batches, once
        self._done = 0  # batches of the epoch that a resumed run had done

    def __iter__(self) -> Iterator[Batch]:
        """Return the batches of one epoch, or the rest of one."""
        done, self._done = self._done, 0
        at_end = self._batches.taken == self._batches.steps
        if self._going is None or (at_end and not done):
            self._going = iter(self._batches)
        return itertools.islice(self._going, self.steps - done)

    def begin_anew(self) -> None:
        """Let the next epoch begin with the first batch."""
        self._going = None

    def position(self, within: bool) -> Position:
        """Return where the source stands, between two epochs as within one."""
        return self._batches.position(within=True)

    def start_at(self, position: Position) -> None:
        """Go on where another run stood.

        Raises:
            ValueError: if that one was on other data.
        """
        self._batches.start_at(position)
        self._going, self._done = iter(self._batches), position.done

    def first(self, samples: int) -> Batch:
        """Return the first samples, as a batch."""
        return self._batches.first(samples)


class Stream:
    """Goes over the batches that an iterable yields, each of them checked.

    Args:
        owner: How messages begin, such as "fit()".
        source: What yields (x, y) or (x, y, sample_weight): a generator, a list, any
            iterable.
        steps: How many batches an epoch has, going on in the next where one stopped;
            None for all that the source yields.
        check: Makes a checked batch of what the source yields.
    """

    steps: int | None

    def __init__(
        self,
        owner: str,
        source: Iterable[object],
        steps: int | None,
        check: Callable[[Any], Batch],
    ) -> None:
        self._owner, self._source, self._check = owner, source, check
        self._once = isinstance(source, Iterator)  # which cannot begin anew
        self.steps = steps
        self._going: Iterator[object] | None = None  # over the source, once
        self._taken = 0  # items of it
        self._done = 0  # batches of the epoch that a resumed run had done
        self._first: Batch | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of one epoch, or the rest of one."""
        given, self._done = self._done, 0
        steps = None if self.steps is None else self.steps - given
        for item in itertools.islice(self._items(), steps):
            yield self._checked(item, self._taken)
            given += 1
        if given < (self.steps or 1):
            gave = f"{given} of {self.steps} batches" if self.steps else "no batch"
            raise ValueError(
                f"{self._owner}: x has come to its end and gave {gave} of this epoch: "
                f"yield more, or pass something that can be iterated anew, such as "
                f"a list of batches"
            )

    def first(self, samples: int) -> Batch:
        """Return the first samples of the first batch, without taking it."""
        if self._first is None:
            going = self._begin()
            peeked = list(itertools.islice(going, 1))
            if not peeked:
                raise ValueError(f"{self._owner}: x gave no batch")
            self._first = self._checked(peeked[0], 1)
            self._going = itertools.chain(peeked, going)
        x, y, weights = self._first
        return x[:samples], y[:samples], None if weights is None else weights[:samples]

    def _checked(self, item: object, number: int) -> Batch:
        """Return a batch; an error says how many of the source came before."""
        try:
            return self._check(item)
        except (TypeError, ValueError) as error:
            say_batch(error, self._owner, number)
            raise

    def position(self, within: bool) -> Position:
        """Return where the source stands, within an epoch or between two."""
        goes_on = self._once or self.steps is not None
        return Position(self._taken if within or goes_on else 0)

    def start_at(self, position: Position) -> None:
        """Go on where another run over an equal iterable stood.

        Raises:
            ValueError: if it ends before.
        """
        self._done = position.done
        going = self._begin() if self._going is None else self._going
        more = position.taken - self._taken
        self._taken += sum(1 for _ in itertools.islice(going, more))
        if self._taken < position.taken:
            raise ValueError(
                f"{self._owner}: the saved run had taken {position.taken} batches from "
                f"its iterable, and this one gave only {self._taken}: pass an equal one"
            )

    def begin_anew(self) -> None:
        """Let the next epoch begin with the first batch, if the source lets it."""
        if not self._once:
            self._going = None

    def _begin(self) -> Iterator[object]:
        """Go over the source from its beginning, if it can begin anew."""
        self._going, self._taken = iter(self._source), 0
        return self._going

    def _items(self) -> Iterator[object]:
        """Yield items from where the last epoch stopped; begin anew at the end."""
        going = self._begin() if self._going is None else self._going
        while True:
            for item in going:
                self._taken += 1
                yield item  # "yield from" would close it with this epoch
            if self.steps is None:
                self._going = None
                return
            if self._once or not self._taken:
                return
            going = self._begin()


Source: TypeAlias = Batches | Steps | Stream


def say_batch(error: Exception, owner: str, number: int) -> None:
    """Let an error that begins with the owner say which of its batches was meant."""
    said = str(error)
    if said.startswith(owner):
        error.args = (f"{owner}, batch {number}{said.removeprefix(owner)}",)


def read_rows(
    owner: str,
    name: str,
    array: Array | Rows,
    chosen: slice | np.ndarray,
    dtype: np.dtype[np.floating],
) -> Array:
    """Return some rows of an array on disk, checked; errors say which of all rows."""
    part = array[chosen]
    try:
        return arrays.real_array(owner, name, part, dtype)
    except NonFiniteError:
        numbers = np.arange(len(array))[chosen]
        for number, row in zip(numbers, part, strict=True):
            arrays.real_array(owner, f"{name}[{number}]", row, dtype)
        raise
