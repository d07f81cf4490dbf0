"""The safetensors format: named arrays in one file, read strictly.

A file is 8 bytes with the length of a header, the header, and the numbers of all arrays
end to end. The header is JSON: for each array its dtype, shape and place, and under
"__metadata__" texts by name. Nothing in it is code, a path or a size that is believed.

`write` and `read` are whole; `OpenFile` reads the header alone, so that a caller can
check what a file claims before any memory is taken for it.

Source: the format's description in the project `safetensors`, whose library reads what
is written here. Read strictly: what that library rejects is rejected, and a hole, an
unknown key or a strange name besides. A sha256 over the whole file finds damage.
"""

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Never, Self, TypeAlias

import numpy as np

from minidl.errors import FileFormatError
from minidl.files import atomic, paths
from minidl.files.paths import Path

Arrays: TypeAlias = dict[str, np.ndarray]

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
CODES = {np.dtype(dtype): code for code, dtype in DTYPES.items()}

MOST_HEADER = 16 * 2**20  # bytes
MOST_ARRAYS = 10_000
MOST_PARTS = 150_000  # of a JSON text: each takes up to 100 bytes of memory
MOST_AXES = 32
NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,256}")
ENTRY = {"dtype", "shape", "data_offsets"}
LONGEST_PROBLEM = 1000  # letters
NO_DIGEST = "0" * 64  # stands for the digest while it is computed

FOREIGN = {
    b"PK\x03\x04": "a zip file, such as a .keras or .npz file",
    b"\x89HDF": "an HDF5 file, such as a .h5 file",
    b"\x80\x02": "a pickle, which is never opened here",
    b"\x80\x03": "a pickle, which is never opened here",
    b"\x80\x04": "a pickle, which is never opened here",
    b"\x80\x05": "a pickle, which is never opened here",
    b"\x89PNG": "a picture",
    b"\x93NUM": "a .npy file",
}


@dataclass
class Entry:
    """Where in a file an array lies, and what it is."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass
class Header:
    """What a file says of itself.

    Attributes:
        entries: The arrays, by name.
        metadata: The texts, by name.
        size: How many bytes the arrays take together.
    """

    entries: dict[str, Entry]
    metadata: dict[str, str]
    size: int
    raw: bytes = field(repr=False)


class OpenFile:
    """A file whose header is read and checked, and whose arrays are not read yet.

    Everything is read through one open file, so that one which is replaced meanwhile is
    read as it was.
    """

    header: Header

    def __init__(self, path: Path) -> None:
        self._path = paths.require("loading", path)
        self._file = _open_regular(path)
        try:
            self.header = _read_header(self._file, path)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def refuse(self, problem: str) -> Never:
        """Raise a `FileFormatError` that begins with the file's name."""
        refuse(self._path, problem)

    def arrays(self) -> Arrays:
        """Read every array; raise if the file is damaged."""
        data = np.empty(self.header.size, np.uint8)
        view, done = _view(data), 0
        while done < len(view):
            count = self._file.readinto(view[done:])  # type: ignore[attr-defined]
            if not count:
                self.refuse("it became shorter while it was read")
            done += count
        self._check_digest(view)
        found = {}
        for name, entry in self.header.entries.items():
            part = data[entry.start : entry.stop]
            if entry.dtype.kind == "b" and (part > 1).any():
                self.refuse(f"{name}: a truth value is neither 0 nor 1")
            found[name] = part.view(entry.dtype).reshape(entry.shape)
        return found

    def _check_digest(self, data: memoryview) -> None:
        digest = self.header.metadata.get("sha256")
        if digest is None:
            return
        raw, text = self.header.raw, digest.encode()
        if raw.count(text) != 1 or digest != _digest(
            raw.replace(text, NO_DIGEST.encode()), [data]
        ):
            self.refuse("it is damaged: its sha256 is not the one that it names")


def read(path: Path) -> tuple[Arrays, dict[str, str]]:
    """Return the arrays of a file and its texts.

    Raises:
        FileFormatError: if the file is not what it must be.
        OSError: if it cannot be opened.
    """
    with OpenFile(path) as file:
        return file.arrays(), file.header.metadata


