"""Damaged files, read by minidl and by the package safetensors.

A file that minidl takes must be one that safetensors takes, with the same arrays, and
minidl must refuse all others with a `FileFormatError`. Nor may a document that is
damaged, in a good file, raise anything else. The tests run a few thousand of both; for
more, before a release, run

    python tests/fuzz_container.py --inputs 1000000 --documents 100000 --seed 1
"""

import argparse
import copy
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import safetensors
from raw_files import NO_DIGEST, file_of, good_model, sealed, with_document
from safetensors import numpy as theirs

from minidl import Sequential, metrics, optimizers, schedules
from minidl.errors import FileFormatError
from minidl.files import container
from minidl.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    Normalization,
    PReLU,
    Reshape,
)
from minidl.saving import load_model

Json = Any
KNOWN = set(container.DTYPES)
STRANGE: list[Json] = [
    *(-1, 0, 1, 2, 4, 8, 2**31, 2**32, 2**63, 2**64, 10**30, 1.0, 2.5, 1e300),
    *(True, False, None, "", "F32", "I8", "BOOL", "BF16", "a", "\x00", "é"),
    *([], {}, [0], [1, 2], [0, 0], [0, 2**62], {"a": 1}),
]


def seeds() -> list[bytes]:
    """Return the good files that are damaged."""
    arrays = {
        "a": np.arange(6, dtype="f4").reshape(2, 3),
        "layers/0.b/c": np.arange(3, dtype="i8"),
        "flags": np.array([True, False]),
        "none": np.zeros((0, 4), "u2"),
        "one": np.array(1.5),
    }
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        container.write(path, arrays, {"minidl": "{}"})
        ours = path.read_bytes()
        theirs.save_file(arrays, path)
        return [ours, path.read_bytes(), good_model(), file_of({}), file_of("{}  ")]


def flip_bytes(content: bytes, draw: random.Random) -> bytes:
    """Change a few bytes, most of them in the header."""
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
        end = len(changed) if draw.random() < 0.2 else min(len(changed), 400)
        place = draw.randrange(end)
        kind = draw.random()
        changed[place] = (
            changed[place] ^ 1 << draw.randrange(8)
            if kind < 0.4
            else draw.choice(b'0123456789"[]{},:-.eE \\ntrufalseFIBOL')
            if kind < 0.8
            else draw.randrange(256)
        )
    return bytes(changed)


def splice(content: bytes, draw: random.Random) -> bytes:
    """Copy, insert or take away a part."""
    start = draw.randrange(len(content) + 1)
    stop = min(len(content), start + draw.choice((1, 1, 2, 4, 8, 40, 200)))
    place = draw.randrange(len(content) + 1)
    if draw.random() < 0.5:
        return content[:start] + content[stop:]
    return content[:place] + content[start:stop] + content[place:]


def cut(content: bytes, draw: random.Random) -> bytes:
    """Cut off the end, or put something behind it."""
    if draw.random() < 0.7:
        return content[: draw.randrange(len(content) + 1)]
    return content + draw.randbytes(draw.choice((1, 4, 8, 100)))


def shift(content: bytes, draw: random.Random) -> bytes:
    """Say another length of the header."""
    length = int.from_bytes(content[:8], "little") + draw.choice((-8, -1, 1, 8, 2**40))
    return (length % 2**64).to_bytes(8, "little") + content[8:]


def edit_header(content: bytes, draw: random.Random) -> bytes:
    """Change a value in the header's JSON, or the text of it; then seal it."""
    end = 8 + int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8:end]), content[end:]
    if "sha256" in header.get("__metadata__", {}):
        header["__metadata__"]["sha256"] = NO_DIGEST
    for _ in range(draw.choice((1, 1, 2, 3))):
        edit(header, draw)
    text = json.dumps(header)
    if draw.random() < 0.2:
        word = draw.choice(['"dtype"', '"shape"', "[", "}", ",", "0", '"a"'])
        text = text.replace(word, word + draw.choice(["", " ", word, ":1,", "\t"]), 1)
    return sealed(text, data if draw.random() < 0.9 else data + bytes(4))


def edit(header: dict[str, Json], draw: random.Random) -> None:
    """Change one thing in a header."""
    name = draw.choice([*header, "new"])
    kind, said = draw.random(), header.get(name)
    if kind < 0.1:
        header.pop(name, None)
    elif kind < 0.2:
        header[draw.choice(("b", "../x", "", "é", "__metadata__"))] = said
    elif kind < 0.3 or not isinstance(said, dict):
        header[name] = draw.choice(STRANGE)
    elif kind < 0.4:
        said[draw.choice(("dtype", "shape", "extra"))] = draw.choice(STRANGE)
    elif "shape" in said and isinstance(said["shape"], list) and kind < 0.7:
        draw.shuffle(said["shape"])
        if said["shape"] and draw.random() < 0.5:
            said["shape"][0] = draw.choice(STRANGE)
    elif isinstance(said.get("data_offsets"), list) and kind < 0.9:
        moved = [0, 0]
        moved[draw.randrange(2)] = draw.choice((-8, -4, -1, 1, 4, 8, 24))
        pairs = zip(said["data_offsets"], moved, strict=False)
        said["data_offsets"] = [
            place + more if isinstance(place, int) else place for place, more in pairs
        ]
    elif "dtype" in said:
        said["dtype"] = draw.choice([*sorted(KNOWN), "C64", "F8_E4M3"])


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [
    *(flip_bytes, flip_bytes, splice, cut, shift),
    *(edit_header, edit_header, edit_header),
]


