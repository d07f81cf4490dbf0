"""The container: other readers read it, and damage does not pass."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import fuzz_container
import numpy as np
import pytest
from raw_files import good_model, good_weights, small_model
from safetensors import numpy as safetensors

from minidl import Sequential
from minidl.errors import FileFormatError
from minidl.files import container
from minidl.files.container import Arrays, OpenFile
from minidl.layers import BatchNormalization, Dense
from minidl.saving import load_model

CHARS = np.arange(12, dtype="f4")
LAYOUTS: Arrays = {
    "rows": CHARS.reshape(3, 4),
    "columns": np.asfortranarray(CHARS.reshape(3, 4)),
    "transposed": CHARS.reshape(2, 3, 2).transpose(2, 0, 1),
    "strided": CHARS[::3],
    "strided in two axes": CHARS.reshape(3, 4)[::2, 1::2],
    "backwards": CHARS.reshape(3, 4)[::-1, ::-1],
    "big-endian": CHARS.astype(">f4").reshape(4, 3),
    "big-endian columns": np.asfortranarray(CHARS.astype(">i8").reshape(4, 3)),
    "broadcast": np.broadcast_to(np.float64(3.5), (2, 3)),
    "no axis": np.array(2.5),
    "no axis, big-endian": np.array(2.5, ">f8"),
    "empty": np.zeros((0, 3)),
    "empty between": np.zeros((2, 0, 3), "u1"),
    "not a number": np.array([np.nan, -np.nan, np.inf, -0.0, 5e-324]),
    "one of many axes": np.zeros((1,) * 12, "i2"),
}
LAYOUTS["read-only"] = CHARS.copy()
LAYOUTS["read-only"].flags.writeable = False


def of_every_dtype() -> Arrays:
    """Return two arrays of each dtype, of every bit pattern that there may be."""
    random = np.random.default_rng(0)
    found: Arrays = {}
    for code, dtype in container.DTYPES.items():
        raw = random.integers(0, 256, (5, 8), np.uint8)
        raw = raw & 1 if code == "BOOL" else raw
        found[f"a/{code}"] = raw.view(dtype)
        found[f"b/{code}"] = raw.view(dtype)[::2].T
    return found


def assert_same_bits(found: Any, expected: np.ndarray) -> None:
    """Check dtype, shape and every bit of an array."""
    little = expected.dtype.newbyteorder("<")
    assert found.dtype == little
    assert found.shape == expected.shape
    assert found.tobytes() == expected.astype(little).tobytes()


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_array_is_the_same_in_both_readers(name: str, tmp_path: Path) -> None:
    path, array = tmp_path / "a", LAYOUTS[name]
    kept = array.copy()
    container.write(path, {"it": array, "next": CHARS}, {"said": "é\n"})
    arrays, texts = container.read(path)
    assert_same_bits(arrays["it"], array)
    assert_same_bits(arrays["next"], CHARS)
    assert texts["said"] == "é\n"
    assert_same_bits(safetensors.load_file(path)["it"], array)
    np.testing.assert_array_equal(array, kept)


def test_every_dtype_is_the_same_in_both_readers(tmp_path: Path) -> None:
    path, arrays = tmp_path / "a", of_every_dtype()
    container.write(path, arrays, {})
    ours, theirs = container.read(path)[0], safetensors.load_file(path)
    assert ours.keys() == theirs.keys() == arrays.keys()
    for name, array in arrays.items():
        assert_same_bits(ours[name], array)
        assert_same_bits(theirs[name], array)


@pytest.mark.parametrize("texts", [None, {"format": "np", "a": "b"}])
def test_files_of_safetensors_are_read(
    texts: dict[str, str] | None, tmp_path: Path
) -> None:
    path, arrays = tmp_path / "a", of_every_dtype()
    rows = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    safetensors.save_file(rows, path, texts)
    found, said = container.read(path)
    assert said == (texts or {})
    for name, array in arrays.items():
        assert_same_bits(found[name], array)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("whole", [True, False])
def test_files_of_models_are_read_by_safetensors(
    dtype: str, whole: bool, tmp_path: Path
) -> None:
    path, model = tmp_path / "a.safetensors", small_model(dtype)
    (model.save if whole else model.save_weights)(path)
    theirs, (ours, _) = safetensors.load_file(path), container.read(path)
    assert theirs.keys() == ours.keys()
    for name, array in ours.items():
        assert_same_bits(theirs[name], array)
    assert_same_bits(theirs["layers/0.first/kernel"], model.get_weights()[0])
    assert_same_bits(theirs["layers/3.last/bias"], model.get_weights()[3])


def test_files_of_models_are_read_by_torch(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from safetensors import torch  # type: ignore[attr-defined, unused-ignore]

    path = tmp_path / "a.safetensors"
    small_model().save(path)
    theirs = torch.load_file(path)
    for name, array in container.read(path)[0].items():
        assert_same_bits(theirs[name].numpy(), array)


def test_arrays_of_a_file_can_be_written_to(tmp_path: Path) -> None:
    path = tmp_path / "a"
    container.write(path, {"a": CHARS, "b": CHARS}, {})
    arrays, _ = container.read(path)
    arrays["a"] += 1
    np.testing.assert_array_equal(arrays["b"], CHARS)


def test_the_arrays_begin_at_places_that_their_numbers_can_have(tmp_path: Path) -> None:
    path = tmp_path / "a"
    container.write(path, of_every_dtype(), {"n": "odd"})
    with OpenFile(path) as file:
        begin = len(file.header.raw)
        for entry in file.header.entries.values():
            assert (begin + entry.start) % entry.dtype.itemsize == 0


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(1, complex)}, "array of complex128 cannot be saved"),
        ({"a": np.zeros(1, object)}, "array of object cannot be saved"),
        ({"a": np.zeros(1, "U3")}, "array of <U3 cannot be saved"),
        ({"a": np.zeros(1, "M8[s]")}, r"array of datetime64\[s\] cannot be saved"),
        ({"a b": CHARS}, "'a b' is no name"),
        ({"": CHARS}, "'' is no name"),
        ({"a" * 257: CHARS}, "is no name"),
        ({"a\n": CHARS}, r"'a\\n' is no name"),
        ({f"a{i}": CHARS[:0] for i in range(10_001)}, "10001 arrays.*cannot be saved"),
    ],
)
def test_what_cannot_be_read_is_not_written(
    arrays: Arrays, message: str, tmp_path: Path
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        container.write(tmp_path / "a", arrays, {})
    with pytest.raises(ValueError, match="parts cannot be saved"):
        container.write(tmp_path / "a", {}, {"text": "," * 200_000})
    with pytest.raises(ValueError, match=r"bytes.*cannot be saved"):
        container.write(tmp_path / "a", {}, {"text": "x" * 2**24})
    assert list(tmp_path.iterdir()) == []


def test_a_header_of_any_length_is_read(tmp_path: Path) -> None:
    path, beginnings = tmp_path / "a", set()
    for letters in range(0, 1600, 8):  # in lengths that begin like a pickle, too
        container.write(path, {"a": CHARS}, {"text": "x" * letters})
        beginnings.add(path.read_bytes()[:2])
        assert_same_bits(container.read(path)[0]["a"], CHARS)
    assert {b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"} <= beginnings


def test_equal_models_are_equal_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    small_model().save(path)
    assert path.read_bytes() == good_model()
    load_model(path).save(path)
    assert path.read_bytes() == good_model()


def test_bytes_do_not_depend_on_the_hashes_of_texts(tmp_path: Path) -> None:
    program = (
        "import sys; from raw_files import good_model, good_weights;"
        "sys.stdout.buffer.write(good_model() + good_weights())"
    )
    tests = os.path.dirname(__file__)
    for seed in ("0", "1", "12345"):
        paths = os.pathsep.join([tests, *sys.path])
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        run = [sys.executable, "-c", program]
        written = subprocess.run(run, env=env, capture_output=True, check=True).stdout
        assert written == good_model() + good_weights()


def flipped(content: bytes, bit: int) -> bytes:
    """Return a content with one bit changed."""
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_every_flipped_bit_is_found_or_harmless(tmp_path: Path) -> None:
    content, path = good_model(), tmp_path / "a.safetensors"
    path.write_bytes(content)
    arrays, texts = container.read(path)
    harmless = 0
    with path.open("r+b", buffering=0) as file:  # changed in place, to be quick
        for bit in range(8 * len(content)):
            file.seek(bit // 8)
            file.write(bytes([content[bit // 8] ^ 1 << bit % 8]))
            try:
                found, said = container.read(path)
            except FileFormatError:
                pass
            else:
                harmless += 1
                assert said["minidl"] == texts["minidl"]
                assert found.keys() == arrays.keys()
                for name, array in arrays.items():
                    assert_same_bits(found[name], array)
            file.seek(bit // 8)
            file.write(content[bit // 8 : bit // 8 + 1])
    assert harmless <= 8 * len("sha256")  # without this word, nothing is compared


def test_flipped_bits_do_not_reach_a_model(tmp_path: Path) -> None:
    content, path = good_model(), tmp_path / "a.safetensors"
    path.write_bytes(content)
    whole = load_model(path)
    x = np.ones((2, 4))
    random = np.random.default_rng(1)
    for bit in random.choice(8 * len(content), 500, replace=False).tolist():
        path.write_bytes(flipped(content, bit))
        try:
            model = load_model(path)
        except FileFormatError:
            continue
        assert model.get_config() == whole.get_config()
        np.testing.assert_array_equal(model.predict(x), whole.predict(x))


def test_a_wide_model_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    model = Sequential([Dense(500), BatchNormalization(), Dense(10)], dtype="float32")
    model.build((300,))
    model.save(path)
    x = np.random.default_rng(0).normal(size=(7, 300))
    np.testing.assert_array_equal(load_model(path).predict(x), model.predict(x))


def test_damaged_files_are_read_as_safetensors_reads_them(tmp_path: Path) -> None:
    found = fuzz_container.run(8_000, 0, tmp_path)
    assert found["taken by both"] > 300


def test_damaged_documents_are_refused_with_a_sentence(tmp_path: Path) -> None:
    found = fuzz_container.run_documents(600, 0, tmp_path)
    assert found["refused"] > 400