def write(path: Path, arrays: Mapping[str, np.ndarray], texts: dict[str, str]) -> None:
    """Write arrays and texts into a file, which is whole at every moment.

    Equal arrays and texts make equal bytes. A sha256 is put beside the texts.
    """
    names = sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name))
    table: dict[str, object] = {}
    start = 0
    for name in names:
        array = arrays[name]
        table[_check_name(name)] = {
            "dtype": _code(array),
            "shape": list(array.shape),
            "data_offsets": [start, start + array.nbytes],
        }
        start += array.nbytes
    parts = [_bytes(arrays[name]) for name in names]
    blank = _header_bytes(table, texts, NO_DIGEST)
    digest = _digest(blank, parts)
    atomic.write(path, [_header_bytes(table, texts, digest), *parts])


def _header_bytes(
    table: Mapping[str, object], texts: dict[str, str], digest: str
) -> bytes:
    """Return the length of the header and the header, filled up to 8 bytes."""
    header = {"__metadata__": {**texts, "sha256": digest}, **table}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False)
    raw = text.encode()
    raw += b" " * (-len(raw) % 8)
    has = len(raw), len(table), _parts(text)
    most = MOST_HEADER, MOST_ARRAYS, MOST_PARTS
    if any(size > limit for size, limit in zip(has, most, strict=True)):
        raise ValueError(
            f"a header of {has[0]} bytes, {has[1]} arrays and {has[2]} parts cannot be "
            f"saved: what is read back has at most {most}"
        )
    return len(raw).to_bytes(8, "little") + raw


def _digest(header: bytes, parts: Iterable[memoryview]) -> str:
    sha256 = hashlib.sha256(header)
    for part in parts:
        sha256.update(part)
    return sha256.hexdigest()


def _bytes(array: np.ndarray) -> memoryview:
    """Return an array's numbers as the file has them: in rows, least byte first."""
    little = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
    return _view(little.reshape(-1).view(np.uint8))


def _view(array: Any) -> memoryview:
    """Return an array's bytes, not copied."""
    return memoryview(array)


def is_storable(array: np.ndarray) -> bool:
    """Return whether the format has the dtype of an array."""
    return array.dtype.newbyteorder("<") in CODES


def _code(array: np.ndarray) -> str:
    if not is_storable(array):
        raise TypeError(f"an array of {array.dtype} cannot be saved")
    return CODES[array.dtype.newbyteorder("<")]


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r:.80} is no name for an array in a file")
    return name


def _open_regular(path: Path) -> IO[bytes]:
    """Open a file that is no folder, device or pipe, without waiting for any."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    number = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        refuse(path, "it is no regular file but a folder, a device or a pipe")
    return os.fdopen(number, "rb", buffering=0)


def _read_header(file: IO[bytes], path: Path) -> Header:
    size = os.fstat(file.fileno()).st_size
    first = file.read(8)
    length = int.from_bytes(first, "little")
    if len(first) < 8 or length > size - 8:
        for begin, kind in FOREIGN.items():  # some lengths of a header begin so, too
            if first.startswith(begin):
                refuse(path, f"it is {kind}; minidl reads safetensors files")
        refuse(path, f"it is no safetensors file, or cut short at {size} bytes")
    if length > MOST_HEADER:
        refuse(path, f"its header of {length} bytes is longer than {MOST_HEADER}")
    raw = file.read(length)
    found = _parse(raw, path)
    texts = _check_texts(found.pop("__metadata__", {}), path)
    entries = {name: _entry(name, said, path) for name, said in found.items()}
    if len(entries) > MOST_ARRAYS:
        refuse(path, f"it has {len(entries)} arrays, more than {MOST_ARRAYS}")
    _check_places(entries, size - 8 - length, path)
    return Header(entries, texts, size - 8 - length, first + raw)


def _parse(raw: bytes, path: Path) -> dict[str, Any]:
    """Return the header's JSON object."""
    try:
        text = raw.decode("utf-8")
        found = strict_json(text) if text.startswith("{") else None
    except UnicodeDecodeError:
        refuse(path, "its header is not UTF-8")
    except ValueError as error:
        refuse(path, f"its header is not what it must be: {error}")
    if not isinstance(found, dict):
        refuse(path, "its header must be a JSON object")
    return found


