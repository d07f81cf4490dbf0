"""The goals that minidl set itself, and whether a run reached them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cases
import inference
import memory
import training
import whole
from timing import Record

EAGER = ["torch", "JAX, jit step", "thinc", "keras.fit (JAX)", "scikit-learn"]
"""The peers as their documentation says, one each."""


@dataclass(frozen=True)
class Goal:
    """A goal with what came; or, without a bound, what is good to know beside it.

    Attributes:
        what: What was measured.
        least: The least that the value may be; None if there is no such bound.
        most: The most that it may be; None if there is no such bound.
        value: What came, or None if the run did not measure it.
        show: Writes a value.
        without: Peers that have no time, though the value is that of the fastest.
    """

    what: str
    value: float | None
    least: float | None = None
    most: float | None = None
    show: Callable[[float], str] = "{:.2f}x".format
    without: tuple[str, ...] = ()

    @property
    def bound(self) -> str:
        if self.least is not None:
            return f"≥ {self.show(self.least)}"
        return "" if self.most is None else f"≤ {self.show(self.most)}"

    @property
    def verdict(self) -> str:
        if self.value is None:
            return "not measured"
        if self.least is None and self.most is None:
            return ""
        low = self.least is not None and self.value < self.least
        high = self.most is not None and self.value > self.most
        if low or high:
            return "**not reached**"
        if self.without:
            return f"reached without {' and '.join(self.without)}"
        return "reached"


class Results:
    """The records of a run, to look numbers up."""

    def __init__(self, records: list[Record]) -> None:
        self._found = {
            (record.section, record.case, record.who, record.threads): record
            for record in records
            if record.right and record.values
        }

    def value(
        self, section: str, case: str, who: str = "minidl", threads: int = 1
    ) -> float | None:
        record = self._found.get((section, case, who, threads))
        return None if record is None else record.median

    def ratio(
        self, section: str, case: str, who: str, mine: str = "minidl", threads: int = 1
    ) -> float | None:
        """Return how many times as long as minidl somebody takes."""
        theirs = self.value(section, case, who, threads)
        return divided(theirs, self.value(section, case, mine, threads))

    def fastest(
        self, section: str, case: str, who: list[str], threads: int = 1
    ) -> float | None:
        """Return how many times as long as minidl the fastest of some takes."""
        ratios = [self.ratio(section, case, name, threads=threads) for name in who]
        return min((ratio for ratio in ratios if ratio is not None), default=None)

    def without(
        self, section: str, case: str, who: list[str], threads: int = 1
    ) -> tuple[str, ...]:
        """Return who of some has no time."""
        times = {name: self.value(section, case, name, threads) for name in who}
        return tuple(name for name, time in times.items() if time is None)

    def case(self, section: str, start: str, otherwise: str) -> str:
        """Return the case of a section that begins so; its rest depends on options."""
        keys = [key for key in self._found if key[0] == section]
        return next((key[1] for key in keys if key[1].startswith(start)), otherwise)


def divided(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a / b


def goals(records: list[Record]) -> list[Goal]:
    """Return all goals with what a run measured."""
    results = Results(records)
    return [
        *sine_goals(results),
        *size_goals(results),
        *other_goals(results),
        *memory_goals(results),
    ]


def sine_goals(results: Results) -> Iterator[Goal]:
    section, sine = training.SECTION, cases.SINE.name
    script = "the original script"
    double = results.ratio(section, cases.SINE64.name, script)
    yield Goal("sine `fit` against the script, float64", double, 2.0)
    single = results.ratio(section, sine, script)
    yield Goal("sine `fit` against the script, float32", single, 2.5)
    taught = results.value(section, cases.SINE64.name, script)
    what = "sine `fit`, float32, against the script as it is taught, float64"
    yield Goal(what, divided(taught, results.value(section, sine)))
    for who, least in zip(EAGER, (8, 1.2, 4.5, 25), strict=False):
        what = f"sine `fit` against {who}"
        yield Goal(what, results.ratio(section, sine, who), least)


def size_goals(results: Results) -> Iterator[Goal]:
    section = training.SECTION
    sizes = [(case, 1.0) for case in (cases.SMALL, cases.WIDER, cases.MNIST)]
    for case, least in [*sizes, (cases.DEEP, 0.95)]:
        for threads in (1, 2):
            what = f"{case.name}, {threads} thread{'s' * (threads > 1)}"
            ratio = results.fastest(section, case.name, EAGER, threads)
            without = results.without(section, case.name, EAGER, threads)
            what = f"{what}, against the fastest peer"
            yield Goal(what, ratio, least, without=without)
    name = cases.LARGE.name
    share = results.ratio(section, name, "NumPy's matrix products alone")
    yield Goal(
        f"{name}: matrix products in the step", share, 0.85, show="{:.0%}".format
    )
    adam = results.value(section, cases.DEEP_ADAM.name)
    sgd = results.value(section, cases.DEEP.name)
    yield Goal(f"{cases.DEEP.name}: Adam against SGD", divided(adam, sgd), most=1.25)


def other_goals(results: Results) -> Iterator[Goal]:
    section = whole.SECTION
    peers = ["torch", "jax", "keras", "sklearn", "thinc"]
    for case in whole.CASES.values():
        ratio = results.fastest(section, case, peers)
        without = results.without(section, case, peers)
        what = f"whole program, {case}, against the fastest peer"
        yield Goal(what, ratio, 3.0, without=without)
    case = results.case(inference.SECTION, "1 sample", "1 sample")
    for who, least in (("keras predict (JAX)", 10), ("torch model(x), no_grad", 2)):
        ratio = results.ratio(inference.SECTION, case, who, "minidl model(x)")
        yield Goal(f"one sample, `model(x)` against {who}", ratio, least)
    case = results.case(inference.SECTION, "growth", "growth over calls of model(x)")
    blocks = results.value(inference.SECTION, case)
    yield Goal(case.replace("model(x)", "`model(x)`"), blocks, most=100, show=in_blocks)
    seconds = results.value(section, "import minidl, after numpy")
    yield Goal("`import minidl` above NumPy", seconds, most=0.05, show=in_ms)
    loud, quiet = (
        results.value(section, f"4,000 epochs of the sine, verbose={level}")
        for level in (1, 0)
    )
    yield Goal("verbose=1 against verbose=0", divided(loud, quiet), most=1.1)


def memory_goals(results: Results) -> Iterator[Goal]:
    section = memory.SECTION
    case = results.case(section, "", "an array on disk")
    peak = results.value(section, case, "peak resident memory")
    yield Goal(f"peak memory, {case}", peak, most=300e6, show=in_mb)
    disk = results.value(section, case, "from disk")
    ratio = divided(disk, results.value(section, case, "from memory"))
    yield Goal(f"samples a second against memory, {case}", ratio, 0.8)


def in_blocks(value: float) -> str:
    return f"{value:.0f} blocks"


def in_ms(value: float) -> str:
    return f"{value * 1e3:.0f} ms"


def in_mb(value: float) -> str:
    return f"{value / 1e6:,.0f} MB"
