"""How time and memory of minidl grow with samples, width, depth and batch."""

import tracemalloc
from statistics import median
from time import perf_counter

import numpy as np
from timing import Options, Record

from minidl import Sequential
from minidl.layers import Dense

SECTION = "curves"
BASE = {"samples": 2048, "width": 128, "depth": 2, "batch": 128}
GRIDS = {
    "samples": [1024, 2048, 4096, 8192, 16384],
    "width": [64, 128, 256, 512, 1024],
    "depth": [1, 2, 4, 8, 16],
    "batch": [16, 64, 128, 256, 512, 1024],
}


def run(options: Options) -> list[Record]:
    """Return the seconds an epoch, or a step, and the peak of memory of each net."""
    if options.threads > 1:
        return []
    records = []
    for what, grid in GRIDS.items():
        print(f"  {what}", flush=True)
        for value in grid[:3] if options.quick else grid:
            records += point(what, value, options.rounds)
    return records


def point(what: str, value: int, rounds: int) -> list[Record]:
    """Return the time and the memory of one net.

    Time is that of an epoch against samples, of a step against all else.
    """
    sizes = {**BASE, "depth": 1 if what == "width" else BASE["depth"], what: value}
    samples = sizes["samples"]
    if what == "batch":
        samples = max(samples, 4 * value)
    random = np.random.default_rng(0)
    x = random.random((samples, 64)).astype(np.float32)
    y = random.random((samples, 1)).astype(np.float32)
    hidden = [Dense(sizes["width"], "relu") for _ in range(sizes["depth"])]
    model = Sequential([*hidden, Dense(1)], dtype="float32", seed=0, input_shape=(64,))
    model.compile("sgd", "mse")
    batch = sizes["batch"]
    steps = 1 if what == "samples" else -(-samples // batch)
    model.fit(x, y, batch_size=batch, verbose=0)
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        model.fit(x, y, batch_size=batch, verbose=0)
        seconds.append((perf_counter() - start) / steps)
    tracemalloc.start()
    model.fit(x, y, batch_size=batch, verbose=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    unit = "s/epoch" if what == "samples" else "s/step"
    return [
        Record(SECTION, what, str(value), 1, [median(seconds)], unit=unit),
        Record(SECTION, what, str(value), 1, [float(peak)], unit="bytes"),
    ]
