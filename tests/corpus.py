"""Files that are bad in every way that was ever tried, and what loading them says.

The numbers are those of the tables (a3), of containers, and (a4), of what they say of a
model, in the project's notes on reliability. 50 and 51 are no files: see the test.
"""

import pickle
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
from raw_files import (
    NO_DIGEST,
    file_of,
    good_model,
    good_weights,
    sealed,
    with_array,
    with_document,
    with_header,
    with_text,
)

Change = Callable[[Any], object]
FIRST = "layers/0.first/kernel"  # 4 x 3 numbers
LAST = "layers/3.last/kernel"


@dataclass
class Bad:
    """A bad file.

    Attributes:
        name: Its number, and what is bad.
        make: What makes its bytes.
        message: What the error must say, after the file's name.
        load: Who reads it: "model", "weights", or "resume".
        long: How many zero bytes follow, which are never written.
    """

    name: str
    make: Callable[[], bytes]
    message: str
    load: str = "model"
    long: int = 0


def header(name: str, change: Change, message: str) -> Bad:
    """Return the good file with another header."""
    return Bad(name, lambda: with_header(good_model(), change), message)


def entry(name: str, message: str, **said: object) -> Bad:
    """Return the good file with another entry for its first kernel."""
    return header(name, lambda table: table[FIRST].update(said), message)


def document(name: str, change: Change, message: str, load: str = "model") -> Bad:
    """Return the good file with another document."""
    return Bad(name, lambda: with_document(good_model(), change), message, load)


def only(table: str, data: bytes = b"") -> bytes:
    """Return a file of a text as the table, with metadata in front."""
    metadata = f'"__metadata__":{{"minidl":"{{}}","sha256":"{NO_DIGEST}"}}'
    return sealed(f"{{{metadata},{table}}}", data)


def arrays(count: int, shape: str, offsets: str) -> str:
    said = f'{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}'
    return ",".join(f'"layers/{i}":{said}' for i in range(count))


class Attack:
    """What a pickle executes."""

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.system, ("echo executed",)


def zip_file() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", "{}")
    return stream.getvalue()


def with_data(change: Callable[[bytes], bytes]) -> bytes:
    """Return the good file with other data and the old digest."""
    content = good_model()
    end = 8 + int.from_bytes(content[:8], "little")
    return content[:end] + change(content[end:])


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


A = '"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
B = '"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}'
AS_INTEGER = '"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}'
DTYPE_TWICE = '"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}'
CUT = "no safetensors file, or cut short"
NO_NAME = "is no name for an array"
NO_SHAPE = "is no shape"
NO_OFFSETS = "are no data_offsets"
PLACES = "do not begin where the last ones end"
TWICE = "a key stands twice"
DEEP = "nested too deep|nested more than"

