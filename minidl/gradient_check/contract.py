"""What a layer owes whoever calls it, whatever it computes."""

import inspect
from types import FunctionType

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.diagnosis import not_finite
from minidl.gradient_check.trial import Trial, forget_gradients, inside, owned
from minidl.layers.layer import Layer
from minidl.parameter import Parameter
from minidl.types import Array


def check_members(layer: Layer) -> None:
    """Raise if a layer keeps parameters or layers where the model cannot find them."""
    known = {*layer.walk(), *layer.weights}
    for part in layer.walk():
        found = {weight.name for weight in part.weights}
        for name in sorted(part._declared - found):
            raise GradientError(
                f"{part.label} declares the parameter {name!r} but does not keep it "
                f"where it is found: write self.{name} = self.add_parameter(...), or "
                f"keep it in a list, tuple or dict of the layer"
            )
        for attribute, value in vars(part).items():
            for member in inside(value):
                if isinstance(member, Layer | Parameter) and member not in known:
                    kind = "a layer" if isinstance(member, Layer) else "a parameter"
                    raise GradientError(
                        f"{part.label} keeps {kind} in {attribute!r}, a "
                        f"{type(value).__name__}, where it is not found: keep it as an "
                        f"attribute, or in lists, tuples and dicts alone"
                    )


def check_closures(layer: Layer) -> None:
    """Raise if a layer keeps a function that goes on using it from within a copy."""
    for part in layer.walk():
        for name, value in vars(part).items():
            functions = filter(inspect.isfunction, inside(value))
            if any(kept is part for each in functions for kept in _remembered(each)):
                raise GradientError(
                    f"{part.label} keeps a function in {name!r} that uses self, so a "
                    f"copy of the layer would use the layer it was copied from: make "
                    f"it a method"
                )


def check_first_forward(trial: Trial) -> None:
    """Raise if `forward` changes what is not its own.

    The first call shows it, where a second would change nothing more.
    """
    x, weights = trial.x.copy(), _values(trial.layer)
    with np.errstate(all="ignore"):  # what that leads to, a sentence tells
        trial.forward()
    if not np.array_equal(trial.x, x):
        raise GradientError(
            f"{trial.label}: forward() changed x, the array it was given"
        )
    _refuse_changed(trial, "forward", weights)


def check_forward_again(trial: Trial, other: Array) -> None:
    """Raise if a second `forward` returns something else, or changes the first's y."""
    y = trial.forward()
    first = y.copy()
    if not np.array_equal(trial.forward(), first):
        raise GradientError(
            f"{trial.label}: forward() returned something else for the same x: draw "
            f"random numbers from self.random, and keep nothing from call to call"
        )
    trial.forward(other)
    if not np.array_equal(y, first):
        raise GradientError(
            f"{trial.label}: forward() changed the y that it returned before: make a "
            f"new array in every forward()"
        )


def check_backward(trial: Trial) -> None:
    """Raise if `backward` changes what it must not, or does not give what it must."""
    layer, x, dy = trial.layer, trial.x, trial.dy
    trial.forward()
    forget_gradients(layer)
    before, weights = {"x": x.copy(), "dy": dy.copy()}, _values(layer)
    dx = trial.backward()
    for name, array in (("x", x), ("dy", dy)):
        if not np.array_equal(array, before[name]):
            raise GradientError(
                f"{trial.label}: backward() changed {name}, the array it was given"
            )
    _refuse_changed(trial, "backward", weights)
    if not np.isfinite(dx).all():
        raise GradientError(f"{trial.label}: backward() returned NaN or infinity")
    for owner, weight in owned(layer):
        if not np.isfinite(weight.grad).all():
            raise GradientError(not_finite(trial, owner, weight))
    _check_second_backward(trial, dx)


def _check_second_backward(trial: Trial, dx: Array) -> None:
    """Raise if `backward` spoils what `forward` kept, or the dx that it returned."""
    first, gradients = dx.copy(), [w.grad.copy() for w in trial.layer.parameters]
    again = Trial(
        trial.layer,
        trial.x,
        trial.dy,
        ", where backward() is called twice after one forward()",
        ". What forward() keeps must stay until the next forward()",
    )
    arrays = [again.backward(), *(w.grad for w in trial.layer.parameters)]
    if not all(map(np.array_equal, arrays, [first, *gradients])):
        raise GradientError(
            f"{again.label}, gives something else the second time: it must not change "
            f"what forward() kept"
        )
    trial.layer.backward(-trial.dy)
    if not np.array_equal(dx, first):
        raise GradientError(
            f"{trial.label}: backward() changed the dx that it returned before: make a "
            f"new array in every backward()"
        )


def _values(layer: Layer) -> list[tuple[Layer, Parameter, Array]]:
    return [(owner, weight, weight.value.copy()) for owner, weight in owned(layer)]


def _refuse_changed(
    trial: Trial, method: str, before: list[tuple[Layer, Parameter, Array]]
) -> None:
    for owner, weight, value in before:
        if not np.array_equal(weight.value, value):
            raise GradientError(
                f"{owner.label}{trial.when}: {method}() changed the value of "
                f"{weight.name!r}: assign its grad, and leave the value to the "
                f"optimizer"
            )


def _remembered(function: FunctionType) -> list[object]:
    """Return what a function has kept since it was made: names around it, defaults."""
    around = [cell.cell_contents for cell in function.__closure__ or ()]
    defaults = [
        *(function.__defaults__ or ()),
        *(function.__kwdefaults__ or {}).values(),
    ]
    return [*around, *defaults]
