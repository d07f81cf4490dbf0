"""The layer in which every output sees every input."""

from typing import Unpack

from minidl import arguments, initializers
from minidl.constants import ones
from minidl.errors import ShapeError
from minidl.initializers import Initializer
from minidl.layers import activations
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.parameter import Parameter
from minidl.types import Array, Shape


class Dense(Layer):
    """Every output sees every input.

    Forward:   y = x @ kernel + bias
    Backward:  dkernel = x.T @ dy
               dbias = dy.sum(axis=0)
               dx = dy @ kernel.T
    Shapes:    x (batch, n_in), kernel (n_in, units), bias (units,), y (batch, units)
    Keeps:     x, until the next forward

    With an activation, y is what the activation makes of it.

    Args:
        units: The number of outputs, at least 1.
        activation: A name such as "sigmoid", an activation layer or None (default).
        use_bias: Whether to add a bias; True by default.
        kernel_initializer: What the kernel begins with; "glorot_uniform" by default.
        bias_initializer: What the bias begins with; "zeros" by default.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if a sample has more than one axis.

    Source: `keras.layers.Dense`, of which this has the names and defaults.
    """

    units: int
    activation: Layer | None
    use_bias: bool
    kernel_initializer: Initializer
    bias_initializer: Initializer
    kernel: Parameter  # (n_in, units)
    bias: Parameter  # (units,)
    _x: Array  # (batch, n_in)

    def __init__(
        self,
        units: int,
        activation: object = None,
        use_bias: bool = True,
        kernel_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.units = arguments.whole_number("Dense", "units", units)
        self.activation = None if activation is None else activations.get(activation)
        self.use_bias = arguments.flag("Dense", "use_bias", use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)

    def build(self, input_shape: Shape) -> None:
        """Declare the kernel (n_in, units) and, if there is one, the bias (units,)."""
        if len(input_shape) != 1:
            raise ShapeError(
                f"{self.label} takes samples of shape (features,), got {input_shape}"
            )
        kernel_shape = (*input_shape, self.units)
        self.kernel = self.add_parameter(
            "kernel", kernel_shape, self.kernel_initializer
        )
        if self.use_bias:
            self.bias = self.add_parameter("bias", (self.units,), self.bias_initializer)
        if self.activation is not None:
            shape = self.activation.connect((self.units,))
            if shape != (self.units,):
                raise ShapeError(
                    f"{self.label}: the activation {self.activation!r} makes {shape} "
                    f"of {(self.units,)}: an activation keeps the shape"
                )

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (units,)."""
        return (self.units,)

    def forward(self, x: Array, /) -> Array:
        """Return y = x @ kernel + bias, activated."""
        self._x = x
        y: Array = x.dot(self.kernel.value)  # for small arrays much faster than @
        if self.use_bias:
            y += self.bias.value
        return y if self.activation is None else self.activation.forward(y)

    def backward(self, dy: Array, /) -> Array:
        """Assign dkernel = x.T @ dy, dbias = dy.sum(axis=0); return dy @ kernel.T."""
        if self.activation is not None:
            dy = self.activation.backward(dy)
        self._x.T.dot(dy, out=self.kernel.grad)
        if self.use_bias:
            ones(len(dy), dy.dtype).dot(dy, out=self.bias.grad)
        if not self.needs_dx:
            return dy
        dx: Array = dy.dot(self.kernel.value.T)
        return dx
