"""Rows of an array on disk, read without its file staying in memory.

An array of `numpy.memmap` maps a file into memory. Each page of the file that was
looked at counts as resident from then on, after an epoch all of them. So what lies
together for at least a page is read from the file itself, into an array of its own.
Rows that are chosen here and there and are smaller come through the map: to read the
file for each of them takes longer than a small net's step.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from minidl.types import Array

PAGE = 4096  # bytes

SHARED = re.compile(  # a line of /proc/self/maps, of a map that shows what the file has
    rb"(?P<start>\w+)-(?P<stop>\w+) ...s (?P<offset>\w+) "
    rb"(?P<major>\w+):(?P<minor>\w+) (?P<inode>\d+) +(?P<path>/.*)"
)


class Place(NamedTuple):
    """Where in which file an array begins."""

    path: str
    device: int
    inode: int
    offset: int  # in bytes

    def read(self, starts: list[int], size: int) -> bytearray | None:
        """Return `size` bytes from each start on, end to end.

        None if the file is gone, or another one has its name.

        Raises:
            OSError: if the file has become too short.
        """
        try:
            with Path(self.path).open("rb", buffering=0) as file:
                number = file.fileno()
                found = os.fstat(number)
                if (found.st_dev, found.st_ino) != (self.device, self.inode):
                    return None
                starts = [self.offset + start for start in starts]
                parts = [os.pread(number, size, start) for start in starts]
        except (FileNotFoundError, PermissionError):
            return None
        if any(len(part) < size for part in parts):
            raise OSError(f"{self.path} is shorter than the array that was made of it")
        return bytearray().join(parts)


class Rows:
    """The rows of a mapped array; `rows[chosen]` reads some.

    Args:
        array: The array, one sample a row.
    """

    def __init__(self, array: Array) -> None:
        self._array = array
        self._place = place(array)
        self._bytes = array.nbytes // max(1, len(array))  # of a row

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, chosen: slice | np.ndarray) -> Array:
        """Return the rows of a slice without steps, or those of some numbers."""
        if isinstance(chosen, slice):
            span = range(len(self))[chosen]
            first, size = [span.start], len(span) * self._bytes
        else:
            first, size = chosen.tolist(), self._bytes
        if self._place is not None and size >= PAGE:
            starts = [row * self._bytes for row in first]
            read = self._place.read(starts, size)
            if read is not None:
                values = np.frombuffer(read, self._array.dtype)
                return values.reshape(-1, *self._array.shape[1:])
        return np.asarray(self._array[chosen])


def rows(array: Array) -> Array | Rows:
    """Return what reads an array's rows: itself, if it is in memory."""
    return Rows(array) if isinstance(array, np.memmap) else array


def place(array: Array) -> Place | None:
    """Return where an array lies; None if in no file, or the system does not tell."""
    begin = array.__array_interface__["data"][0]
    maps = Path("/proc/self/maps")  # there on Linux
    if not array.flags.c_contiguous or not maps.exists():
        return None
    for line in maps.read_bytes().splitlines():
        found = SHARED.fullmatch(line)
        if found is None:
            continue
        start, stop, offset, major, minor = (
            int(found[name], 16)
            for name in ("start", "stop", "offset", "major", "minor")
        )
        if start <= begin and begin + array.nbytes <= stop:
            device, path = os.makedev(major, minor), os.fsdecode(found["path"])
            return Place(path, device, int(found["inode"]), offset + begin - start)
    return None
