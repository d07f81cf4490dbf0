"""Where models without a seed of their own take one from."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_common: np.random.SeedSequence | None = None


def begin(seed: int) -> None:
    """Let models without a seed derive theirs from this one, in order."""
    global _common
    _common = np.random.SeedSequence(seed)


@contextmanager
def aside() -> Iterator[None]:
    """Let the models that are made meanwhile take no seed from the common one."""
    global _common
    kept, _common = _common, None
    try:
        yield
    finally:
        _common = kept


def sequence(seed: int | None) -> np.random.SeedSequence:
    """Return what a model's random streams grow from.

    Args:
        seed: The model's seed; without one, the next from the seed that `begin` was
            given, or else something new.
    """
    if seed is None and _common is not None:
        return _common.spawn(1)[0]
    return np.random.SeedSequence(seed)
