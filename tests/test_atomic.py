"""Saving leaves the old file or the new one, whatever happens."""

import errno
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from raw_files import good_model, small_model

from minidl import Sequential
from minidl.files import atomic
from minidl.layers import Dense
from minidl.saving import load_model

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX")
OLD = b"old" * 100
NEW: list[bytes | memoryview] = [b"new" * 50, memoryview(b"new" * 50)]
WHOLE = b"new" * 100


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run(*arguments: object) -> str:
    """Run a program of this folder in one thread; return what it prints."""
    tests = os.path.dirname(__file__)
    env = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([tests, *sys.path]),
    }
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@posix
def test_a_killed_save_leaves_a_whole_file(tmp_path: Path) -> None:
    program = Path(__file__).with_name("killing.py")
    seen = json.loads(run(program, "kill", tmp_path, 150))
    assert seen["kills"] == 150
    assert seen["left"] > 10  # so many were killed while they wrote
    assert seen["new"] > 10
    assert seen["left after the next save"] == 0
    assert names(tmp_path) == ["it.safetensors"]


@posix
def test_processes_may_save_and_read_one_file_at_once(tmp_path: Path) -> None:
    program = Path(__file__).with_name("killing.py")
    seen = json.loads(run(program, "race", tmp_path, 100))
    assert seen["reads"] > 3
    assert seen["last"] in (99, 199)
    assert names(tmp_path) == ["it.safetensors"]


def test_threads_may_save_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    errors: list[BaseException] = []

    def save(letter: bytes) -> None:
        try:
            for _ in range(30):
                atomic.write(path, [letter * 1000] * 20)
                assert len(set(path.read_bytes())) == 1
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(x,)) for x in (b"a", b"b", b"c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert names(tmp_path) == ["a"]
    assert len(path.read_bytes()) == 20_000


FULL_DISK = """
import resource, signal, sys
from killing import new_model, save, generation_of
from pathlib import Path
path, model = Path(sys.argv[1]), new_model()
save(model, 1, path)
before = path.read_bytes()
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in (0, 100, len(before) // 2, len(before) - 1):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        save(model, 2, path)
    except OSError as error:
        print(error.errno)
        assert str(path) in str(error), error
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
save(model, 2, path)
assert generation_of(path) == 2
"""


@posix
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    printed = run("-c", FULL_DISK, tmp_path / "a.safetensors")
    assert printed.split() == [str(errno.EFBIG)] * 4


CALLS = ("open", "chmod", "write", "fsync", "replace", "flock")
ERRORS = [OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), MemoryError()]


def where(name: str) -> Any:
    """Return the module of a system call."""
    return atomic.fcntl if name == "flock" else os


@contextmanager
def failing(
    name: str, number: int, error: BaseException, after: bool
) -> Iterator[list[bool]]:
    """Let one call of a function fail; say whether it came to it."""
    module, calls, reached = where(name), [0], [False]
    function: Callable[..., Any] = getattr(module, name)

    def once(*given: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] != number:
            return function(*given, **options)
        reached[0] = True
        if after:
            function(*given, **options)
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, once)
        yield reached


def open_files() -> int:
    return len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0


@posix
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", CALLS)
def test_an_error_in_any_call_leaves_a_whole_file(
    name: str, error: BaseException, exists: bool, tmp_path: Path
) -> None:
    path, reached, calls = tmp_path / "a", True, 0
    before = open_files()
    while reached:
        path.unlink(missing_ok=True)
        if exists:
            path.write_bytes(OLD)
        calls += 1
        raised: BaseException | None = None
        with failing(name, calls, error, after=False) as seen:
            try:
                atomic.write(path, NEW)
            except BaseException as caught:
                raised = caught
        reached = seen[0]
        content = path.read_bytes() if path.exists() else b""
        assert content in ((OLD if exists else b""), WHOLE)
        assert (content == WHOLE) or raised is error
        assert names(tmp_path) in ([], ["a"])
        assert open_files() == before
    assert calls > 1 or name == "chmod"
    assert path.read_bytes() == WHOLE


@posix
@pytest.mark.parametrize("name", ["write", "fsync", "replace", "chmod", "close"])
def test_an_interruption_after_any_call_leaves_a_whole_file(
    name: str, tmp_path: Path
) -> None:
    path, reached, calls = tmp_path / "a", True, 0
    while reached:
        path.write_bytes(OLD)
        calls += 1
        with failing(name, calls, KeyboardInterrupt(), after=True) as seen:
            try:
                atomic.write(path, NEW)
            except KeyboardInterrupt:
                assert seen[0]
        reached = seen[0]
        assert path.read_bytes() in (OLD, WHOLE)
        assert names(tmp_path) == ["a"]
    assert path.read_bytes() == WHOLE


