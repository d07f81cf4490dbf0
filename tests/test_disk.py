"""Rows of arrays on disk are what NumPy's map shows, and leave no pages behind."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from minidl import disk
from minidl.types import Array

LINUX = Path("/proc/self/maps").exists()
READS = pytest.mark.skipif(not LINUX, reason="only Linux tells the file of a map")
WIDE = disk.PAGE // 8  # numbers of a row that is a page

SHAPES = {
    "wide rows": (40, WIDE),
    "narrow rows": (4000, 3),
    "wide samples of two axes": (40, 2, WIDE),
    "numbers": (9000,),
}
CHOSEN: dict[str, slice | np.ndarray] = {
    "a slice": slice(3, 9),
    "beyond the end": slice(30, 10**9),
    "nothing": slice(5, 5),
    "here and there": np.array([7, 0, 7, 39]),
    "no numbers": np.zeros(0, np.intp),
}
VIEWS: dict[str, Callable[[Array], Array]] = {
    "whole": lambda array: array,
    "from a row on": lambda array: array[2:],
    "every second row": lambda array: array[::2],
    "rows of rows": lambda array: array[..., np.newaxis],
    "within rows": lambda array: array[:, 1:] if array.ndim > 1 else array,
}


def written(path: Path, shape: tuple[int, ...], dtype: str = ">f8") -> Path:
    numbers = np.random.default_rng(0).random(shape).astype(dtype)
    path.write_bytes(b"head" * 25 + numbers.tobytes())
    return path


def mapped(path: Path, shape: tuple[int, ...], mode: str = "r") -> Array:
    return np.memmap(path, ">f8", mode, offset=100, shape=shape)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("mode", ["r", "r+", "c"])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", SHAPES)
def test_rows_are_those_of_the_map(
    tmp_path: Path, name: str, view: str, mode: str
) -> None:
    shape = SHAPES[name]
    array = mapped(written(tmp_path / "a file", shape), shape, mode)
    if mode != "r":
        array[5:8] = -1.0
    array = VIEWS[view](array)
    rows = disk.rows(array)
    assert len(rows) == len(array)
    for chosen in CHOSEN.values():
        if not isinstance(chosen, slice):
            chosen = chosen % len(array)
        np.testing.assert_array_equal(rows[chosen], array[chosen], strict=True)


def test_what_is_in_memory_stays_itself() -> None:
    array = np.zeros((3, 2))
    assert disk.rows(array) is array
    assert disk.place(array) is None


@READS
def test_where_an_array_lies(tmp_path: Path) -> None:
    path = written(tmp_path / "a file", (40, WIDE))
    place = disk.place(mapped(path, (40, WIDE))[2:])
    assert place is not None
    assert (place.path, place.offset) == (str(path), 100 + 2 * disk.PAGE)
    assert disk.place(mapped(path, (40, WIDE), "c")) is None  # may differ from the file


@READS
@pytest.mark.parametrize("gone", ["deleted", "replaced"])
def test_another_file_is_not_read(tmp_path: Path, gone: str) -> None:
    path = written(tmp_path / "x", (40, WIDE))
    array = mapped(path, (40, WIDE))
    rows = disk.rows(array)
    path.rename(tmp_path / "y") if gone == "replaced" else path.unlink()
    if gone == "replaced":
        path.write_bytes(bytes(100 + array.nbytes))
    np.testing.assert_array_equal(rows[3:5], array[3:5])
    assert rows[3:5].any()


@READS
def test_a_file_that_became_shorter_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x", (40, WIDE))
    rows = disk.rows(mapped(path, (40, WIDE)))
    with path.open("r+b") as file:
        file.truncate(disk.PAGE)
    with pytest.raises(OSError, match=r"x is shorter than the array that was made"):
        rows[30:32]


def test_without_proc_the_map_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = mapped(written(tmp_path / "x", (40, WIDE)), (40, WIDE))
    monkeypatch.setattr("minidl.disk.Path.exists", lambda self: False)
    assert disk.place(array) is None
    np.testing.assert_array_equal(disk.rows(array)[3:5], array[3:5])


TRAIN = """
import sys
from pathlib import Path
import numpy as np
from minidl import Sequential
from minidl.layers import Dense

def of_files():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssFile"))

x = np.memmap(sys.argv[1], "float32", "r", shape=(8192, 1024))
y = np.zeros((len(x), 1))
model = Sequential([Dense(1)], dtype="float32", seed=0, input_shape=(1024,))
model.compile("sgd", "mse")
model.fit(x[:64], y[:64], verbose=0)
before = of_files()
model.fit(x, y, batch_size=64, verbose=0, validation_data=(x, y))
model.evaluate(x, y)
model.predict(x)
print(of_files() - before)
"""


@READS
def test_training_leaves_no_pages_of_the_file_resident(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with path.open("wb") as file:
        file.truncate(8192 * 1024 * 4)
    command = [sys.executable, "-c", TRAIN, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 8192  # kB, of 32,768 that were read four times
