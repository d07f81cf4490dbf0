"""Files that are whole at every moment: the old one, until the new one is complete."""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from types import ModuleType

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None


def write(path: str | PathLike[str], parts: Iterable[bytes | memoryview]) -> None:
    """Replace a file by the parts, one after the other, or leave it as it is.

    They go into a temporary file beside it, which takes its name once it is complete
    and on the disk. Whatever happens before, an error, an interruption, a full disk, a
    loss of power, the old file is there and nothing else. The new one has the old one's
    permissions; through a symbolic link, the file that it leads to is replaced.

    Raises:
        OSError: if the file cannot be written, or is no regular file.
    """
    target = Path(os.path.realpath(path))
    mode = _mode(target)
    _sweep(target)
    number, temporary = _create(target)
    try:
        with os.fdopen(number, "wb", buffering=0) as file:
            if mode is not None:
                os.chmod(temporary, mode)
            for part in parts:
                _write_all(file.fileno(), part)
            os.fsync(number)
            if fcntl is None:
                file.close()  # for Windows replaces no open file
            os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(target.parent)


def _mode(target: Path) -> int | None:
    """Return the permissions of a file that is there, or None."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(f"{str(target)!r} is a folder or a device: nothing is written")
    return stat.S_IMODE(found.st_mode)


def _create(target: Path) -> tuple[int, Path]:
    """Return a new file beside the target, open and locked.

    The lock tells `_sweep` that somebody is writing; it ends with the process.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        number = os.open(temporary, flags, 0o666)
        if fcntl is None:
            return number, temporary
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        if temporary.exists():  # else swept away before it was locked
            return number, temporary
        os.close(number)


def _sweep(target: Path) -> None:
    """Remove what killed processes left beside the target."""
    for left in target.parent.glob(f".{_escaped(target.name)}.*.tmp"):
        with contextlib.suppress(OSError):
            if fcntl is None:
                left.unlink()  # which Windows refuses for an open file
                continue
            number = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(number)


def _escaped(name: str) -> str:
    """Return a pattern that stands for the name itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _write_all(number: int, part: bytes | memoryview) -> None:
    rest = memoryview(part)
    while rest:
        rest = rest[os.write(number, rest) :]


def _sync_folder(folder: Path) -> None:
    """Let the new name reach the disk, too."""
    if os.name == "nt":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
