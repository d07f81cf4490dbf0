"""Random streams as JSON: where a generator stands, so that it goes on from there."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np


def describe(name: str, random: np.random.Generator) -> dict[str, Any]:
    """Return where a stream stands.

    Raises:
        TypeError: if it is not a stream of `numpy.random.default_rng`.
    """
    return as_text(name, random.bit_generator.state)


def as_text(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state that NumPy gave, with its large numbers as texts."""
    if state["bit_generator"] != "PCG64":
        raise TypeError(
            f"{name} draws from {state['bit_generator']}, which cannot be saved: use "
            f"numpy.random.default_rng(seed)"
        )
    return {
        "state": f"{state['state']['state']:032x}",
        "inc": f"{state['state']['inc']:032x}",
        "has_uint32": state["has_uint32"],
        "uinteger": state["uinteger"],
    }


def check_all(said: object, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the states of streams of these names, as NumPy takes them.

    Raises:
        ValueError: if there are others, or one cannot stand there.
    """
    if not isinstance(said, dict) or set(said) != set(names):
        raise ValueError(f"its random streams are not the model's {sorted(names)}")
    return {name: check(name, state) for name, state in said.items()}


def check(name: str, said: object) -> dict[str, Any]:
    """Return the state that NumPy takes, or raise: NumPy would take nonsense, too.

    Raises:
        ValueError: if no stream can stand there.
    """
    if not isinstance(said, dict) or set(said) != {
        "state",
        "inc",
        "has_uint32",
        "uinteger",
    }:
        raise ValueError(f"{name}: {said!r:.60} is no state of a random stream")
    state, inc = _hexadecimal(name, said["state"]), _hexadecimal(name, said["inc"])
    kept, rest = said["has_uint32"], said["uinteger"]
    if inc % 2 == 0 or type(kept) is not int or type(rest) is not int:
        raise ValueError(f"{name}: {said!r:.120} is no state of a random stream")
    if kept not in (0, 1) or not 0 <= rest < 2**32:
        raise ValueError(f"{name}: {said!r:.120} is no state of a random stream")
    return {
        "bit_generator": "PCG64",
        "state": {"state": state, "inc": inc},
        "has_uint32": kept,
        "uinteger": rest,
    }


def _hexadecimal(name: str, text: object) -> int:
    """Return the number that 32 hexadecimal digits are."""
    digits = set("0123456789abcdef")
    if not isinstance(text, str) or len(text) != 32 or not set(text) <= digits:
        raise ValueError(f"{name}: {text!r:.60} is no number of 32 hexadecimal digits")
    return int(text, 16)
