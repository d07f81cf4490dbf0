"""Times of computing outputs, and whether many calls leave memory behind."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import cases
import numpy as np
from cases import Task
from contestants import contestants
from contestants.contestant import Contestant
from timing import Options, Record, failure, in_turn

SECTION = "inference"
GROWTH = """
import sys
from mmap import PAGESIZE
from pathlib import Path
import numpy as np
from minidl import Sequential
from minidl.layers import Dense

model = Sequential(
    [Dense(64, "relu"), Dense(10)], dtype="float32", seed=0, input_shape=(64,)
)
x = np.ones((1, 64), np.float32)
statm = Path("/proc/self/statm")

def resident():
    return [int(statm.read_text().split()[1])] if statm.exists() else []

for _ in range(1000):
    model(x)
pages, blocks = resident(), sys.getallocatedblocks()
for _ in range(int(sys.argv[1])):
    model(x)
print(sys.getallocatedblocks() - blocks)
print(*((after - before) * PAGESIZE for before, after in zip(pages, resident())))
"""
"""Prints the growth in blocks of Python's memory, and in bytes where Linux tells."""


def run(options: Options) -> list[Record]:
    """Return the seconds a call for one sample and for many."""
    records: list[Record] = []
    for samples in (1, 10_000):
        records += run_samples(samples, options)
    if options.threads == 1:
        records += growth(10_000 if options.quick else 1_000_000)
    return records


def run_samples(samples: int, options: Options) -> list[Record]:
    """Return the times of those whose outputs are right."""
    task = cases.task(cases.SMALL)
    x = np.random.default_rng(1).random((samples, 64)).astype(np.float32)
    name = f"{samples:,} sample{'s' * (samples > 1)} through {task.case.name}"
    print(f"  {name}", flush=True)
    calls: dict[str, Callable[[], Any]] = {}
    for kind in contestants(options.libraries):
        calls |= entered(kind, task, x)
    expected = outputs(task, x)
    faults = {who: fault(call, expected, who) for who, call in calls.items()}
    right = {
        who: repeated(call, samples, options.quick)
        for who, call in calls.items()
        if not faults[who]
    }
    once = {who: repeats for who, (repeats, _) in right.items()}
    seconds = in_turn(once, options.rounds, lambda who: once[who](), options.pause)
    records = []
    for who, note in faults.items():
        record = Record(SECTION, name, who, options.threads, unit="s/call")
        if note:
            print(f"    {who}: {note}", flush=True)
            record.right, record.note = False, note
        else:
            record.values = [value / right[who][1] for value in seconds[who]]
        records.append(record)
    return records


def entered(
    kind: type[Contestant], task: Task, x: np.ndarray[Any, Any]
) -> dict[str, Callable[[], Any]]:
    contestant = kind(task)
    contestant.reset()
    return contestant.inference(x)


def fault(call: Callable[[], Any], expected: np.ndarray[Any, Any], who: str) -> str:
    """Return what is wrong with the outputs of a call, if anything is."""
    try:
        came = np.asarray(call())
    except Exception as error:  # a peer that fails must not end the run
        return failure(error)
    return "" if agrees(came, expected, who) else "wrong: the outputs are others"


def outputs(task: Task, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the outputs by hand, in double precision."""
    kernel, bias, kernel_2, bias_2 = (w.astype(np.float64) for w in task.start)
    result: np.ndarray[Any, Any] = np.maximum(x @ kernel + bias, 0) @ kernel_2 + bias_2
    return result


def agrees(
    came: np.ndarray[Any, Any], expected: np.ndarray[Any, Any], who: str
) -> bool:
    """Return whether outputs are right, or for some libraries their softmax."""
    if who.startswith(("scikit-learn", "thinc")):
        expected = np.exp(expected - expected.max(axis=1, keepdims=True))
        expected /= expected.sum(axis=1, keepdims=True)
    return came.shape == expected.shape and np.allclose(came, expected, 1e-3, 1e-4)


def repeated(
    call: Callable[[], Any], samples: int, quick: bool
) -> tuple[Callable[[], None], int]:
    """Return what makes a number of calls, and how many they are.

    A call costs the same however many there are, so those that take long get few.
    """
    times = 1 if samples > 1 else 100
    for _ in range(3):
        call()
    slow = in_turn({"": call}, 3)[""]
    count = (times if min(slow) > 0.005 else 10 * times) // (10 if quick else 1)

    def calls() -> None:
        for _ in range(count or 1):
            call()

    return calls, count or 1


def growth(calls: int) -> list[Record]:
    """Return what many calls of `model(x)` leave behind, in blocks and in bytes."""
    print(f"  growth over {calls:,} calls", flush=True)
    command = [sys.executable, "-c", GROWTH, str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    blocks, *size = map(float, done.stdout.split())
    case = f"growth over {calls:,} calls of model(x)"
    return [
        Record(SECTION, case, "minidl", 1, [blocks], unit="blocks of Python memory"),
        Record(SECTION, case, "minidl, resident", 1, size, unit="bytes"),
    ]
