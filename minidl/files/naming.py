"""What the weights and the random streams of a model are called in a file.

A name is the way to it: through attributes, and through the places in a list, with the
names of the layers there. "layers/0.dense/kernel" is the kernel of a model's first
layer.
"""

import random
import re
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from minidl.layers.layer import Layer
from minidl.parameter import Parameter

RandomStream: TypeAlias = (
    np.random.Generator | np.random.BitGenerator | np.random.RandomState | random.Random
)
Part: TypeAlias = Parameter | Layer | RandomStream


def weights(model: Layer) -> dict[str, Parameter]:
    """Return the weights of a model by name."""
    return {n: part for n, part in _parts(model).items() if isinstance(part, Parameter)}


def streams(model: Layer) -> dict[str, np.random.Generator]:
    """Return the random streams of a model and of its layers by name, each once.

    Raises:
        TypeError: if one is of another kind than `numpy.random.default_rng`.
    """
    found: dict[str, np.random.Generator] = {}
    for name, part in _parts(model).items():
        if isinstance(part, np.random.Generator):
            found[name] = part
        elif isinstance(part, RandomStream):
            raise TypeError(
                f"{model.label}, {name} is a {type(part).__name__}, which cannot be "
                f"saved: use numpy.random.default_rng(seed)"
            )
    return found


def place(name: str) -> str:
    """Return a weight's name without the names of layers, which may differ."""
    return re.sub(r"(^|/)(\d+)\.[^/]+", r"\1\2", name)


def _parts(model: Layer) -> dict[str, Part]:
    """Return everything in a model by name, what is met again left out."""
    found: dict[str, Part] = {}
    seen: set[int] = set()
    for name, part in _walk("", model):
        if id(part) not in seen:
            seen.add(id(part))
            found[name] = part
    return found


def _walk(name: str, value: object) -> Iterator[tuple[str, Part]]:
    """Yield what is in a value: parameters, layers and random streams."""
    if isinstance(value, Parameter | RandomStream):
        yield name, value
    elif isinstance(value, Layer):
        yield name, value
        inner = vars(value)
        for attribute, part in inner.items():
            public = attribute.lstrip("_")
            word = attribute if public in inner else public
            yield from _walk(f"{name}/{word}" if name else word, part)
    elif isinstance(value, dict | list | tuple):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for i, (key, part) in enumerate(pairs):
            word = _word(key if isinstance(key, str) else str(i))
            if isinstance(part, Layer) and not isinstance(value, dict):
                word = f"{i}.{_word(part.name)}"
            yield from _walk(f"{name}/{word}", part)


def _word(text: str) -> str:
    """Return a text in the letters that names in a file may have."""
    return re.sub(r"[^A-Za-z0-9_:-]", "_", text)[:64]
