"""How fast Python finds the attributes of objects."""

import sys
from collections.abc import Iterable


def quicken(parts: Iterable[object]) -> None:
    """Let CPython before 3.13 find the attributes of some objects faster.

    There the objects of a class share one table of their attributes' names, until
    `vars` or `copy` asks an object for all of them. From then on Python searches for
    each attribute of that object. This gives each object a dictionary that shares
    nothing: in such a one Python remembers the places of the attributes.
    """
    if sys.version_info < (3, 13):
        for part in parts:
            object.__setattr__(part, "__dict__", dict(vars(part)))
