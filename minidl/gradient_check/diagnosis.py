"""What kind of mistake a wrong gradient is, as far as its numbers tell."""

from dataclasses import dataclass

import numpy as np

from minidl.gradient_check.trial import Gradient, Trial
from minidl.layers.layer import Layer
from minidl.parameter import Parameter
from minidl.types import Array


@dataclass
class Comparison:
    """A wrong gradient beside what differences give, at some elements."""

    gradient: Gradient
    chosen: np.ndarray  # the indices of the elements
    expected: Array
    wrong: np.ndarray  # True where the two differ
    by_sample: Array  # what each sample adds to what is expected, a row for each
    samples: int

    @property
    def name(self) -> str:
        """What the gradient is for, such as "kernel"."""
        return self.gradient.name[1:]

    @property
    def got(self) -> Array:
        """What came."""
        return self._at(self.gradient.numbers)

    @property
    def turned(self) -> Array:
        """What came, transposed."""
        came = self.gradient.numbers
        return self._at(np.swapaxes(came, -1, -2) if came.ndim > 1 else came)

    @property
    def array(self) -> Array:
        """The numbers that the gradient is for."""
        return self._at(self.gradient.array)

    def passed_on(self) -> bool:
        """Return whether dy is what came."""
        dy = self.gradient.dy
        return dy is not None and self.came(self._at(dy))

    def worst(self) -> int:
        """Return where the two differ most, the first place of equals."""
        error = np.where(self.wrong, np.abs(self.got - self.expected), 0.0)
        error[np.isnan(error)] = np.inf
        return int(np.argmax(error >= 0.999 * error.max()))

    def came(self, suspect: Array) -> bool:
        """Return whether a suspect is what came."""
        return self._same(self.got, suspect)

    def is_expected(self, suspect: Array) -> bool:
        """Return whether a suspect is what differences give."""
        return self._same(suspect, self.expected)

    def _at(self, array: Array) -> Array:
        chosen: Array = array.reshape(-1)[self.chosen]
        return chosen

    def _same(self, one: Array, other: Array) -> bool:
        scale = float(np.abs(self.expected).max())
        return np.allclose(one, other, rtol=1e-4, atol=1e-4 * scale)


def mistake(c: Comparison) -> str:
    """Say what kind of mistake turns the expected gradient into the one that came."""
    if not np.isfinite(c.got).all():
        return ": it is not finite"
    if not c.expected.any():
        return f": {no_effect(c.name)}"
    if not c.got.any():
        return ": it is zero everywhere"
    if c.is_expected(c.got):  # too close to tell one kind from another
        return _one_factor(c) or _one_sign(c)
    if c.is_expected(c.turned):
        return ": it is transposed"
    if c.passed_on():
        return ": it is dy, passed on without the derivative of forward()"
    return _one_factor(c) or _one_sample(c) or _one_sign(c)


def no_effect(name: str) -> str:
    """Tell of an array that could be anything, for all that forward does."""
    effect = f"{name} has no effect on what forward() returns"
    if name in ("x", "y_pred"):
        return effect
    return (
        f"{effect}. Use self.{name}.value itself in every forward(): an array or a "
        f"function kept from build() is not what fit changes"
    )


def _one_factor(c: Comparison) -> str:
    """Tell of a gradient that is wrong by the same factor everywhere."""
    factor = float(c.got @ c.expected) / float(c.expected @ c.expected)
    if factor == 0 or not c.came(factor * c.expected):
        return ""
    if np.isclose(factor, -1, rtol=1e-4):
        return ": it has the wrong sign"
    if np.isclose(factor, 1 / c.samples, rtol=1e-4):
        return ": it is averaged over the batch where it must be summed"
    if np.isclose(factor, c.samples, rtol=1e-4):
        return ": it is summed over the batch where it must be averaged"
    sign = ", with the wrong sign" if factor < 0 else ""
    kind = "large" if abs(factor) > 1 else "small"
    times = max(abs(factor), 1 / abs(factor))
    digits = 3 if times > 1.001 else 7
    return f": it is {times:.{digits}f} times too {kind}{sign}"


def _one_sample(c: Comparison) -> str:
    """Tell of a gradient that counts one sample of the batch, or leaves one out."""
    if not 1 < len(c.by_sample) == c.samples:
        return ""
    for which, share in (("first", c.by_sample[0]), ("last", c.by_sample[-1])):
        if c.came(share):
            return f": it counts only the {which} sample of the batch"
        if c.came(c.expected - share):
            return f": it leaves out the {which} sample of the batch"
    return ""


def _one_sign(c: Comparison) -> str:
    """Tell of a gradient that is wrong where the array is of one sign."""
    negative = c.array < 0
    if min(negative.sum(), (~negative).sum()) < 2:
        return ""
    if np.array_equal(c.wrong, negative):
        return f": it is right only where {c.name} is positive"
    if np.array_equal(c.wrong, ~negative):
        return f": it is right only where {c.name} is negative"
    return ""


def not_finite(trial: Trial, owner: Layer, weight: Parameter) -> str:
    """Say why a gradient that was NaN before `backward` is not finite after it."""
    weight.grad[...] = 0.0
    trial.run("backward", trial.dy)
    once = weight.grad.copy()
    trial.run("backward", trial.dy)
    what = f"{owner.label}: backward()"
    if not np.isfinite(once).all():
        return f"{what} computes NaN or infinity for the gradient of {weight.name!r}"
    if once.any() and np.allclose(weight.grad, 2 * once):
        return (
            f"{what} adds to the gradient of {weight.name!r} instead of assigning it: "
            f"write self.{weight.name}.grad = ..."
        )
    return (
        f"{what} has never written the gradient of {weight.name!r}, or not all of it: "
        f"assign self.{weight.name}.grad"
    )