def test_an_error_of_the_parts_leaves_the_old_file(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"new"
        raise ZeroDivisionError

    path = tmp_path / "a"
    path.write_bytes(OLD)
    with pytest.raises(ZeroDivisionError):
        atomic.write(path, parts())
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["a"]


def test_a_call_may_write_less_than_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda number, part: write(number, part[:7]))
    atomic.write(tmp_path / "a", NEW)
    assert (tmp_path / "a").read_bytes() == WHOLE


@posix
def test_a_folder_that_cannot_be_synchronized_is_no_error(
    tmp_path: Path,
) -> None:
    for name, error in [
        ("fsync", OSError(errno.EINVAL, "no")),
        ("open", PermissionError("no")),
    ]:
        with failing(name, 2, error, after=False) as reached:
            atomic.write(tmp_path / "a", NEW)
        assert reached[0]
        assert (tmp_path / "a").read_bytes() == WHOLE


@posix
def test_a_file_system_without_locks_is_no_error(tmp_path: Path) -> None:
    with failing("flock", 1, OSError(errno.ENOLCK, "none"), after=False) as reached:
        atomic.write(tmp_path / "a", NEW)
    assert reached[0]
    assert names(tmp_path) == ["a"]


@posix
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0, 0o666)])
def test_a_new_file_has_the_permissions_of_the_umask(
    mask: int, mode: int, tmp_path: Path
) -> None:
    before = os.umask(mask)
    try:
        atomic.write(tmp_path / "a", NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_a_file_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(OLD)
    path.chmod(mode)
    atomic.write(path, NEW)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@posix
def test_a_link_is_kept_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "it", tmp_path / "link"
    second = tmp_path / "second"
    target.write_bytes(OLD)
    link.symlink_to(Path("there") / "it")
    second.symlink_to(link)
    atomic.write(second, NEW)
    assert second.is_symlink()
    assert link.is_symlink()
    assert target.read_bytes() == WHOLE
    assert names(tmp_path) == ["link", "second", "there"]
    assert names(tmp_path / "there") == ["it"]


@posix
def test_a_link_to_nothing_makes_the_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "it")
    atomic.write(tmp_path / "link", NEW)
    assert (tmp_path / "it").read_bytes() == WHOLE


@posix
@pytest.mark.parametrize("kind", ["folder", "device", "pipe"])
def test_what_is_no_file_is_not_replaced(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/null")
    with pytest.raises(OSError, match="is no file but a folder, a device or a pipe"):
        small_model().save(path)
    assert names(tmp_path) == ["a.safetensors"]
    assert kind != "device" or stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.safetensors"
    said = r"missing.a\.safetensors' cannot be saved: there is no such folder"
    for save in (small_model().save, small_model().save_weights):
        with pytest.raises(FileNotFoundError, match=said):
            save(path)


@pytest.mark.parametrize(
    "name",
    ["a b", "modèle 模型 🎉", "a[1]", "[!a]", "a]b[", "{a}~$'", "-a", ".hidden", "a\nb"]
    + (["a*b?c", 'a"b|c:<>\\'] if os.name == "posix" else []),
)
def test_a_model_may_have_any_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = f"{name}.safetensors"
    stale = Path(f".{file}.{'0' * 16}.tmp")
    stale.write_bytes(b"")
    small_model().save(file)
    small_model().save(tmp_path / file)
    assert names(tmp_path) == [file]
    assert Path(file).read_bytes() == good_model()
    assert isinstance(load_model(file), Sequential)


def test_only_what_a_save_of_this_file_left_is_swept(tmp_path: Path) -> None:
    digits = "0123456789abcdef"
    kept = [
        f".b.{digits}.tmp",
        f"a.{digits}.tmp",
        ".a.notes.tmp",
        f".a.{digits}.tmp2",
        f".a.b.{digits}.tmp",
        f".a.{digits[:-1]}.tmp",
    ]
    for name in [*kept, f".a.{digits}.tmp"]:
        (tmp_path / name).write_bytes(b"")
    atomic.write(tmp_path / "a", NEW)
    assert names(tmp_path) == sorted([*kept, "a"])


@posix
def test_what_another_save_is_writing_is_not_swept(tmp_path: Path) -> None:
    def parts() -> Iterator[bytes]:
        yield b"outer"
        atomic.write(tmp_path / "a", NEW)
        assert len(names(tmp_path)) == 2
        yield b"!"

    atomic.write(tmp_path / "a", parts())
    assert (tmp_path / "a").read_bytes() == b"outer!"
    assert names(tmp_path) == ["a"]


def test_a_relative_path_is_where_it_was_when_saving_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)

    def parts() -> Iterator[bytes]:
        yield b"a"
        os.chdir(tmp_path / "other")

    atomic.write("a", parts())
    os.chdir(tmp_path)
    assert names(tmp_path) == ["a", "other"]


def test_saving_an_invalid_model_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(OLD)
    model = Sequential([Dense(2)])
    model.build((2,))
    model.layers[0].units = object()  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="which a file cannot hold"):
        model.save(path)
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["a.safetensors"]
