"""Files written byte by byte, good ones and bad ones; minidl's own writer is not used.

A file is taken apart, changed and put together again with a right sha256, for that is
what an attacker does, too.
"""

import hashlib
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from minidl import Sequential
from minidl.layers import Dense, Dropout, ReLU

Json = Any
NO_DIGEST = "0" * 64


def file_of(header: Json, data: bytes = b"") -> bytes:
    """Return a file of a header, as JSON or as its bytes, and of data."""
    text = header if isinstance(header, str | bytes) else json.dumps(header)
    raw = text.encode() if isinstance(text, str) else text
    return len(raw).to_bytes(8, "little") + raw + data


def sealed(header: Json, data: bytes = b"") -> bytes:
    """Return a file in which the right digest stands where 64 zeros stood."""
    content = file_of(header, data)
    digest = hashlib.sha256(content).hexdigest()
    return content.replace(NO_DIGEST.encode(), digest.encode(), 1)


def parts_of(content: bytes) -> tuple[dict[str, Json], bytes]:
    """Return the header of a file, its digest blanked, and its data."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"]["sha256"] = NO_DIGEST
    return header, content[end:]


def with_header(content: bytes, change: Callable[[dict[str, Json]], object]) -> bytes:
    """Return a file whose header was changed, sealed again."""
    header, data = parts_of(content)
    change(header)
    return sealed(header, data)


def with_document(content: bytes, change: Callable[[Json], object]) -> bytes:
    """Return a file whose JSON document was changed, sealed again."""
    header, data = parts_of(content)
    document = json.loads(header["__metadata__"]["minidl"])
    change(document)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)  # json writes what is nested deep no other way
    try:
        header["__metadata__"]["minidl"] = json.dumps(document)
    finally:
        sys.setrecursionlimit(limit)
    return sealed(header, data)


def with_text(content: bytes, change: Callable[[str], str]) -> bytes:
    """Return a file whose document was changed as a text, sealed again."""
    header, data = parts_of(content)
    header["__metadata__"]["minidl"] = change(header["__metadata__"]["minidl"])
    return sealed(header, data)


def with_array(content: bytes, name: str, code: str, array: np.ndarray) -> bytes:
    """Return a file with an array replaced or added, the others behind it."""
    header, data = parts_of(content)
    arrays = {
        key: (said["dtype"], said["shape"], data[slice(*said["data_offsets"])])
        for key, said in header.items()
        if key != "__metadata__"
    }
    arrays[name] = (code, list(array.shape), array.tobytes())
    table: dict[str, Json] = {"__metadata__": header["__metadata__"]}
    start, all_bytes = 0, b""
    for key, (dtype, shape, own) in arrays.items():
        offsets = [start, start + len(own)]
        table[key] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        start, all_bytes = offsets[1], all_bytes + own
    return sealed(table, all_bytes)


def small_model(dtype: str = "float32") -> Sequential:
    """Return a model that was trained a little, with everything that a file says."""
    layers = [Dense(3, name="first"), ReLU(), Dropout(0.25), Dense(1, name="last")]
    model = Sequential(layers, dtype=dtype, seed=0)
    model.compile("adam", "mse", metrics=["mae"])
    x = np.random.default_rng(0).normal(size=(8, 4))
    model.fit(x, x.sum(axis=1), batch_size=4, epochs=2, verbose=0)
    return model


@cache
def good_model() -> bytes:
    """Return the file of the small model."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "good.safetensors"
        small_model().save(path)
        return path.read_bytes()


@cache
def good_weights() -> bytes:
    """Return the file of the small model's weights."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "good.safetensors"
        small_model().save_weights(path)
        return path.read_bytes()
