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
from timing import Options, Record, failure, in_turn

SECTION = "training"
TOLERANCE = 5e-3
"""How far weights may be off after some ten steps, relative to how far they have moved.

All that are right come within 1e-5, but where rounding takes the input of a ReLU to the
other side of 0, a gradient changes by all that one sample gave to one unit, and the
weights by a thousandth.
"""

LOSS_TOLERANCE = 0.1
"""How far the loss may be off after the timed run, relative to what it should be.

Over the 4,000 steps of the sine rounding grows to 4 % of the loss; without a tenth of
the steps it is 20 % larger.
"""


def run(options: Options) -> list[Record]:
    """Return the seconds a step of everybody in every case."""
    records: list[Record] = []
    for case in cases.TRAINING:
        print(f"  {case.name}", flush=True)
        records += run_case(case.quick() if options.quick else case, options)
    return records


def run_case(case: Case, options: Options) -> list[Record]:
    """Return the times of those who are right before they are timed, and after it."""
    task = cases.task(case)
    expected = reference(task, case.checked_epochs)
    entered: dict[str, Contestant] = {}
    faults: dict[str, str] = {}
    for kind in [*contestants(options.libraries), *LIMITS]:
        if kind.can(case):
            faults[kind.name] = enter(kind, task, expected, entered)
    seconds = in_turn(
        {name: partial(each.train, case.epochs) for name, each in entered.items()},
        options.rounds,
        lambda name: warm_up(entered[name]),
        options.pause,
    )
    last = loss(task, reference(task, case.epochs))
    for name, contestant in entered.items():
        faults[name] = fault_in_loss(contestant, last)
    records = []
    for name, fault in faults.items():
        record = Record(SECTION, case.name, name, options.threads, unit="s/step")
        if fault:
            print(f"    {name}: {fault}", flush=True)
            record.right, record.note = False, fault
        else:
            record.values = [value / case.steps for value in seconds[name]]
        records.append(record)
    return records


def warm_up(contestant: Contestant) -> None:
    """Fill the caches and wake the threads that it uses, and begin anew."""
    contestant.train(contestant.task.case.tenth)
    contestant.reset()


def wide(task: Task) -> Task:
    """Return the same in double precision."""
    return Task(
        replace(task.case, dtype="float64"),
        task.x.astype(np.float64),
        task.y,
        [array.astype(np.float64) for array in task.start],
    )


def reference(task: Task, epochs: int) -> list[Numbers]:
    """Return the weights that minidl comes to in double precision."""
    model = Fit(wide(task))
    model.reset()
    model.train(epochs)
    return model.weights()


def loss(task: Task, weights: list[Numbers]) -> float:
    """Return the loss that weights give, by minidl in double precision."""
    double = wide(task)
    model = Fit(double).model
    model.set_weights(weights)
    return float(model.evaluate(double.x, double.y, verbose=0))


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
        fault = fault_in_weights(contestant, expected)
        contestant.train(task.case.epochs)  # compiles what is not compiled yet
    except Exception as error:  # a peer that fails must not end the run
        return failure(error)
    if not fault:
        entered[kind.name] = contestant
    return fault


def fault_in_weights(contestant: Contestant, expected: list[Numbers]) -> str:
    """Return what is wrong with a contestant's weights, if anything is."""
    if not contestant.learns:
        return ""
    weights, start = contestant.weights(), contestant.task.start
    kinds, right = ([(a.shape, a.dtype) for a in arrays] for arrays in (weights, start))
    if kinds != right:
        return "wrong: weights are of another shape or dtype"
    off = distance(weights, expected, start)
    if not off <= TOLERANCE:
        return f"wrong: weights are off by {off:.2g} of how far they moved"
    return ""


def fault_in_loss(contestant: Contestant, expected: float) -> str:
    """Return what is wrong with a contestant's loss after its time was taken."""
    if not contestant.learns:
        return ""
    off = loss(contestant.task, contestant.weights()) / expected - 1
    if not abs(off) <= LOSS_TOLERANCE:
        return f"wrong: the loss after the timed run is off by {off:.0%}"
    return ""


def distance(
    weights: list[Numbers], expected: list[Numbers], start: list[Numbers]
) -> float:
    """Return how far weights are off, relative to how far they were to move."""
    off = moved = 0.0
    for own, right, first in zip(weights, expected, start, strict=True):
        off += float(np.square(own.astype(np.float64) - right).sum())
        moved += float(np.square(first.astype(np.float64) - right).sum())
    return float(np.sqrt(off / moved))
