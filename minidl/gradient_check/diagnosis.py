"""What kind of mistake a wrong gradient is, as far as its numbers tell."""

import numpy as np

from minidl.layers.layer import Layer
from minidl.parameter import Parameter
from minidl.types import Array


def unwritten(layer: Layer, owner: Layer, weight: Parameter, dy: Array) -> str:
    """Say whether a gradient was never written or added to instead of assigned."""
    weight.grad[...] = 0.0
    layer.backward(dy)
    once = weight.grad.copy()
    layer.backward(dy)
    what = f"{owner.label}: backward()"
    if once.any() and np.allclose(weight.grad, 2 * once):
        return (
            f"{what} adds to the gradient of {weight.name!r} instead of assigning it: "
            f"write self.{weight.name}.grad = ..."
        )
    return (
        f"{what} has never written the gradient of {weight.name!r}, or not all of it: "
        f"assign self.{weight.name}.grad"
    )


def mistake(got: Array, expected: Array, turned: Array, samples: int) -> str:
    """Say what kind of mistake turns the expected gradient into the one that came."""

    def same(a: Array, b: Array) -> bool:
        return np.allclose(a, b, rtol=1e-4, atol=1e-4 * float(np.abs(expected).max()))

    if not got.any():
        return ": it is zero everywhere"
    if same(turned, expected):
        return ": it is transposed"
    factor = float(got @ expected) / float(expected @ expected or 1.0)
    if factor == 0 or not same(got, factor * expected):
        return ""
    if np.isclose(factor, -1, rtol=1e-4):
        return ": it has the wrong sign"
    if np.isclose(factor, 1 / samples, rtol=1e-4):
        return ": it is averaged over the batch where it must be summed"
    if np.isclose(factor, samples, rtol=1e-4):
        return ": it is summed over the batch where it must be averaged"
    sign = ", with the wrong sign" if factor < 0 else ""
    if abs(factor) > 1:
        return f": it is {abs(factor):.3f} times too large{sign}"
    return f": it is {1 / abs(factor):.3f} times too small{sign}"