SIZES = [
    Bad("01 nothing", lambda: b"", CUT),
    Bad("02 seven bytes", lambda: bytes(7), CUT),
    Bad("03 header of 0 bytes", lambda: bytes(8), "header must be a JSON object"),
    Bad("04 header longer than the file", lambda: struct.pack("<Q", 99) + b"{}", CUT),
    Bad("05 header of 2**64 - 1 bytes", lambda: b"\xff" * 8 + b"{}", CUT),
    Bad(
        "06 header of 100 MB, sparse",
        lambda: struct.pack("<Q", 10**8),
        "longer than",
        long=10**8,
    ),
]
HEADERS = [
    Bad("07 not UTF-8", lambda: file_of(b'{"\xff":1}'), "not UTF-8"),
    Bad("08 cut JSON", lambda: file_of('{"a":'), "not what it must be"),
    Bad("09 a list", lambda: file_of("[]"), "must be a JSON object"),
    Bad("10 space in front", lambda: file_of(" {}"), "must be a JSON object"),
    Bad("11 key twice, two places", lambda: only(f"{A},{B}", bytes(8)), TWICE),
    Bad("12 key twice, one place", lambda: only(f"{A},{AS_INTEGER}", bytes(4)), TWICE),
    Bad("13 inner key twice", lambda: only(DTYPE_TWICE, bytes(4)), TWICE),
    Bad(
        "14 lists 200 000 deep", lambda: only(f'"a":{"[" * 200_000}'), "too many parts"
    ),
    Bad(
        "14 closed lists 50 000 deep",
        lambda: only(f'"a":{"[" * 50_000}{"]" * 50_000}'),
        DEEP,
    ),
    Bad(
        "14 objects 50 000 deep",
        lambda: only('"a":{' * 50_000 + "}" * 50_000),
        DEEP,
    ),
    Bad(
        "14 many lists",
        lambda: only(f'"a":[{",".join(["[]"] * 2_000_000)}]'),
        "too many parts",
    ),
    Bad(
        "14 many objects",
        lambda: only(f'"a":[{",".join(["{}"] * 2_000_000)}]'),
        "too many parts",
    ),
    Bad(
        "15 integer of 6000 digits",
        lambda: only(f'"a":{{"shape":[{"9" * 6000}]}}'),
        "not what it must be",
    ),
    Bad(
        "15 integer of 4000 digits",
        lambda: only(arrays(1, f"[{'9' * 4000}]", "[0,4]"), bytes(4)),
        NO_SHAPE,
    ),
    Bad("16 NaN", lambda: only('"a":NaN'), "NaN is no JSON"),
    Bad("16 Infinity", lambda: only('"a":[-Infinity]'), "-Infinity is no JSON"),
    *(
        Bad(
            f"17 an axis of {axis}",
            partial(only, arrays(1, f"[{axis}]", "[0,4]"), bytes(4)),
            NO_SHAPE,
        )
        for axis in ("1.0", "true", "1e0")
    ),
]
ENTRIES = [
    entry("18 negative axis", NO_SHAPE, shape=[-4, -3]),
    entry("19 shape overflows", "do not fill", shape=[2**32, 2**32]),
    entry("20 shape is not the place's", "do not fill", shape=[4, 4]),
    entry("21 dtype of objects", r"dtype '\|O8' is not supported", dtype="|O8"),
    entry("21 dtype F128", "dtype 'F128' is not supported", dtype="F128"),
    entry("21 dtype a number", "dtype 7 is not supported", dtype=7),
    entry("21 dtype a list", r"dtype \[\] is not supported", dtype=[]),
    entry("22 begin after end", "do not fill", data_offsets=[60, 12]),
    entry("23 negative place", NO_OFFSETS, data_offsets=[-36, 12]),
    entry("24 place behind the end", PLACES, data_offsets=[1012, 1060]),
    Bad(
        "25 a thousand arrays in one place",
        lambda: only(arrays(1000, "[250000]", "[0,1000000]"), bytes(10**6)),
        PLACES,
    ),
    Bad("26 hole at the start", lambda: only(B, bytes(8)), PLACES),
    Bad(
        "26 hole between",
        lambda: only(f"{A},{B.replace('a', 'b').replace('4,8', '8,12')}", bytes(12)),
        "entry must say|" + PLACES,
    ),
    Bad(
        "27 a zip behind",
        lambda: good_model() + zip_file(),
        "arrays take 228 bytes, but there are",
    ),
    Bad("28 cut by 1 byte", lambda: good_model()[:-1], "arrays take 228 bytes, but"),
    Bad("28 cut to the half", lambda: good_model()[: len(good_model()) // 2], CUT),
    header("29 no shape", lambda t: t[FIRST].pop("shape"), "must say dtype, shape"),
    entry("30 a strange key", "must say dtype, shape", extra=1),
    header(
        "31 metadata of numbers",
        lambda t: t["__metadata__"].update(n=1),
        "__metadata__ must be texts",
    ),
    header(
        "31 metadata a list",
        lambda t: t.update(__metadata__=[]),
        "__metadata__ must be texts",
    ),
    header(
        "32 no digest",
        lambda t: t["__metadata__"].pop("sha256"),
        "no sha256, so damage would not be seen",
    ),
    Bad("32 a bit of a weight", lambda: with_data(flipped), "it is damaged"),
    Bad(
        "33 a bit of a dtype",
        lambda: good_model().replace(b'"F32"', b'"F22"', 1),
        "dtype 'F22' is not supported",
    ),
    entry("34 other dtype, same size", "and float32 by the conf", dtype="I32"),
    Bad(
        "34 other dtype, old digest",
        lambda: good_model().replace(b'"F32"', b'"I32"', 1),
        "it is damaged",
    ),
    Bad(
        "35 100 001 empty arrays",
        lambda: only(arrays(100_001, "[0]", "[0,0]")),
        "more than|too many parts",
    ),
    entry("36 10 000 axes", NO_SHAPE, shape=[1] * 10_000),
    entry("36 65 axes", NO_SHAPE, shape=[4, 3] + [1] * 63),
]
NAMES = [
    Bad(
        "37 a path as a name",
        lambda: with_array(good_model(), "../../etc/passwd", "F32", np.zeros(1, "f4")),
        r"nothing says what its array \.\./\.\./etc/passwd is for",
    ),
    Bad(
        "37 a path as a name of a weight",
        lambda: with_array(good_weights(), "/etc/passwd", "F32", np.zeros(1, "f4")),
        "nothing says what its array /etc/passwd is for",
        "weights",
    ),
    Bad("38 NUL in a name", lambda: only(A.replace("a", "a\\u0000", 1)), NO_NAME),
    Bad("38 no letter", lambda: only(A.replace("a", "", 1)), NO_NAME),
    Bad("38 ESC", lambda: only(A.replace("a", "\\u001b[2J", 1)), r"'\\x1b\[2J' is no"),
    Bad("38 newline", lambda: only(A.replace("a", "a\\n", 1)), NO_NAME),
    Bad("39 half a surrogate", lambda: only(A.replace("a", "\\ud800", 1)), NO_NAME),
    Bad("40 1 MB of name", lambda: only(A.replace("a", "a" * 2**20, 1)), NO_NAME),
    Bad("41 zip", zip_file, "a zip file, such as a .keras"),
    *(
        Bad(
            f"41 pickle of protocol {i}",
            partial(pickle.dumps, Attack(), i),
            "is a pickle, which is never opened" if i >= 2 else CUT,
        )
        for i in range(6)
    ),
    Bad("41 HDF5", lambda: b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file"),
    Bad("41 PNG", lambda: b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
    Bad("41 npy", lambda: b"\x93NUMPY\x01\x00" + bytes(99), r"a \.npy file"),
    Bad("41 text", lambda: b"units: 3\nactivation: relu\n", CUT),
    Bad(
        "43 an empty array of 2**124",
        lambda: only(arrays(1, f"[0,{2**62},{2**62}]", "[0,0]")),
        "is too large for an array",
    ),
    *(
        entry(f"44 {code}", f"dtype '{code}' is not supported", dtype=code)
        for code in ("BF16", "F8_E4M3", "F8_E5M2", "F4", "C64")
    ),
    Bad("46 junk behind", lambda: file_of("{} {}"), "not what it must be: Extra data"),
    header("48 null", lambda t: t.update({FIRST: None}), "must say dtype, shape"),
    entry("48 three places", NO_OFFSETS, data_offsets=[12, 60, 60]),
    entry("48 places as floats", NO_OFFSETS, data_offsets=[12.0, 60.0]),
    Bad(
        "49 a truth value of 2",
        lambda: with_array(good_model(), "layers/b", "BOOL", np.arange(3, dtype="u1")),
        "layers/b: a truth value is neither 0 nor 1",
    ),
]


def layers_of(said: Any) -> Any:
    return said["model"]["object"]["config"]["layers"]


def layer(said: Any) -> Any:
    """Return what the document says of the first layer."""
    return layers_of(said)[0]["object"]


def first(case: str, message: str, **config: object) -> Bad:
    """Return the good file with another configuration of its first layer."""
    return document(case, lambda d: layer(d)["config"].update(config), message)


def named(name: str, message: str, **said: object) -> Bad:
    """Return the good file with another class of its first layer."""
    return document(name, lambda d: layer(d).update(said), message)


def an_object(module: str, class_name: str, **config: object) -> Any:
    said = {"module": module, "class_name": class_name, "config": config}
    return {"object": said}


def nested(depth: int) -> Any:
    """Return a model in a model in a model."""
    inner = an_object("minidl.layers", "Identity")
    for _ in range(depth):
        inner = an_object("minidl.sequential", "Sequential", layers=[inner])
    return inner


def many(count: int) -> Change:
    """Return what makes a model have many layers."""
    said = an_object("minidl.layers", "Identity")
    return lambda d: d["model"]["object"]["config"].update(layers=[said] * count)


def version(number: object) -> Change:
    return lambda d: d.update(format_version=number)


def deep(count: int) -> Callable[[], bytes]:
    """Return what makes the metrics lists in lists, closed."""
    lists = "[" * count + "]" * count
    return lambda: with_text(good_model(), lambda text: text.replace('["mae"]', lists))


def unknown(kind: str, name: str) -> str:
    return rf"unknown {kind} '{name}'.*custom_objects"


def compiled(name: str, message: str, part: str, value: object) -> Bad:
    return document(name, lambda d: d["compiled"].update({part: value}), message)


CLASSES = [
    named("52 unknown class", "no class 'Denze' in 'minidl", class_name="Denze"),
    *(
        named(f"53 {module}.{name}", f"no class '{name}' in '{module}'", **said)
        for module, name in [
            ("os", "system"),
            ("subprocess", "Popen"),
            ("builtins", "eval"),
            ("minidl.objects", "Builder"),
            ("antigravity", "main"),
        ]
        for said in [{"module": module, "class_name": name}]
    ),
    document(
        "53 os.system without a module",
        lambda d: (layer(d).pop("module"), layer(d).update(class_name="os.system")),
        r"unknown class 'os\.system'.*custom_objects",
    ),
    named("53 an abstract class", "no class 'Layer'", class_name="Layer"),
    named("53 a class that is no text", r"no class \[\]", class_name=[]),
    first("54 activation eval", "unknown activation 'eval'", activation="eval"),
    first(
        "54 activation of os",
        "no class 'system' in 'os'",
        activation=an_object("os", "system"),
    ),
    first(
        "54 activation, a bare configuration",
        "unknown activation 'system'",
        activation={
            "dict": {"module": "os", "class_name": "system", "config": {"dict": {}}}
        },
    ),
    first("54 function", unknown("function", "eval"), activation={"function": "eval"}),
    document(
        "55 a user's class that was not passed",
        lambda d: (layer(d).pop("module"), layer(d).update(class_name="Mine")),
        r"unknown class 'Mine': pass custom_objects=\[Mine\]",
    ),
]
SIZES_SAID = [
    first("57 units of 1e9", "Dense: units must be a whole number", units=1e9),
    first("57 a thousand million units", "the file has no such array", units=10**9),
    document(
        "57 units, with an input_shape in the model",
        lambda d: (
            layer(d)["config"].update(units=10**9),
            d["model"]["object"]["config"].update(input_shape=[4]),
        ),
        "the file has no such array",
    ),
    document(
        "57 units, with an input_shape in the layer",
        lambda d: layer(d)["config"].update(units=10**9, input_shape=[4]),
        "the file has no such array",
    ),
    document(
        "57 a large input",
        lambda d: d.update(input_shape=[10**9]),
        "the file has no such array",
    ),
    document(
        "57 a large normalization",
        lambda d: layer(d).update(
            class_name="Normalization", config={"mean": 0.0, "variance": 1.0}
        ),
        "layer 'normalization', mean must be of shape",
    ),
    compiled(
        "57 a large AUC",
        "AUC.*num_thresholds=.* may ask for 100000",
        "metrics",
        [an_object("minidl.metrics", "AUC", num_thresholds=10**9)],
    ),
    first("58 units of -1", "Dense: units must be at least 1, got -1", units=-1),
    first("58 units of 2.5", "Dense: units must be a whole number", units=2.5),
    first("58 units a text", "Dense: units must be a whole number, got '3'", units="3"),
    first("58 units true", "Dense: units must be a whole number, got True", units=True),
    first("58 units NaN", "Dense: units must be a whole", units={"float": "nan"}),
    first("59 unknown argument", "Dense has no argument 'unitz'", unitz=3),
    document(
        "60 an argument less",
        lambda d: layer(d)["config"].pop("units"),
        "Dense needs the argument 'units'",
    ),
]
TEXTS = [
    Bad(
        "61 a key twice",
        lambda: with_text(
            good_model(), lambda t: t.replace('"units":', '"units":7,"units":', 1)
        ),
        TWICE,
    ),
    Bad("62 lists 100 000 deep", deep(100_000), DEEP),
    Bad("62 lists 900 deep", deep(900), DEEP),
    Bad("62 no JSON", lambda: with_text(good_model(), lambda t: t[:-2]), "not what it"),
    Bad("62 a list", lambda: with_text(good_model(), lambda t: "[1]"), "its format_v"),
    Bad(
        "62 5 MB",
        lambda: with_text(good_model(), lambda t: t + " " * 5 * 2**20),
        "longer than",
    ),
    Bad(
        "62 NaN",
        lambda: with_text(good_model(), lambda t: t.replace("0.25", "NaN")),
        "NaN is no JSON",
    ),
    Bad(
        "62 many lists",
        lambda: with_text(
            good_model(),
            lambda t: t.replace("null", f"[{','.join(['[]'] * 1_000_000)}]", 1),
        ),
        "too many parts",
    ),
    *(
        document(f"63 version {v!r}", version(v), m)
        for v, m in [
            (999, "a newer minidl has written it"),
            ("1", "'1' is no format_version"),
            (0, "0 is no format_version"),
            (True, "True is no format_version"),
        ]
    ),
    document(
        "63 no format_version",
        lambda d: d.pop("format_version"),
        "does not say its format_version",
    ),
    document("63 a strange part", lambda d: d.update(code="1"), "has not these parts"),
    document("64 100 000 layers", many(100_000), "longer than|too many parts"),
    document("64 20 000 layers", many(20_000), "more than 1000 layers"),
    document("64 4 900 layers", many(4_900), "more than 1000 layers"),
    document("64 1 000 layers", many(999), "its weights are not those"),
    document(
        "65 a model in a model, a hundred times",
        lambda d: d.update(model=nested(100)),
        DEEP,
    ),
    document(
        "65 a model in a model, 33 times", lambda d: d.update(model=nested(33)), DEEP
    ),
    document(
        "66 two layers of a name",
        lambda d: layers_of(d)[3]["object"]["config"].update(name="first"),
        "has a layer 'first' already",
    ),
    first("67 ESC in a layer's name", r"got 'a\\x1b\[2J'", name="a\x1b[2J"),
    first("67 newline in a layer's name", r"got 'a\\nb'", name="a\nb"),
    first("67 1 MB of name", "more than 64 letters", name="n" * 2**20),
    first("67 a name that is no text", "name must be a string", name=7),
]


def without(name: str) -> Change:
    """Return what makes a table end before an array, the last one."""
    return lambda table: table.pop(name)


def renamed(table: Any) -> None:
    table["layers/9.other/kernel"] = table.pop(LAST)


def a_step(value: object) -> Bad:
    return document(
        f"71 {value!r:.20} steps",
        lambda d: d["optimizer"].update(iterations=value),
        "optimizer cannot have taken",
    )


def stream(name: str, message: str, **said: object) -> Bad:
    return document(name, lambda d: d["streams"]["random"].update(said), message)


WEIGHTS = [
    Bad(
        "68 missing and too many",
        lambda: with_header(good_weights(), renamed),
        r"layers/3\.last/kernel is missing; layers/9\.other/kernel is too many",
        "weights",
    ),
    Bad(
        "68 other shapes and dtypes, all of them",
        lambda: with_array(
            with_array(good_weights(), LAST, "F32", np.zeros((3, 2), "f4")),
            FIRST,
            "I32",
            np.zeros((4, 3), "i4"),
        ),
        r"0\.first/kernel is of int32.*3\.last/kernel is \(3, 2\) and not \(3, 1\)",
        "weights",
    ),
    header("68 an array less in a model", renamed, r"last/kernel.*missing.*too many"),
    Bad(
        "68 an array more in a model",
        lambda: with_array(good_model(), "layers/9.a/b", "F32", np.zeros(1, "f4")),
        r"layers/9\.a/b is too many",
    ),
    Bad(
        "68 another shape in a model",
        lambda: with_array(good_model(), LAST, "F32", np.zeros((3, 2), "f4")),
        r"must be of shape \(3, 1\) and float32 by the configuration",
    ),
    Bad(
        "68 another dtype in a model",
        lambda: with_array(good_model(), LAST, "F64", np.zeros((3, 1))),
        r"kernel must be of shape \(3, 1\) and float32 by",
    ),
    Bad(
        "69 1e300 in a float32",
        lambda: with_array(good_weights(), LAST, "F64", np.full((3, 1), 1e300)),
        r"too large for float32",
        "weights",
    ),
    document(
        "70 a learning rate of NaN",
        lambda d: d["compiled"]["optimizer"]["object"]["config"].update(
            learning_rate={"float": "nan"}
        ),
        "Adam: learning_rate must be a finite number",
    ),
    document(
        "70 a state that is a learning rate",
        lambda d: d["optimizer"].update(_learning_rate={"float": "nan"}),
        "'_learning_rate' is no state of a Adam|no state of",
    ),
    document(
        "70 a state that is a method",
        lambda d: d["optimizer"].update(step=1),
        "'step' is no state of",
    ),
    Bad(
        "71 a slot of another size",
        lambda: with_array(
            good_model(), "optimizer/velocity", "F32", np.zeros(7, "f4")
        ),
        "optimizer/velocity is not 19 numbers of float32",
    ),
    Bad(
        "71 a slot of another dtype",
        lambda: with_array(good_model(), "optimizer/velocity", "F64", np.zeros(19)),
        "optimizer/velocity is not 19 numbers of float32",
    ),
    *map(a_step, (-1, 2**70, 1.5, "4", True)),
    document("71 no optimizer", lambda d: d.update(optimizer=7), "is no dictionary|7"),
]
STREAMS = [
    document(
        "72 another bit generator",
        lambda d: d["streams"].update(random={"bit_generator": "MT19937"}),
        "is no state of a random stream",
    ),
    stream("72 a state of -1", "no number of 32 hexadecimal digits", state=-1),
    stream("72 a state of -1 in letters", "no number of 32", state="-" + "1" * 31),
    stream("72 a state of 2**200", "no number of 32 hexadecimal", state="f" * 50),
    stream("72 a state of 1.5", "no number of 32 hexadecimal digits", state=1.5),
    stream("72 an even inc", "is no state of a random stream", inc="0" * 32),
    stream("72 a half of 2**32", "is no state of a random stream", uinteger=2**32),
    stream("72 a half of -1", "is no state of a random stream", uinteger=-1),
    stream("72 seven halves", "is no state of a random stream", has_uint32=7),
    document(
        "72 a stream less",
        lambda d: d["streams"].pop("shuffling"),
        "its random streams are not the model's",
    ),
    document(
        "72 a stream more",
        lambda d: d["streams"].update(other=d["streams"]["random"]),
        "its random streams are not the model's",
    ),
    document(
        "72 no streams", lambda d: d.update(streams=None), "its random streams are not"
    ),
]


GOOD = {"values": [0.0] * 19, "loss": 1.0}
SCORES = {
    "loss": {"dict": {"_total": 0.0, "_samples": 0}},
    "metrics": {"dict": {"mae": {"dict": {"total": 0.0, "count": 0.0}}}},
}
AT = {"taken": 0, "extent": [8, 32], "drawn_at": None}


def run(name: str, message: str, **said: object) -> Bad:
    whole = {
        "epoch": 1,
        "batch": 0,
        "stopped": False,
        "scores": SCORES,
        "batches": None,
        "unseen": None,
        "callbacks": [],
        "good": GOOD,
    }
    return document(name, lambda d: d.update(run=whole | said), message, "resume")


def history(name: str, message: str, load: str = "model", **said: object) -> Bad:
    return document(name, lambda d: d["history"].update(said), message, load)


def late(*rows: object) -> dict[str, Any]:
    return {"dict": {"loss": list(rows)}}


RUNS = [
    run("73 an epoch of -1", "-1 is no epoch", epoch=-1),
    run("73 an epoch of 1.5", "1.5 is no epoch", epoch=1.5),
    run("73 a batch of -1", "-1 is no batch", batch=-1),
    run("73 a batch of 2**70", "is no batch", batch=2**70),
    run("73 no good weights", "does not say values and loss alone", good={}),
    run("73 other good weights", "not those of its model", good=GOOD | {"values": 3}),
    run("73 no scores", "does not say loss and metrics alone", scores={}),
    run("73 other scores", "counts", scores=SCORES | {"metrics": {"dict": {}}}),
    run("73 scores that are a list", "is no dictionary", scores=[]),
    run("73 callbacks that are a number", "3 are no callbacks", callbacks=3),
    run("73 a callback without a class", "does not say class_name", callbacks=[{}]),
    run("73 data without a place", "does not say taken", batches={}),
    run(
        "73 data at a place of -1",
        "is no number of batches",
        batches=AT | {"taken": -1},
    ),
    run("73 data behind the end", "had taken 9 batches", batches=AT | {"taken": 9}),
    run("73 other data", "pass the same data", batches=AT | {"extent": [9, 32]}),
    run("73 data of no size", "lacks a part", batches=AT | {"extent": []}),
    document("73 a run that is a list", lambda d: d.update(run=[1]), "run", "resume"),
    history("73 an epoch that is a text", "history", epoch=["x"]),
    history("73 epochs that are no list", "history", epoch=7),
    history("73 numbers of no epochs", "does not fit its epochs", epoch=[]),
    history("73 late rows that are a list", "is no dictionary", _late=[]),
    history("73 a late row that is a text", "history", _late=late("x")),
    history("73 a row that is not there", "does not fit", _late=late(9)),
    history("73 rows in a wrong order", "does not fit", _late=late(1, 0)),
    history("73 more rows than numbers", "does not fit", _late=late(0, 1, 2, 3)),
    history("73 an epoch to resume from", "history", "resume", epoch=["x"]),
    Bad("74 a bit of a weight", lambda: with_data(flipped), "it is damaged"),
    Bad("75 weights as a model", good_weights, "weights alone.*load_weights"),
    Bad("75 a model as weights", good_model, "whole model.*load_model", "weights"),
    Bad(
        "75 a file of another program",
        lambda: sealed({"__metadata__": {"format": "pt"}}),
        "it was not saved by minidl",
    ),
]


def cases() -> Iterator[Bad]:
    """Yield every bad file."""
    for group in (
        *(SIZES, HEADERS, ENTRIES, NAMES, CLASSES),
        *(SIZES_SAID, TEXTS, WEIGHTS, STREAMS, RUNS),
    ):
        yield from group
