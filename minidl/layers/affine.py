"""x @ kernel + bias, and its gradients, as one product of matrices each."""

import numpy as np

from minidl.packing import adjacent, pack
from minidl.parameter import Parameter
from minidl.types import Array


class Affine:
    """A kernel and a bias that lie end to end, as one matrix.

    Forward:   y = [x 1] @ [kernel; bias]
    Backward:  [dkernel; dbias] = [x 1].T @ dy
    Shapes:    [x 1] (rows, n_in + 1), [kernel; bias] (n_in + 1, units)

    This goes over x once more than x @ kernel + bias does, to put ones beside it, but
    not over y again to add the bias, nor over dy for the gradient of the bias.

    Args:
        kernel: The upper rows.
        bias: The last row.

    Attributes:
        value: [kernel; bias], a view of both.
        grad: [dkernel; dbias], likewise.
        x: [x 1] of the last `with_ones`.
    """

    value: Array
    grad: Array
    x: Array

    def __init__(self, kernel: Parameter, bias: Parameter) -> None:
        values, gradients = pack((kernel, bias))
        self.value = values.reshape(-1, bias.size)
        self.grad = gradients.reshape(-1, bias.size)
        self.x = np.ones((0, len(self.value)), values.dtype)

    def with_ones(self, x: Array) -> Array:
        """Return [x 1], in the array of the last time if that has as many rows."""
        if len(self.x) != len(x):
            self.x = np.ones((len(x), len(self.value)), self.value.dtype)
        self.x[:, :-1] = x
        return self.x


def affine(kernel: Parameter, bias: Parameter) -> Affine | None:
    """Return both as one; None if they lie apart, as they may before training."""
    joint: Affine | None = kernel._joint
    if joint is None or joint is not bias._joint:  # one of them was moved
        if not adjacent((kernel, bias)):
            return None
        kernel._joint = bias._joint = joint = Affine(kernel, bias)
    return joint
