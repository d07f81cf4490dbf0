"""Takes times in turn, and keeps them with what they are of."""

import gc
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from random import Random
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Any


@dataclass
class Record:
    """What was measured of one contestant in one case.

    Attributes:
        section: "training", "inference", ...
        case: What was done.
        who: Who did it.
        threads: How many threads it may use.
        values: One number a round: seconds a step, or what `unit` says.
        unit: The unit of the values.
        note: What to know of it; for one that is wrong, what was wrong.
        right: Whether its result was that of minidl; without that no time is given.
    """

    section: str
    case: str
    who: str
    threads: int
    values: list[float] = field(default_factory=list)
    unit: str = "s"
    note: str = ""
    right: bool = True

    @property
    def median(self) -> float:
        return median(self.values) if self.values else math.nan

    @property
    def spread(self) -> float:
        """Half the distance of the quartiles, relative to the median."""
        if len(self.values) < 2:
            return 0.0
        low, _, high = quantiles(self.values, n=4, method="inclusive")
        return (high - low) / 2 / self.median

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Options:
    """How much to measure.

    Attributes:
        threads: How many threads everybody may use.
        rounds: How often everything is measured.
        quick: Whether to do about a tenth of the work.
        size: Bytes of the array on disk.
        libraries: Whom to measure.
        sections: What to measure.
    """

    threads: int
    rounds: int
    quick: bool
    size: int
    libraries: list[str]
    sections: list[str]

    @property
    def pause(self) -> float:
        """How long to wait between two runs.

        The second thread of a library goes on looking for work for a while after its
        last, which would be the next one's loss.
        """
        return 0.1 if self.threads > 1 else 0.0


def failure(error: Exception) -> str:
    """Return the note on a contestant that has failed."""
    text = " ".join(str(error).split())
    return f"failed: {type(error).__name__}: {text:.200}"


def in_turn(
    runs: Mapping[str, Callable[[], object]],
    rounds: int,
    before: Callable[[str], object] = str,
    pause: float = 0.0,
) -> dict[str, list[float]]:
    """Return the seconds of each run in each round.

    Each round has an order of its own, so that nobody always follows the same
    neighbour and finds what that one left: its caches, its threads.

    Args:
        runs: What to time.
        rounds: How often.
        before: Called with the name right before each run, outside of the time.
        pause: Seconds to wait before that.
    """
    names, random = list(runs), Random(0)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name in random.sample(names, len(names)):
                sleep(pause)
                before(name)
                start = perf_counter()
                runs[name]()
                seconds[name].append(perf_counter() - start)
            gc.collect()
    finally:
        gc.enable()
    return seconds
