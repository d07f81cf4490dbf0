"""A layer must be the same when it is made again: from its configuration, in float32.

The parts of a saved model are made so.
"""

from collections.abc import Iterator

import numpy as np

from minidl import configuration, objects
from minidl.configuration import Config
from minidl.errors import GradientError
from minidl.gradient_check.dependence import alike
from minidl.gradient_check.trial import Trial, connect, inside
from minidl.layers.layer import Layer
from minidl.layers.mode import set_mode
from minidl.parameter import Parameter
from minidl.returned import RIGHT_DTYPE
from minidl.types import Array

FLOAT32 = np.dtype("float32")


def check_rebuilt(trial: Trial, seed: int) -> None:
    """Raise unless the configuration makes a layer that is like this one."""
    try:
        config = trial.layer.get_config()
    except Exception as error:
        raise GradientError(_raised(trial, "get_config()", error)) from error
    with objects.passing(trial.label, _own_classes(trial, config)):
        again = _again(trial, config)
        _check_equal_outputs(trial, again, seed)
        _check_float32(trial, _again(trial, config), seed)


def _again(trial: Trial, config: Config) -> Layer:
    """Return a layer made as loading makes it; raise if it has another config."""
    try:
        again = type(trial.layer).from_config(objects.rebuild(config))
        config_again = again.get_config()
    except Exception as error:
        raise GradientError(
            _raised(trial, "from_config(get_config())", error)
        ) from error
    for name, value in config.items():
        if not _equal(value, config_again.get(name)):
            raise GradientError(
                f"{trial.label}: from_config(get_config()) makes a layer with {name}="
                f"{config_again.get(name)!r:.40}, where this one has {value!r:.40}: "
                f"keep each constructor argument, as it came, under its name"
            )
    return again


def _check_equal_outputs(trial: Trial, again: Layer, seed: int) -> None:
    """Raise unless a layer made again, with the same weights, gives the same y."""
    made = "made again from get_config()"
    try:
        connect(again, trial.x.shape[1:], trial.layer.dtype, seed + 1)
        again.set_weights(trial.layer.get_weights())
        y = again.forward(trial.x)
    except Exception as error:
        raise GradientError(_raised(trial, f"the layer {made}", error)) from error
    set_mode(trial.layer, training=False)
    if not alike(y, trial.forward()):
        raise GradientError(
            f"{trial.label}, {made} with the same weights, returns something else: it "
            f"uses what is neither a constructor argument nor a declared parameter"
        )
    set_mode(trial.layer, training=True)


def _check_float32(trial: Trial, layer: Layer, seed: int) -> None:
    """Raise if a layer computes in another dtype than the model's, float32."""
    connect(layer, trial.x.shape[1:], FLOAT32, seed)
    layer.set_weights(trial.layer.get_weights())
    x, dy = trial.x.astype(FLOAT32), trial.dy.astype(FLOAT32)
    single = Trial(layer, x, dy, ", in a model of float32")
    for weight in layer.weights:
        if weight.value.dtype != FLOAT32:
            raise GradientError(
                f"{single.label}, has a parameter {weight.name!r} of "
                f"{weight.value.dtype}: declare it with self.add_parameter()"
            )
        if type(weight) is Parameter:
            weight.__class__ = _Float32Parameter
    for training in (False, True):
        set_mode(layer, training)
        single.forward()
        single.backward()


class _Float32Parameter(Parameter):
    """A parameter that refuses what it would convert without a word."""

    __slots__ = ()  # laid out as a Parameter, which becomes one of these

    def _write(self, name: str, new: Array) -> None:
        dtype = getattr(new, "dtype", FLOAT32)  # Python's floats fit any
        if dtype.kind == "f" and dtype != FLOAT32:
            raise GradientError(
                f"computes the {name} of {self.name!r} in {dtype}: {RIGHT_DTYPE}"
            )
        super()._write(name, new)


def _own_classes(trial: Trial, config: Config) -> dict[str, type]:
    """Return the user's classes that a configuration names, from what the layer holds.

    Loading needs them as custom_objects, or registered.
    """
    parts = [
        value for part in trial.layer.walk() for value in (part, *inside(vars(part)))
    ]
    held = {type(part).__name__: type(part) for part in parts}
    named = set(_own_names(config))
    for name in sorted(named & configuration.BUILT_IN):
        raise GradientError(
            f"{trial.label} is made with a {name} of yours, which a file could not "
            f"tell from minidl's, so a saved model could not be loaded: give it "
            f"another name"
        )
    return {name: cls for name, cls in held.items() if name in named}


def _own_names(config: object) -> Iterator[str]:
    """Yield the names in a configuration that are not those of minidl's classes."""
    if isinstance(config, dict):
        if set(config) == {"class_name", "config"}:  # without a module
            yield config["class_name"]
        config = list(config.values())
    if isinstance(config, list | tuple):
        for value in config:
            yield from _own_names(value)


def _equal(one: object, other: object) -> bool:
    """Compare values of configurations, in which a list may stand for a tuple."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _equal(value, other[name]) for name, value in one.items()
        )
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(np.asarray(one), np.asarray(other))
    return one is other or bool(one == other)


def _raised(trial: Trial, what: str, error: Exception) -> str:
    return (
        f"{trial.label}: {what} raised {type(error).__name__}: {error}, so a saved "
        f"model could not be loaded: keep each constructor argument, as it came, under "
        f"its name, or define get_config() and from_config()"
    )
