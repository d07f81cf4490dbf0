"""Files that are whole at every moment: the old one, until the new one is complete."""

import contextlib
import errno
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
    if not target.parent.is_dir():
        problem = f"{str(target)!r} cannot be saved: there is no such folder"
        raise FileNotFoundError(problem)
    mode = _mode(target)
    _sweep(target)
    try:
        _replace(target, mode, parts)
    except OSError as error:
        error.filename = str(target)  # and not that of the temporary file
        raise
    _sync_folder(target.parent)


def _replace(
    target: Path, mode: int | None, parts: Iterable[bytes | memoryview]
) -> None:
    number, temporary = _create(target)
    try:
        try:
            if mode is not None:
                os.chmod(temporary, mode)
            for part in parts:
                _write_all(number, part)
            os.fsync(number)
            if fcntl is not None:
                os.replace(temporary, target)  # while it is locked
        finally:
            os.close(number)
        if fcntl is None:
            os.replace(temporary, target)  # Windows replaces no open file
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _mode(target: Path) -> int | None:
    """Return the permissions of a file that is there, or None."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise OSError(
            f"{str(target)!r} is no file but a folder, a device or a pipe: choose "
            f"another path"
        )
    return stat.S_IMODE(found.st_mode)


def _create(target: Path) -> tuple[int, Path]:
    """Return a new file beside the target, open and locked.

    The lock tells `_sweep` that somebody is writing; it ends with the process.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        number = os.open(temporary, flags, 0o666)
        try:
            if fcntl is None:
                return number, temporary
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(number, fcntl.LOCK_EX)
            if temporary.exists():  # else swept away before it was locked
                return number, temporary
        except BaseException:
            os.close(number)
            os.unlink(temporary)
            raise
        os.close(number)


def _sweep(target: Path) -> None:
    """Remove what killed processes left beside the target."""
    drawn = "[0-9a-f]" * 16
    for left in target.parent.glob(f".{_escaped(target.name)}.{drawn}.tmp"):
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
    """Let the new name reach the disk, too, where a folder can be asked to."""
    if os.name == "nt":
        return
    try:
        number = os.open(folder, os.O_RDONLY)
    except PermissionError:  # to list a folder, which saving does not need
        return
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(number)
