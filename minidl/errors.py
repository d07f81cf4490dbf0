"""What can go wrong, by name.

Every message says which layer or argument, what came, what was expected and the fix.
"""


class MinidlError(Exception):
    """The base of every error that only minidl raises."""


class ShapeError(MinidlError, ValueError):
    """An array has a shape that fits nothing it could mean."""


class NonFiniteError(MinidlError, ValueError):
    """Data, or what was computed of it, holds a NaN or an infinity."""


class NotBuiltError(MinidlError, RuntimeError, AttributeError):
    """A layer was asked for its parameters before its input shape was known."""


class NotCompiledError(MinidlError, RuntimeError, AttributeError):
    """A model was asked to train before `compile` gave it an optimizer and a loss."""


class NotForwardedError(MinidlError, RuntimeError, AttributeError):
    """`backward` or `gradient` was called before a `forward` whose values it needs."""


class DivergenceError(MinidlError, ArithmeticError):
    """The loss or a weight is no longer finite; the weights are the last good ones."""


class GradientError(MinidlError, AssertionError):
    """A layer, loss or model is not what it must be, above all its `backward`."""


class FileFormatError(MinidlError, ValueError):
    """A file is not what minidl saves, or is damaged."""
