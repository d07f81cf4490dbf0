"""Says which layer or metric raised an error, at no cost to the steps without one."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np

METHODS = ("forward", "backward", "update_state")


@contextmanager
def naming_the_part() -> Iterator[None]:
    """Let an error that passes say which layer or metric raised it."""
    try:
        yield
    except Exception as error:
        name_the_part(error)
        raise


def name_the_part(error: BaseException | None) -> None:
    """Add to an error a note of the innermost layer or metric that raised it.

    Nothing is added without an error, or if its message names the part.
    """
    if error is None:
        return
    places = [_place(frame) for frame, _ in traceback.walk_tb(error.__traceback__)]
    # without a part the label is "", which is in every message
    label, note = next(filter(None, reversed(places)), ("", ""))
    if note and "Parameter" in str(error):
        note += "; the numbers of a Parameter are in its .value"
    if label not in str(error) and note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _place(frame: FrameType) -> tuple[str, str] | None:
    """Return which part runs in a frame, and what to say of it, if one does."""
    code = frame.f_code
    if code.co_name not in METHODS or code.co_argcount < 2:
        return None
    itself, name = code.co_varnames[:2]  # "self", and "x" or "dy", say
    label = getattr(frame.f_locals.get(itself), "label", None)
    if not isinstance(label, str):
        return None
    given = frame.f_locals.get(name)
    note = f"raised by {code.co_name}() of {label}"
    if isinstance(given, np.ndarray):
        note += f", where {name} has shape {given.shape}"
    return label, note
