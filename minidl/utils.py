"""Small helpers around a program: labels, seeds, norms."""

import random

import numpy as np

from minidl import arguments, arrays, seeding
from minidl.types import Array, ArrayLike

FLOAT64 = np.dtype("float64")


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> Array:
    """Return labels as rows of zeros with a 1 in the column of the label.

    Args:
        x: Whole numbers from 0, of any shape; a last axis of 1 is left out.
        num_classes: The number of columns; by default the largest label and one more.

    Raises:
        ValueError: for a label that is no whole number in [0, num_classes).

    Example:
        >>> to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]])

    Source: `keras.utils.to_categorical`.
    """
    owner = "to_categorical()"
    given = arrays.real_array(owner, "x", x, FLOAT64)
    if given.ndim > 1 and given.shape[-1] == 1:
        given = given[..., 0]
    labels = given.astype(int)
    if num_classes is None:
        num_classes = int(labels.max(initial=-1)) + 1
    num_classes = arguments.whole_number(owner, "num_classes", num_classes)
    wrong = (labels != given) | (labels < 0) | (labels >= num_classes)
    if wrong.any():
        label = given[wrong].flat[0]
        raise ValueError(
            f"{owner}: {label:g} is no class: labels must be whole numbers from 0 to "
            f"{num_classes - 1}"
        )
    rows: Array = np.eye(num_classes)[labels]
    return rows


def normalize(x: ArrayLike, axis: int = -1, order: int = 2) -> Array:
    """Return x divided by its norm along an axis; what is zero stays zero.

    Args:
        x: Numbers of any shape.
        axis: Along which to take the norm; the last by default.
        order: Of the norm: 2 (default) for the Euclidean, 1 for the sum of absolutes.

    Source: `keras.utils.normalize`.
    """
    array = arrays.real_array("normalize()", "x", x, FLOAT64)
    norm = np.linalg.norm(np.atleast_1d(array), order, axis, keepdims=True)
    return array / np.where(norm == 0, 1, norm)


def clear_session() -> None:
    """Do nothing, for programs for Keras: minidl keeps no graph and no layer's name.

    Source: `keras.utils.clear_session`.
    """


def set_random_seed(seed: int) -> None:
    """Seed everything, so that the whole program repeats, as in programs for Keras.

    From here on, models without a seed derive theirs from this one, in the order in
    which they are made. `Sequential(..., seed=0)` is the direct way for one model. The
    global random numbers of Python and NumPy, which minidl does not use, are seeded
    for the program's own draws.

    Args:
        seed: A whole number of at least 0.

    Source: `keras.utils.set_random_seed`.
    """
    seed = arguments.whole_number("set_random_seed()", "seed", seed, least=0)
    seeding.begin(seed)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  # not used here, but by the program
