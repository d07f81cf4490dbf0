"""Times of training steps, of everybody whose weights come out right."""

from dataclasses import replace
from functools import partial

import cases
import numpy as np
from cases import Case, Numbers, Task
from contestants import contestants
from contestants.contestant import Contestant
from contestants.with_minidl import Fit
from limits import LIMITS
from timing import Options, Record, in_turn

SECTION = "training"
TOLERANCE = {"sgd": 1e-2, "momentum": 1e-2, "adam": 2e-2}
"""How far weights may be off, relative to how far they have moved.

Rounding alone can do a thousandth: where it takes the input of a ReLU to the other
side of 0, a gradient changes by all that one sample gave to one unit. Adam divides a
gradient by its own size, which blows up the rounding of small ones.
"""


def run(options: Options) -> list[Record]:
    """Return the seconds a step of everybody in every case."""
    records: list[Record] = []
    for case in cases.TRAINING:
        print(f"  {case.name}", flush=True)
        records += run_case(case.quick() if options.quick else case, options)
    return records


def run_case(case: Case, options: Options) -> list[Record]:
    task = cases.task(case)
    expected = reference(task)
    entered: dict[str, Contestant] = {}
    failed: list[Record] = []
    for kind in [*contestants(options.libraries), *LIMITS]:
        if not kind.can(case):
            continue
        fault = enter(kind, task, expected, entered)
        if fault:
            print(f"    {kind.name}: {fault}", flush=True)
            failed.append(
                Record(SECTION, case.name, kind.name, options.threads, note=fault)
            )
            failed[-1].right = False
    for contestant in entered.values():
        contestant.train(case.epochs)  # compiles what is not compiled yet
    seconds = in_turn(
        {name: partial(each.train, case.epochs) for name, each in entered.items()},
        options.rounds,
        lambda name: warm_up(entered[name]),
        options.pause,
    )
    return [
        Record(
            SECTION,
            case.name,
            name,
            options.threads,
            [value / case.steps for value in values],
            unit="s/step",
        )
        for name, values in seconds.items()
    ] + failed


def warm_up(contestant: Contestant) -> None:
    """Begin anew, and fill the caches and wake the threads that it uses."""
    contestant.reset()
    contestant.train(contestant.task.case.warm_epochs)


def reference(task: Task) -> list[Numbers]:
    """Return the weights after a few steps of minidl in double precision."""
    wide = Task(
        replace(task.case, dtype="float64"),
        task.x.astype(np.float64),
        task.y,
        [array.astype(np.float64) for array in task.start],
    )
    model = Fit(wide)
    model.reset()
    model.train(task.case.checked_epochs)
    return model.weights()


def enter(
    kind: type[Contestant],
    task: Task,
    expected: list[Numbers],
    entered: dict[str, Contestant],
) -> str:
    """Let a contestant in if its weights come out right; return what is wrong."""
    try:
        contestant = kind(task)
        contestant.reset()
        contestant.train(task.case.checked_epochs)
        weights = contestant.weights() if kind.learns else expected
        off = distance(weights, expected, task.start)
    except Exception as error:  # a peer that fails must not end the run
        return f"failed: {type(error).__name__}: {str(error).splitlines()[0]:.200}"
    if not off <= TOLERANCE[task.case.optimizer]:
        return f"wrong: weights are off by {off:.2g} of how far they moved"
    entered[kind.name] = contestant
    return ""


def distance(
    weights: list[Numbers], expected: list[Numbers], start: list[Numbers]
) -> float:
    """Return how far weights are off, relative to how far they were to move."""
    off = moved = 0.0
    for own, right, first in zip(weights, expected, start, strict=False):
        off += float(np.square(own.astype(np.float64) - right).sum())
        moved += float(np.square(first.astype(np.float64) - right).sum())
    return float(np.sqrt(off / moved))
