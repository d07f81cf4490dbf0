"""Executes the formulas that docstrings state."""

import inspect
import math
import re
from typing import Any

import numpy as np

NAMES = (
    *(
        "abs",
        "arange",
        "ceil",
        "clip",
        "concatenate",
        "cos",
        "cosh",
        "exp",
        "floor",
        "log",
        "maximum",
        "minimum",
        "ones_like",
        "pi",
        "sort",
        "split",
    ),
    *("sign", "sqrt", "tanh", "where"),
)
FUNCTIONS = {
    **{name: getattr(np, name) for name in NAMES},
    "erf": np.vectorize(math.erf, otypes=[float]),
}


def statements(cls: type, section: str) -> str:
    """Return the statements of "Forward:" and the like in a class's docstring."""
    doc = inspect.getdoc(cls) or ""
    match = re.search(rf"^{section}:( +)(.+(?:\n {{8,}}.+)*)", doc, re.MULTILINE)
    if match is None:
        raise AssertionError(f"the docstring of {cls.__name__} has no {section}:")
    return inspect.cleandoc(match[2])


def execute(cls: type, section: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values after the section's statements were executed on them."""
    names = {**FUNCTIONS, **values}
    exec(statements(cls, section), names)
    return names
