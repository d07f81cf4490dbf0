"""What a layer gives must depend on x, dy and its weights alone."""

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.diagnosis import no_effect
from minidl.gradient_check.trial import Gradient, Trial, forget_gradients
from minidl.types import Array


def check_earlier_forward(trial: Trial, untouched: Trial, other: Array) -> None:
    """Raise if what a layer gives depends on the forward before."""
    expected_y, expected = trial.forward().copy(), trial.gradients()
    untouched.forward(other)
    if not alike(untouched.forward(), expected_y):
        raise GradientError(
            f"{trial.label}: forward() returns something else after a forward() of "
            f"other samples: it uses what an earlier call kept"
        )
    refuse_other(
        expected,
        untouched.gradients(),
        "is another one after an earlier forward() of other samples: forward() must "
        "keep anew, in every call, what backward() needs",
    )


def check_values_used(trial: Trial) -> None:
    """Raise if `forward` uses other numbers than the parameters' present ones."""
    gradients, outputs = trial.gradients()[1:], trial.outputs()
    for gradient in gradients:
        value, kept = gradient.array, gradient.array.copy()
        value[...] = 1.1 * kept + 0.1
        try:
            with np.errstate(all="ignore"):
                same = np.array_equal(trial.outputs(), outputs)
        except GradientError:  # a layer may not be for such weights
            same = False
        value[...] = kept
        if same and np.abs(gradient.numbers).max(initial=0.0) > 1e-6:
            raise GradientError(f"{gradient.owner}: {no_effect(gradient.name[1:])}")


def check_two_layers(trial: Trial, twin: Trial, other: Array) -> None:
    """Raise if a layer and its copy are not apart from each other."""
    expected = trial.gradients()
    trial.forward()
    twin.forward(other)
    refuse_other(
        expected,
        trial.gradients(forward=False),
        "is another one after a forward() of another layer of this class: keep in "
        "self, not in the class or module, what backward() needs",
    )


def check_without_dx(trial: Trial) -> None:
    """Raise if a gradient is another one where nobody needs dx."""
    expected = trial.gradients()[1:]
    trial.layer.ask_for_dx(False)
    trial.forward()
    forget_gradients(trial.layer)
    trial.run("backward", trial.dy)  # which may return anything now
    trial.layer.ask_for_dx(True)
    refuse_other(
        expected,
        trial.written(),
        "is another one where needs_dx is False: nothing but dx may be left out then",
    )


def check_memory_order(trial: Trial) -> None:
    """Raise if a layer looks at how the numbers of an array lie in memory."""
    advice = ". Use reshape() and axes, never the memory itself"
    expected_y, expected = trial.forward().copy(), trial.gradients()
    turned = trial.on(
        np.asfortranarray(trial.x),
        np.asfortranarray(trial.dy),
        ", for arrays in another memory order, as a Permute returns them",
        advice,
    )
    if not alike(turned.forward(), expected_y):
        raise GradientError(f"{turned.label}: forward() returns something else{advice}")
    refuse_other(expected, turned.gradients(), f"is another one{advice}")


def refuse_other(expected: list[Gradient], got: list[Gradient], what: str) -> None:
    """Raise if a gradient that came is not like the expected one."""
    for one, other in zip(expected, got, strict=True):
        if not alike(other.numbers, one.numbers):
            raise GradientError(f"{other.owner}: {other.name} {what}")


def alike(got: Array, expected: Array) -> bool:
    """Return whether two arrays differ by rounding only."""
    scale = float(np.abs(expected).max(initial=0.0))
    return got.shape == expected.shape and np.allclose(
        got, expected, 1e-9, 1e-9 * scale
    )
