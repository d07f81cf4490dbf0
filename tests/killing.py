"""Saves that are killed, or that race each other; run as a program of one thread.

    python tests/killing.py kill FOLDER 150
    python tests/killing.py race FOLDER 200

Prints what was seen as JSON; an assertion fails if a file was not whole.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from minidl import Sequential
from minidl.layers import Dense
from minidl.saving import load_model


def new_model() -> Sequential:
    """Return a model whose file has some 300 kB."""
    model = Sequential([Dense(190), Dense(5)])
    model.build((200,))
    return model


def save(model: Sequential, generation: int, path: Path) -> None:
    """Save a model, every weight of which is the number of its generation."""
    for weight in model.weights:
        weight.value = np.full(weight.shape, generation)
    model.save(path)


def generation_of(path: Path) -> int:
    """Return the generation of a file; fail if it is mixed or cannot be read."""
    weights = load_model(path).get_weights()
    found = {float(number) for array in weights for number in np.unique(array)}
    assert len(found) == 1, found
    return int(found.pop())


def start(path: Path, generations: range) -> int:
    """Start a process that saves one generation after the other."""
    process = os.fork()
    if process == 0:
        model = new_model()
        for generation in generations:
            save(model, generation, path)
        os._exit(0)
    return process


def temporaries(path: Path) -> int:
    """Return how many temporary files lie beside a file."""
    return sum(name.endswith(".tmp") for name in os.listdir(path.parent))


def seconds_to_save(path: Path) -> float:
    """Return how long a process takes until its first file, as things are now."""
    begin = time.perf_counter()
    for _ in range(5):
        os.waitpid(start(path, range(1)), 0)
    return (time.perf_counter() - begin) / 5


def kill(path: Path, times: int) -> dict[str, int]:
    """Kill a process that saves, again and again; say how often it left something."""
    draw, model = random.Random(0), new_model()
    save(model, 0, path)
    usual = seconds_to_save(path)
    seen = {"kills": 0, "left": 0, "left after the next save": 0, "new": 0}
    for number in range(times):
        first = 1000 * number
        process = start(path, range(first + 1, first + 1000))
        time.sleep(draw.uniform(0.2, 3) * usual)
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        assert os.WIFSIGNALED(status)
        seen["kills"] += 1
        seen["left"] += temporaries(path)
        found = generation_of(path)
        assert first <= found < first + 1000, found
        seen["new"] += found > first
        save(model, 1000 * (number + 1), path)
        assert generation_of(path) == 1000 * (number + 1)
        seen["left after the next save"] += temporaries(path)
    return seen


def race(path: Path, times: int) -> dict[str, int]:
    """Let two processes save into one file, and read it all the while."""
    save(new_model(), 0, path)
    running = {start(path, range(1, times)), start(path, range(times, 2 * times))}
    reads = 0
    while running:
        generation_of(path)
        reads += 1
        for process in list(running):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                assert status == 0
                running.remove(process)
    return {"reads": reads, "left": temporaries(path), "last": generation_of(path)}


if __name__ == "__main__":
    kind, folder, count = sys.argv[1:]
    task = {"kill": kill, "race": race}[kind]
    sys.stdout.write(json.dumps(task(Path(folder) / "it.safetensors", int(count))))
