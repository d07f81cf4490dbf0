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
    Keeps:     x and [x 1], until the next forward

    This goes over x once more than x @ kernel + bias does, to put ones beside it, but
    not over y again to add the bias, nor over dy for the gradient of the bias.

    Args:
        kernel: The upper rows.
        bias: The last row.

    Attributes:
        kernel: What it was given; a layer that has another by now computes without it.
        bias: Likewise.
        value: [kernel; bias], a view of both.
        grad: [dkernel; dbias], likewise.
        x: What `with_ones` was last given.
        x_and_ones: What it returned.
    """

    kernel: Parameter
    bias: Parameter
    value: Array
    grad: Array
    x: Array | None
    x_and_ones: Array

    def __init__(self, kernel: Parameter, bias: Parameter) -> None:
        self.kernel, self.bias = kernel, bias
        values, gradients = pack((kernel, bias))
        self.value = values.reshape(-1, bias.size)
        self.grad = gradients.reshape(-1, bias.size)
        self.x = None
        self._ones = np.ones((0, len(self.value)), self.value.dtype)

    def with_ones(self, x: Array) -> Array:
        """Return [x 1], and keep it."""
        ones = self._ones
        if len(ones) != len(x):
            self._ones = ones = np.ones((len(x), len(self.value)), self.value.dtype)
        x_and_ones = ones.copy()
        x_and_ones[:, :-1] = x
        self.x, self.x_and_ones = x, x_and_ones
        return x_and_ones

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """Let None be a copy of it, which would be a view of nothing."""
        return type(None), ()


def affine(kernel: Parameter, bias: Parameter) -> Affine | None:
    """Return both as one; None if they lie apart, as before training, or do not fit."""
    fit = bias.shape == kernel.shape[1:]
    return Affine(kernel, bias) if fit and adjacent((kernel, bias)) else None
