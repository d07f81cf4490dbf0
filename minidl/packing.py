"""Where parameters lie: end to end, in one vector of values and one of gradients.

So an optimizer's step is a handful of NumPy calls however deep the model is.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from minidl.parameter import Parameter
from minidl.types import Array


def pack(parameters: Sequence[Parameter]) -> tuple[Array, Array]:
    """Lay parameters end to end in one vector of values and one of gradients.

    Parameters that lie so already, in a larger model's vectors too, stay where they
    are. So a model inside a model shares the outer one's vectors.

    Returns:
        The two vectors, values and gradients, of which the parameters are views.
    """
    if not parameters:
        return np.zeros(0), np.zeros(0)
    size = sum(parameter.size for parameter in parameters)
    first = parameters[0]
    values, gradients = first._vectors
    if adjacent(parameters):
        part = slice(first._start, first._start + size)
        return values[part], gradients[part]
    values, gradients = np.empty(size, values.dtype), np.zeros(size, values.dtype)
    start = 0
    for parameter in parameters:
        parameter._move(values, gradients, start)
        start += parameter.size
    return values, gradients


@contextmanager
def put_back(parameters: Sequence[Parameter]) -> Iterator[None]:
    """Put parameters, with the numbers that they then have, back where they lie now."""
    places = [
        (parameter, parameter._vectors, parameter._start) for parameter in parameters
    ]
    try:
        yield
    finally:
        for parameter, vectors, start in places:
            parameter._move(*vectors, start)


def adjacent(parameters: Sequence[Parameter]) -> bool:
    """Return whether parameters lie end to end, in this order."""
    values, _ = parameters[0]._vectors
    start = parameters[0]._start
    for parameter in parameters:
        if parameter._vectors[0] is not values or parameter._start != start:
            return False
        start += parameter.size
    return True


def parts(weights: Sequence[Parameter], chosen: Collection[Parameter]) -> list[slice]:
    """Return where in the vector of all weights each of the chosen ones lies."""
    found: list[slice] = []
    start = 0
    for weight in weights:
        stop = start + weight.size
        if weight in chosen:
            found.append(slice(start, stop))
        start = stop
    return found
