"""Training on an array on disk that is larger than memory should need to be."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from timing import Options, Record

SECTION = "memory"
FEATURES, BATCH = 1024, 128
IN_MEMORY = 2**28  # bytes of the array that is held against it
TRAIN = """
import sys
from pathlib import Path
from time import perf_counter
import numpy as np
from minidl import Sequential
from minidl.layers import Dense

path, rows, features, batch, epochs = sys.argv[1], *map(int, sys.argv[2:6])
if path == "memory":
    x = np.random.default_rng(0).random((rows, features), np.float32)
else:
    x = np.memmap(path, np.float32, "r", shape=(rows, features))
y = np.zeros((rows, 1), np.float32)
layers = [Dense(256, "relu"), Dense(1)]
model = Sequential(layers, dtype="float32", seed=0, input_shape=(features,))
model.compile("sgd", "mse")
model.fit(x[:batch], y[:batch], batch_size=batch, verbose=0)
start = perf_counter()
model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
print(rows * epochs / (perf_counter() - start))

status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
print(*(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")))
"""
"""Prints samples a second, and the most bytes that were resident, where Linux tells."""


def run(options: Options) -> list[Record]:
    """Return samples a second from disk and from memory, and what was resident."""
    if options.threads > 1:
        return []
    size = min(options.size, 2**27) if options.quick else options.size
    rows = max(2 * BATCH, size // (4 * FEATURES))
    few = min(rows, IN_MEMORY // (4 * FEATURES))
    on_disk, in_memory, peaks = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.bin"
        print(f"  writing {size / 2**30:.2f} GiB", flush=True)
        write(path, rows)
        print("  training from disk, and from memory", flush=True)
        for _ in range(options.rounds):
            speed, *peak = trained(str(path), rows, 1)
            on_disk.append(speed)
            peaks += peak
            in_memory.append(trained("memory", few, max(1, rows // few))[0])
    case = f"{size / 2**30:.2f} GiB on disk, {FEATURES}-256-1, batch {BATCH}"
    highest = [max(peaks)] if peaks else []
    return [
        Record(SECTION, case, "from disk", 1, on_disk, "samples/s"),
        Record(SECTION, case, "from memory", 1, in_memory, "samples/s"),
        Record(SECTION, case, "peak resident memory", 1, highest, "bytes"),
    ]


def write(path: Path, rows: int) -> None:
    """Write rows of random numbers, the same block again and again, to the disk.

    Without `fsync` the system would go on writing while the clock runs.
    """
    block = np.random.default_rng(0).random((2**14, FEATURES), np.float32)
    with path.open("wb") as file:
        for start in range(0, rows, len(block)):
            file.write(block[: rows - start].data)
        file.flush()
        os.fsync(file.fileno())


def trained(path: str, rows: int, epochs: int) -> list[float]:
    """Train in a process of its own; return the numbers that it prints."""
    sizes = map(str, (rows, FEATURES, BATCH, epochs))
    command = [sys.executable, "-c", TRAIN, path, *sizes]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return [float(word) for word in done.stdout.split()]
