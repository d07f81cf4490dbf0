"""Training on an array on disk that is larger than memory should need to be."""

import subprocess
import sys
import tempfile
from pathlib import Path

from timing import Options, Record

SECTION = "memory"
FEATURES, BATCH = 1024, 128
IN_MEMORY = 2**28  # bytes of the array that is held against it
TRAIN = """
import sys
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
"""


def run(options: Options) -> list[Record]:
    """Return samples a second from disk and from memory, and what was resident."""
    if options.threads > 1:
        return []
    size = min(options.size, 2**27) if options.quick else options.size
    rows = max(2 * BATCH, size // (4 * FEATURES))
    few = min(rows, IN_MEMORY // (4 * FEATURES))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.bin"
        print(f"  writing {size / 2**30:.2f} GiB", flush=True)
        write(path, rows)
        print("  training from disk, and from memory", flush=True)
        on_disk, peak = watched(str(path), rows, 1)
    in_memory, _ = watched("memory", few, max(1, rows // few))
    case = f"{size / 2**30:.2f} GiB on disk, {FEATURES}-256-1, batch {BATCH}"

    def record(who: str, value: float, unit: str) -> Record:
        return Record(SECTION, case, who, 1, [value], unit=unit)

    return [
        record("from disk", on_disk, "samples/s"),
        record("from memory", in_memory, "samples/s"),
        record("peak resident memory", peak["VmRSS"], "bytes"),
        record("peak without the pages of the file", peak["RssAnon"], "bytes"),
    ]


def write(path: Path, rows: int) -> None:
    """Write rows of random numbers, the same block again and again."""
    import numpy as np

    block = np.random.default_rng(0).random((2**14, FEATURES), np.float32)
    with path.open("wb") as file:
        for start in range(0, rows, len(block)):
            file.write(block[: rows - start].data)


def watched(path: str, rows: int, epochs: int) -> tuple[float, dict[str, float]]:
    """Train in a process of its own; return samples a second and its peaks in bytes.

    The pages of a file that a process has read count as resident while the system has
    no other use for them, so those that are its own are looked at separately.
    """
    numbers = map(str, (rows, FEATURES, BATCH, epochs))
    command = [sys.executable, "-c", TRAIN, path, *numbers]
    peaks = {"VmRSS": 0.0, "RssAnon": 0.0}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while True:
            try:
                process.wait(0.01)
                break
            except subprocess.TimeoutExpired:
                for key, value in resident(process.pid).items():
                    peaks[key] = max(peaks[key], value)
        output = process.communicate()[0]
    return float(output), peaks


def resident(process: int) -> dict[str, float]:
    """Return the resident bytes of a process, where the system tells (Linux)."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return {}
    lines = (line.split() for line in status.read_text().splitlines())
    return {
        words[0][:-1]: float(words[1]) * 1024
        for words in lines
        if words and words[0] in ("VmRSS:", "RssAnon:")
    }
