"""Where a user wants a file, checked."""

import os
from os import PathLike
from typing import TypeAlias

from minidl import arguments

Path: TypeAlias = str | PathLike[str]

SUFFIX = ".safetensors"


def require(owner: str, path: object) -> Path:
    """Return a path, or raise.

    Raises:
        TypeError: if it is none.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"{owner}: the path must be a text or a Path, got {path!r}")
    return path


def check(owner: str, path: object, overwrite: bool = True) -> Path:
    """Return where to save, or raise.

    Raises:
        TypeError: if it is no path.
        ValueError: if its ending says that it is something else.
        FileExistsError: if there is a file that must not be overwritten.
    """
    path = require(owner, path)
    if not os.fspath(path).endswith(SUFFIX):
        raise ValueError(
            f"{owner}: {os.fspath(path)!r} must end in {SUFFIX!r}, for that is what "
            f"minidl writes, and not a .keras or .h5 file"
        )
    if not arguments.flag(owner, "overwrite", overwrite) and os.path.exists(path):
        raise FileExistsError(
            f"{owner}: {os.fspath(path)!r} is there already: pass overwrite=True to "
            f"replace it"
        )
    return path
