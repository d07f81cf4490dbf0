"""What a layer owes whoever calls it, whatever it computes."""

import inspect
from collections import deque
from collections.abc import Iterator

import numpy as np

from minidl.errors import GradientError
from minidl.gradient_check.diagnosis import not_finite
from minidl.gradient_check.trial import Trial, forget_gradients, owned
from minidl.layers.layer import Layer
from minidl.parameter import Parameter
from minidl.types import Array


def check_members(layer: Layer) -> None:
    """Raise if a layer keeps parameters or layers where the model cannot find them."""
    known = set(layer.walk()), set(layer.weights)
    for part in layer.walk():
        found = {weight.name for weight in part.weights}
        for name in sorted(part._declared - found):
            raise GradientError(
                f"{part.label} declares the parameter {name!r} but does not keep it "
                f"where it is found: write self.{name} = self.add_parameter(...), or "
                f"keep it in a list, tuple or dict of the layer"
            )
        for attribute, value in vars(part).items():
            for member in _members(value):
                if member not in known[0] and member not in known[1]:
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
            cells = (value.__closure__ or ()) if inspect.isfunction(value) else ()
            if any(cell.cell_contents is part for cell in cells):
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


def _members(value: object, objects: int = 1) -> Iterator[Layer | Parameter]:
    """Yield the layers and parameters in a value: in collections, and in an object.

    Objects in that object are left alone: they may know of all the program.
    """
    if isinstance(value, Layer | Parameter):
        yield value
    elif isinstance(value, list | tuple | set | frozenset | deque):
        for member in value:
            yield from _members(member, objects)
    elif isinstance(value, dict):
        yield from _members(list(value.values()), objects)
    elif objects and not isinstance(value, type):
        yield from _members(getattr(value, "__dict__", {}), objects - 1)
