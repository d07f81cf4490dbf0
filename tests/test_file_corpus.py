"""Bad files: each is refused with a sentence, at once, and nothing else happens."""

import json
import os
import re
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import FIRST, Bad, cases
from raw_files import (
    file_of,
    good_model,
    good_weights,
    parts_of,
    sealed,
    small_model,
    with_array,
)

from minidl import Sequential
from minidl.errors import FileFormatError
from minidl.files import container
from minidl.layers import Dense, Layer
from minidl.saving import load_model, register

SECONDS = 2.0 if "coverage" in sys.modules else 0.5  # which watches every line
NAME = "stranger.safetensors"
CASES = list(cases())
WATCHED = (
    *("import", "exec", "compile", "open", "marshal.", "pickle.", "subprocess.", "os."),
    *("socket.", "shutil.", "ctypes.", "urllib.", "tempfile.", "glob.", "code."),
)

_seen: list[tuple[str, Any]] | None = None


def _watch(event: str, details: tuple[Any, ...]) -> None:
    if _seen is not None and event.startswith(WATCHED):
        _seen.append((event, details[0] if details else None))


sys.addaudithook(_watch)


@contextmanager
def watched(path: Path) -> Iterator[None]:
    """Fail if anything is imported, executed or opened but this path."""
    global _seen
    _seen = []
    try:
        yield
    finally:
        seen, _seen = _seen, None
    opened = {str(path)}
    others = [
        (event, detail)
        for event, detail in seen
        if event != "open" or not (isinstance(detail, int) or str(detail) in opened)
    ]
    assert others == []


def loader(kind: str, path: Path) -> Callable[[], object]:
    """Return who reads a file of that kind."""
    if kind == "model":
        return lambda: load_model(path)
    model = small_model()
    if kind == "weights":
        return lambda: model.load_weights(path)
    x = np.ones((8, 4))
    return lambda: model.fit(x, x.sum(axis=1), epochs=3, verbose=0, resume=path)


def refused(load: Callable[[], object]) -> str:
    with pytest.raises(FileFormatError) as caught:
        load()
    return str(caught.value)


