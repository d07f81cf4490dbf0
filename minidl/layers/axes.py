"""The axes of a batch, numbered as in Keras: 0 is the batch, -1 the last one."""

from minidl import arguments
from minidl.errors import ShapeError
from minidl.types import Shape


def check_one(owner: str, name: str, value: object) -> int:
    """Return `value` as an axis, or raise."""
    most = 64  # axes that an array of NumPy may have
    return arguments.whole_number(owner, name, value, least=-most)


def check(owner: str, name: str, value: object) -> int | tuple[int, ...]:
    """Return `value` as an axis or several, each of them no more than once, or raise.

    Whether a batch has such an axis is not known before `resolve`.
    """
    if not isinstance(value, tuple | list):
        return check_one(owner, name, value)
    found = tuple(check_one(owner, name, axis) for axis in value)
    if not found or len(set(found)) < len(found):
        raise ValueError(f"{owner}: {name} must hold different axes, got {value!r}")
    return found


def resolve(
    label: str, name: str, axis: int | tuple[int, ...], input_shape: Shape
) -> tuple[int, ...]:
    """Return the axes of a batch of such samples in ascending order, or raise."""
    rank = 1 + len(input_shape)
    given = axis if isinstance(axis, tuple) else (axis,)
    found = {each + rank if each < 0 else each for each in given}
    if len(found) < len(given) or not found <= set(range(1, rank)):
        raise ShapeError(
            f"{label}: {name}={axis!r} does not fit samples of shape {input_shape}: "
            f"axis 0 is the batch, theirs are 1 to {rank - 1}, or -1 for the last"
        )
    return tuple(sorted(found))
