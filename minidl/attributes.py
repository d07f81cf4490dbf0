"""How fast Python finds the attributes of objects."""

import sys
from collections.abc import Iterable


def quicken(parts: Iterable[object]) -> None:
    """Let Python find the attributes of some objects faster, if it is CPython < 3.13.

    Objects of a class share the names of their attributes until one is asked for all
    of them, as `vars` and `copy` do. From then on these versions search that object's
    dictionary for each attribute, where they know the place of one in a dictionary
    that shares nothing.
    """
    if sys.version_info < (3, 13):
        for part in parts:
            object.__setattr__(part, "__dict__", dict(vars(part)))