def memory(run: Callable[[], object]) -> int:
    """Return the most bytes that are taken at a time."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def seconds(load: Callable[[], object]) -> float:
    """Return how long this process computes until a file is refused."""
    begin = time.process_time()
    refused(load)
    return time.process_time() - begin


def slowness() -> float:
    """Return how long takes here what takes a usual processor a second."""
    begin = time.process_time()
    sum(i * i for i in range(500_000))
    return (time.process_time() - begin) / 0.025


def at_once(load: Callable[[], object]) -> bool:
    """Return whether a file is refused in half a second of a usual processor."""
    took = seconds(load)
    return took <= SECONDS or took <= SECONDS * slowness()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_bad_file_is_refused_and_nothing_happens(case: Bad, tmp_path: Path) -> None:
    path = tmp_path / NAME
    content = case.make()
    path.write_bytes(content)
    os.truncate(path, len(content) + case.long)
    load = loader(case.load, path)
    message = refused(load)
    assert message.startswith(repr(str(path)) + " cannot be loaded: ")
    assert re.search(case.message, message), message
    assert len(message) < 1500
    assert message.isprintable()
    assert any(at_once(load) for _ in range(3))
    assert memory(lambda: refused(load)) <= 2 * len(content) + 16 * 2**20
    with watched(path):
        refused(load)


def test_every_number_has_a_case() -> None:
    numbers = {int(case.name[:2]) for case in CASES}
    elsewhere = {42, 45, 47, 50, 51, 56, 76}  # tests of their own, below
    assert numbers | elsewhere == set(range(1, 77))


@pytest.mark.parametrize("where", ["model", "weights"])
def test_42_weights_that_are_not_finite_load_with_a_warning(
    where: str, tmp_path: Path
) -> None:
    path = tmp_path / NAME
    good = good_model() if where == "model" else good_weights()
    bad = np.ones((4, 3), "f4")
    bad[1, 2], bad[3, 0] = np.nan, np.inf
    path.write_bytes(with_array(good, FIRST, "F32", bad))
    said = rf"{NAME}.*{FIRST} has 2 numbers that are not finite"
    with pytest.warns(UserWarning, match=said) as caught:
        model = loader(where, path)()
    assert caught[0].filename == __file__
    if isinstance(model, Sequential):
        np.testing.assert_array_equal(model.get_weights()[0], bad)


def test_45_spaces_behind_the_header_are_nothing(tmp_path: Path) -> None:
    path = tmp_path / NAME
    header = b'{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}   '
    path.write_bytes(file_of(header, b"\x07"))
    assert container.read(path)[0]["a"].tolist() == [7]


def test_47_an_array_may_have_no_axis(tmp_path: Path) -> None:
    path = tmp_path / NAME
    header = {"a": {"dtype": "I8", "shape": [], "data_offsets": [0, 1]}}
    path.write_bytes(file_of(header, b"\x07"))
    assert container.read(path)[0]["a"].shape == ()


@pytest.mark.parametrize("name", ["folder", "pipe", "/dev/zero", "/dev/null"])
def test_50_what_is_no_file_is_refused_at_once(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if not path.exists() and not hasattr(os, "mkfifo"):
        pytest.skip("a system without pipes")
    if name == "folder":
        path.mkdir()
    elif name == "pipe":
        os.mkfifo(path)
    assert "no regular file" in refused(lambda: load_model(path))
    assert "no regular file" in refused(lambda: small_model().load_weights(path))


def test_50_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=NAME):
        load_model(tmp_path / NAME)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_50_a_file_without_permission_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = tmp_path / NAME
    path.write_bytes(good_model())
    path.chmod(0)
    with pytest.raises(PermissionError, match=NAME):
        load_model(path)


def test_51_a_file_that_is_replaced_is_read_as_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / NAME, tmp_path / "other"
    container.write(path, {"a": np.arange(9)}, {})
    container.write(other, {"a": np.zeros(9, int)}, {})
    with container.OpenFile(path) as file:
        os.replace(other, path)
        assert file.arrays()["a"].tolist() == list(range(9))


def test_51_a_file_that_is_changed_in_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / NAME
    container.write(path, {"a": np.arange(9)}, {})
    size = path.stat().st_size
    with container.OpenFile(path) as file:
        with path.open("r+b") as writer:
            writer.seek(size - 8)
            writer.write(b"\x07")
        with pytest.raises(FileFormatError, match="damaged"):
            file.arrays()
    with container.OpenFile(path) as file:
        os.truncate(path, size - 1)
        with pytest.raises(FileFormatError, match="became shorter"):
            file.arrays()


def test_56_a_class_of_minidl_cannot_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(good_model())
    fake = type("Dense", (Layer,), {})
    for given in ([fake], {"Dense": Dense}, {"Dense": fake}, {"Sequential": fake}):
        with pytest.raises(ValueError, match="is a class of minidl, which yours"):
            load_model(path, custom_objects=given)
    with pytest.raises(ValueError, match="is a class of minidl, which yours"):
        register(fake)


@pytest.mark.parametrize("kind", ["model", "weights"])
def test_76_a_good_file_opens_nothing_but_itself(kind: str, tmp_path: Path) -> None:
    path = tmp_path / NAME
    path.write_bytes(good_model() if kind == "model" else good_weights())
    load = loader(kind, path)
    with watched(path), warnings.catch_warnings():
        warnings.simplefilter("error")
        load()


@pytest.mark.parametrize("code", ["U8", "F16", "F32", "BOOL"])
def test_57_small_numbers_make_no_large_model(code: str, tmp_path: Path) -> None:
    path = tmp_path / NAME
    model = Sequential([Dense(2000, use_bias=False)])
    model.build((2000,))
    model.save(path)
    small = np.zeros((2000, 2000), container.DTYPES[code])
    name = "layers/0.dense/kernel"
    path.write_bytes(with_array(path.read_bytes(), name, code, small))
    most = memory(lambda: refused(lambda: load_model(path)))
    assert most <= 2 * path.stat().st_size + 2**20


def test_loading_takes_the_file_the_weights_and_the_gradients(tmp_path: Path) -> None:
    path = tmp_path / NAME
    model = Sequential([Dense(1000), Dense(1000)], dtype="float32")
    model.build((2000,))
    model.save(path)
    size = path.stat().st_size
    assert memory(lambda: load_model(path)) <= 3.1 * size
    model.save_weights(path)
    assert memory(lambda: model.load_weights(path)) <= 1.5 * size
    assert memory(lambda: model.save(path)) <= 0.1 * size


def test_the_helpers_seal_as_minidl_does() -> None:
    header, data = parts_of(good_model())
    compact = json.dumps(header, separators=(",", ":"))
    assert sealed(compact + " " * (-len(compact) % 8), data) == good_model()
