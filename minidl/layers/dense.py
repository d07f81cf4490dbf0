"""The layer in which every output sees every input."""

from typing import Unpack

from minidl import arguments, constraints, initializers, regularizers
from minidl.constants import ones
from minidl.constraints import Constraint
from minidl.errors import ShapeError
from minidl.initializers import Initializer
from minidl.layers import activations
from minidl.layers.affine import Affine, affine
from minidl.layers.layer import Layer
from minidl.layers.options import LayerOptions
from minidl.parameter import Parameter
from minidl.regularizers import Regularizer
from minidl.types import Array, Shape


class Dense(Layer):
    """Every output sees every input.

    Forward:   y = x @ kernel + bias
    Backward:  dkernel = x.T @ dy
               dbias = dy.sum(axis=0)
               dx = dy @ kernel.T
    Shapes:    x (batch, n_in), kernel (n_in, units), bias (units,), y (batch, units)
    Keeps:     x, until the next forward

    With an activation, y is what the activation makes of it. A sample with more axes is
    taken row by row: x (batch, ..., n_in) gives y (batch, ..., units).

    Where there are no more inputs than units, training computes the same in another
    way, which is faster: see `Affine`, in layers/affine.py.

    Args:
        units: The number of outputs, at least 1.
        activation: A name such as "sigmoid", a function of `minidl.activations`, an
            activation layer or None (default).
        use_bias: Whether to add a bias; True by default.
        kernel_initializer: What the kernel begins with; "glorot_uniform" by default.
        bias_initializer: What the bias begins with; "zeros" by default.
        kernel_regularizer: What the kernel adds to the loss, such as "l2"; None
            (default) for nothing.
        bias_regularizer: What the bias adds to the loss; None (default) for nothing.
        activity_regularizer: What the output adds to the loss, divided by the size of
            the batch; None (default) for nothing.
        kernel_constraint: What the kernel must be after each update, such as
            "max_norm"; None (default) for anything.
        bias_constraint: What the bias must be after each update; None (default) for
            anything.
        options: `name`, `trainable` and `input_shape`, as for every `Layer`.

    Raises:
        ShapeError: if a sample has no axis.

    Source: `keras.layers.Dense`, of which this has the names and defaults.
    """

    units: int
    activation: Layer | None
    use_bias: bool
    kernel_initializer: Initializer
    bias_initializer: Initializer
    kernel_regularizer: Regularizer | None
    bias_regularizer: Regularizer | None
    activity_regularizer: Regularizer | None
    kernel_constraint: Constraint | None
    bias_constraint: Constraint | None
    activity_penalty: float
    kernel: Parameter  # (n_in, units)
    bias: Parameter  # (units,)
    _few_inputs: bool = False  # at most as many as units; False before build()
    _x: Array  # (rows, n_in), the samples or their rows
    _affine: Affine | None = None  # kernel and bias, where training takes them as one
    _y: Array  # (batch, units), if there is an activity regularizer

    def __init__(
        self,
        units: int,
        activation: object = None,
        use_bias: bool = True,
        kernel_initializer: object = "glorot_uniform",
        bias_initializer: object = "zeros",
        kernel_regularizer: object = None,
        bias_regularizer: object = None,
        activity_regularizer: object = None,
        kernel_constraint: object = None,
        bias_constraint: object = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(**options)
        self.units = arguments.whole_number("Dense", "units", units)
        self.activation = None if activation is None else activations.get(activation)
        self.use_bias = arguments.flag("Dense", "use_bias", use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Shape) -> None:
        """Declare the kernel (n_in, units) and, if there is one, the bias (units,)."""
        if not input_shape:
            raise ShapeError(
                f"{self.label} takes samples of at least one axis, got (): a sample of "
                f"one number is (1,)"
            )
        self.kernel = self.add_parameter(
            "kernel",
            (input_shape[-1], self.units),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_parameter(
                "bias",
                (self.units,),
                self.bias_initializer,
                self.bias_regularizer,
                self.bias_constraint,
            )
        self._few_inputs = input_shape[-1] <= self.units
        if self.activation is not None:
            self.activation.connect((*input_shape[:-1], self.units))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape with `units` in place of the last size."""
        shape = (*input_shape[:-1], self.units)
        return shape if self.activation is None else self.activation.output_shape(shape)

    def _enter_mode(self) -> None:
        """Take kernel and bias as one while training, where there are few inputs."""
        self._affine = None
        if self.training and self._few_inputs and self.use_bias:
            self._affine = affine(self.kernel, self.bias)

    def forward(self, x: Array, /) -> Array:
        """Return y = x @ kernel + bias, activated."""
        self._x = rows = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
        kernel, both = self.kernel, self._affine
        if both is not None and both.kernel is kernel and both.bias is self.bias:
            y: Array = both.with_ones(rows).dot(both.value)
        else:
            y = rows.dot(kernel.value)  # for small arrays much faster than @
            if self.use_bias:
                y += self.bias._addend
        if rows is not x:
            y = y.reshape(*x.shape[:-1], self.units)
        if self.activation is not None:
            y = self.activation.forward(y)
        if self.activity_regularizer is not None:
            self._y = y
            self.activity_penalty = self.activity_regularizer(y) / len(y)
        return y

    def backward(self, dy: Array, /) -> Array:
        """Assign dkernel = x.T @ dy, dbias = dy.sum(axis=0); return dy @ kernel.T."""
        if self.activity_regularizer is not None:
            dy = dy + self.activity_regularizer.gradient(self._y) / len(dy)
        if self.activation is not None:
            dy = self.activation.backward(dy)
        rows = dy if dy.ndim == 2 else dy.reshape(-1, self.units)
        kernel, both = self.kernel, self._affine
        whole = both is not None and both.kernel is kernel and both.bias is self.bias
        if both is not None and whole and both.x is self._x:
            both.x_and_ones.T.dot(rows, out=both.grad)
        else:
            self._x.T.dot(rows, out=kernel.grad)
            if self.use_bias:
                ones(len(rows), rows.dtype).dot(rows, out=self.bias.grad)
        if not self.needs_dx:
            return dy
        dx: Array = rows.dot(kernel.value.T)
        return dx if rows is dy else dx.reshape(*dy.shape[:-1], dx.shape[-1])