def strict_json(text: str) -> Any:
    """Return what a JSON text says.

    Raises:
        ValueError: if it is no JSON, says NaN or infinity, says a key twice, is nested
            too deep or would take far more memory than the text itself.
    """
    if _parts(text) > MOST_PARTS:
        raise ValueError(f"it has too many parts, more than {MOST_PARTS}")
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _parts(text: str) -> int:
    """Return how many values a JSON text has at most."""
    return sum(map(text.count, "[{,"))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON")


def _check_texts(texts: object, path: Path) -> dict[str, str]:
    if isinstance(texts, dict) and all(isinstance(t, str) for t in texts.values()):
        return texts
    refuse(path, "its __metadata__ must be texts by name")


def _entry(name: str, said: object, path: Path) -> Entry:
    """Return an array's entry in the table, each part of it checked."""
    if not NAME.fullmatch(name):
        refuse(path, f"{name!r:.80} is no name for an array")
    if not isinstance(said, dict) or set(said) != ENTRY:
        refuse(path, f"{name}: an entry must say dtype, shape and data_offsets alone")
    code, shape, offsets = said["dtype"], said["shape"], said["data_offsets"]
    if not isinstance(code, str) or code not in DTYPES:
        refuse(path, f"{name}: dtype {code!r:.40} is not supported")
    if not _whole(shape) or len(shape) > MOST_AXES:
        refuse(path, f"{name}: {shape!r:.80} is no shape")
    if not _whole(offsets) or len(offsets) != 2:
        refuse(path, f"{name}: {offsets!r:.80} are no data_offsets")
    dtype, (start, stop) = np.dtype(DTYPES[code]), offsets
    if stop - start != math.prod(shape) * dtype.itemsize:
        refuse(path, f"{name}: {shape!r:.80} of {code} do not fill {offsets!r:.80}")
    if math.prod(filter(None, shape)) >= 2**60:  # beside a 0, which makes it empty
        refuse(path, f"{name}: {shape!r:.80} is too large for an array")
    return Entry(dtype, tuple(shape), start, stop)


def _whole(numbers: object) -> bool:
    """Return whether this is a list of whole numbers from 0 that a file may need."""
    return isinstance(numbers, list) and all(
        type(number) is int and 0 <= number < 2**63 for number in numbers
    )


def _check_places(entries: dict[str, Entry], size: int, path: Path) -> None:
    """Raise unless the arrays fill the file, one behind the other."""
    end = 0
    for name, entry in sorted(
        entries.items(), key=lambda item: (item[1].start, item[1].stop)
    ):
        if entry.start != end:
            refuse(path, f"{name}: its numbers do not begin where the last ones end")
        end = entry.stop
    if end != size:
        refuse(path, f"its arrays take {end} bytes, but there are {size}")


def refuse(path: Path, problem: str) -> Never:
    """Raise a `FileFormatError` that begins with the file's name."""
    raise _error(path, problem)


@contextmanager
def telling(path: Path) -> Iterator[None]:
    """Make every error a `FileFormatError` that begins with the file's name."""
    try:
        yield
    except FileFormatError:
        raise
    except Exception as error:
        problem = " ".join(str(error).split())
        if len(problem) > LONGEST_PROBLEM:  # which quotes the file
            problem = f"{problem[:LONGEST_PROBLEM]}..."
        if isinstance(error, LookupError | AttributeError):  # which say a name alone
            problem = f"it lacks a part, or has a strange one: {error}"
        raise _error(path, problem) from error


def _error(path: Path, problem: str) -> FileFormatError:
    return FileFormatError(f"{os.fspath(path)!r} cannot be loaded: {problem}")