def check_message(path: Path, message: str) -> None:
    """Fail unless a message is a sentence that begins with the file's name."""
    assert message.startswith(f"{str(path)!r} cannot be loaded: "), message
    assert message.isprintable(), message
    assert len(message) < 1500, message


def read_ours(path: Path) -> container.Arrays | None:
    """Return what minidl reads; None if it refuses, in a sentence."""
    try:
        return container.read(path)[0]
    except FileFormatError as error:
        check_message(path, str(error))
        return None


def read_theirs(content: bytes) -> dict[str, Json] | None:
    """Return what safetensors reads, its entries; None if it refuses."""
    try:
        entries: Json = safetensors.deserialize(content)  # type: ignore[no-untyped-call]
        return dict(entries)
    except safetensors.SafetensorError:
        return None


def compare(path: Path, content: bytes) -> str:
    """Read a file twice and say who took it; fail if minidl alone did."""
    path.write_bytes(content)
    ours, other = read_ours(path), read_theirs(content)
    if ours is None:
        return "refused by both" if other is None else "refused by minidl alone"
    assert other is not None, f"taken by minidl alone: {content!r}"
    assert ours.keys() == other.keys(), content
    for name, array in ours.items():
        said = other[name]
        assert list(array.shape) == said["shape"], content
        assert container.CODES[array.dtype] == said["dtype"], content
        assert array.tobytes() == bytes(said["data"]), content
    return "taken by both"


def run(inputs: int, seed: int, folder: Path) -> Counter[str]:
    """Compare so many damaged files and count the answers."""
    draw = random.Random(seed)
    whole, path, found = seeds(), folder / "damaged", Counter[str]()
    for _ in range(inputs):
        content = draw.choice(whole)
        for _ in range(draw.choice((1, 1, 1, 2))):
            try:
                content = draw.choice(MUTATIONS)(content, draw)
            except (ValueError, AttributeError, TypeError, IndexError):
                continue  # too damaged to be edited
        found[compare(path, content)] += 1
    return found


WORDS = [
    *("object", "function", "array", "numbers", "float", "tuple", "dict"),
    *("Dense", "Sequential", "Layer", "AUC", "Constant", "relu", "adam", "mse"),
    *("minidl.layers", "minidl.metrics", "os", "layers/0.first/kernel"),
]


def places(said: Json, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a JSON value."""
    if way:
        yield way
    inner: Iterable[tuple[Any, Json]] = ()
    if isinstance(said, dict):
        inner = said.items()
    elif isinstance(said, list):
        inner = enumerate(said)
    for key, item in inner:
        yield from places(item, (*way, key))


def at(said: Json, way: tuple[Any, ...]) -> Json:
    """Return what stands at the end of a way."""
    for key in way:
        said = said[key]
    return said


def damage(document: Json, draw: random.Random) -> None:
    """Replace, take away or copy something in a document."""
    ways = list(places(document))
    *way, key = draw.choice(ways)
    owner, kind = at(document, tuple(way)), draw.random()
    if kind < 0.1:
        del owner[key]
    elif kind < 0.5:
        owner[key] = draw.choice([*STRANGE, *WORDS])
    elif kind < 0.7:
        owner[key] = {draw.choice(WORDS[:7]): draw.choice([*STRANGE, *WORDS])}
    elif kind < 0.8 and isinstance(owner, dict):
        owner[draw.choice(WORDS)] = draw.choice([*STRANGE, *WORDS])
    else:
        owner[key] = copy.deepcopy(at(document, draw.choice(ways)))


def run_documents(inputs: int, seed: int, folder: Path) -> Counter[str]:
    """Load so many files whose documents are damaged, and count the answers."""
    draw = random.Random(seed)
    whole, path, found = rich_model(), folder / "damaged.safetensors", Counter[str]()
    for _ in range(inputs):
        path.write_bytes(with_document(whole, lambda said: damage(said, draw)))
        begin = time.process_time()
        try:
            model = load_model(path)
        except FileFormatError as error:
            found["refused"] += 1
            check_message(path, str(error))
        else:
            found["loaded"] += 1
            assert model.built
        assert time.process_time() - begin < 2
    return found


@cache
def rich_model() -> bytes:
    """Return the file of a model that has something of everything."""
    inner = Sequential([Dense(3), Dropout(0.2, seed=3)], seed=4)
    model = Sequential(
        [
            *(Normalization(mean=[0, 0, 0, 1], variance=[1, 1, 1, 2]), Reshape((2, 2))),
            *(Flatten(), Dense(4, "relu", kernel_regularizer="l2", name="first")),
            *(BatchNormalization(), PReLU(), inner, Activation("softmax")),
        ],
        seed=1,
    )
    rate = schedules.CosineDecay(0.1, 8)
    model.compile(
        optimizers.AdamW(rate, clipnorm=1.0),
        "categorical_crossentropy",
        metrics=[metrics.AUC(), metrics.F1Score(), metrics.ConfusionMatrix(3), "acc"],
    )
    x = np.random.default_rng(0).normal(size=(9, 4))
    model.fit(x, np.eye(3)[np.arange(9) % 3], epochs=40, verbose=0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rich.safetensors"
        model.save(path)
        return path.read_bytes()


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=300_000)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    begin = time.perf_counter()
    with TemporaryDirectory() as folder:
        found = run(options.inputs, options.seed, Path(folder))
        found += run_documents(options.documents, options.seed, Path(folder))
    took = time.perf_counter() - begin
    for answer, count in found.most_common():
        sys.stdout.write(f"{count:9,} {answer}\n")
    sys.stdout.write(f"{found.total():9,} inputs in {took:.0f} s, nothing wrong\n")


if __name__ == "__main__":
    main()
