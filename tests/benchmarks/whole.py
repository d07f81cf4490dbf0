"""Times of whole programs, from the start of the process to its end, and of imports."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from contestants import installed
from timing import Options, Record, in_turn

SECTION = "programs"
FOLDER = Path(__file__).parent / "programs"
CASES = {"sine": "the sine experiment", "digits": "digits to 97 %"}
EXPECTED = {"sine": {"loss": 0.0342}, "digits": {"accuracy": 0.9722, "epochs": 14.0}}
"""What the programs come to in double precision."""

TOLERANCES = {"loss": 0.1, "accuracy": 0.005, "epochs": 0.0}
"""How far a result may be off, relative to what is expected.

Over the 4,000 steps of the sine rounding grows to 4 % of the loss.
"""

IMPORT = """
from time import perf_counter
import numpy
start = perf_counter()
import minidl
print(perf_counter() - start)
"""
VERBOSE = """
import sys
from time import perf_counter
import numpy as np
from minidl import Sequential
from minidl.layers import Dense
from minidl.optimizers import SGD

x = np.arange(0.0, 1.0, 0.01)
y = 20 * np.sin(2 * np.pi * x)
model = Sequential([Dense(25, "sigmoid"), Dense(1)], seed=0)
model.compile(SGD(0.15), "mse")
model.fit(x, y, batch_size=100, epochs=100, verbose=0)
start = perf_counter()
model.fit(x, y, batch_size=100, epochs=4000, verbose=int(sys.argv[1]))
print(perf_counter() - start, file=sys.stderr)
"""


def run(options: Options) -> list[Record]:
    """Return the seconds of every program, of the import, and of `verbose`."""
    if options.threads > 1:
        return []
    rounds, records = options.rounds, []
    for name, case in CASES.items():
        print(f"  {case}", flush=True)
        records += run_program(name, case, options.libraries, rounds)
    return [*records, *imports(rounds), *verbose(rounds)]


def run_program(
    name: str, case: str, libraries: list[str], rounds: int
) -> list[Record]:
    """Run a program in every library in turn, once to see that it is right."""
    found = [library for library in libraries if installed(library)]
    if name == "sine":
        found.append("script")
    results = {library: output(library, name) for library in found}
    right = [who for who, came in results.items() if agrees(came, EXPECTED[name])]
    seconds = in_turn({who: partial(output, who, name) for who in right}, rounds)
    records = []
    for who, came in results.items():
        record = Record(SECTION, case, who, 1, seconds.get(who, []), note=came)
        if who not in right:
            record.right, record.note = False, f"wrong: {came}"
        records.append(record)
    return records


def output(library: str, name: str) -> str:
    """Run a program and return the last line that it prints."""
    command = [sys.executable, str(FOLDER / f"with_{library}.py"), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout if done.returncode == 0 else done.stderr).splitlines()
    return lines[-1] if lines else "no output"


def agrees(came: str, expected: dict[str, float]) -> bool:
    """Return whether the line that a program prints is near what is expected."""
    found = numbers(came)
    return found.keys() == expected.keys() and all(
        abs(found[what] / right - 1) <= TOLERANCES[what]
        for what, right in expected.items()
    )


def numbers(line: str) -> dict[str, float]:
    """Return {"loss": 0.03} for "loss 0.03", and nothing for an error's message."""
    words = line.split()
    try:
        pairs = zip(words[::2], words[1::2], strict=True)
        return {name: float(value) for name, value in pairs}
    except ValueError:
        return {}


def printed(code: str, *arguments: str) -> dict[str, Any]:
    """Run code in a process of its own; return what it printed, by stream."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"out": done.stdout, "err": done.stderr}


def imports(rounds: int) -> list[Record]:
    """Return the seconds that `import minidl` takes after NumPy's."""
    printed(IMPORT)  # writes the bytecode
    values = [float(printed(IMPORT)["out"]) for _ in range(rounds)]
    return [Record(SECTION, "import minidl, after numpy", "minidl", 1, values)]


def verbose(rounds: int) -> list[Record]:
    """Return the seconds of 4,000 epochs in silence and with lines printed."""
    values: dict[str, list[float]] = {"0": [], "1": []}
    for _ in range(rounds):
        for level, seconds in values.items():
            seconds.append(float(printed(VERBOSE, level)["err"]))
    return [
        Record(
            SECTION, f"4,000 epochs of the sine, verbose={level}", "minidl", 1, found
        )
        for level, found in values.items()
    ]
