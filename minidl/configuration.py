"""The configuration of an object: the constructor arguments that make its equal.

Layers, initializers, losses and optimizers get `get_config` and `repr` from here, and
so does a class of your own: it keeps each constructor argument as the attribute of that
name.
"""

import inspect
import re
from collections.abc import Collection
from types import FunctionType
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np

from minidl import keywords

Config: TypeAlias = dict[str, Any]

BUILT_IN: set[str] = set()  # the names of minidl's classes, which `objects.py` fills


class Configurable:
    """The base of initializers, losses and optimizers: what has arguments to keep."""

    _keras_only: ClassVar[tuple[str, ...]] = ()  # arguments that Keras alone has

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        keywords.guard(cls, cls._keras_only)

    def get_config(self) -> Config:
        """Return the constructor's arguments, read from the attributes so named."""
        return get_config(self)

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Make an equal object from its `get_config`."""
        return cls(**config)

    def __repr__(self) -> str:
        return call_text(self)


def get_config(instance: object) -> Config:
    """Return the constructor arguments of `instance`, read from its attributes.

    An argument that has a configuration of its own becomes the dictionary
    {"module": ..., "class_name": ..., "config": ...}, which constructors take in its
    place. The module is that of Keras's name, such as "minidl.layers"; a class of a
    user has none.

    Raises:
        TypeError: if an argument is not kept as an attribute.
    """
    return {name: _plain(value) for name, value in _arguments(instance).items()}


def call_text(instance: object) -> str:
    """Return the call that makes `instance`, less defaults and a layer's name."""
    parameters = constructor_parameters(type(instance))
    try:
        kept = _arguments(instance)
    except TypeError:  # an argument that the class does not keep
        return f"{type(instance).__name__}(...)"
    shown = []
    for name, value in kept.items():
        default = parameters[name].default
        if name == "name" or _is_default(value, default):
            continue
        required = default is inspect.Parameter.empty
        text = value_text(value)
        shown.append(text if required else f"{name}={text}")
    return f"{type(instance).__name__}({', '.join(shown)})"


def value_text(value: object) -> str:
    """Return how a call shows an argument: a function by its name alone."""
    return value.__name__ if isinstance(value, FunctionType) else repr(value)


def constructor_parameters(cls: type) -> dict[str, inspect.Parameter]:
    """Return the constructor's parameters by name.

    Where a constructor hands `**options` on to its base, the base's are among them.
    """
    found: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__[:-1]:  # without object, which has none
        if "__init__" not in vars(base):
            continue
        own = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
        named = [p for p in own if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        for parameter in named:
            found.setdefault(parameter.name, parameter)
        if len(named) == len(own):
            break
    return found


def split(cls: type, config: Config, options: Collection[str]) -> tuple[Config, Config]:
    """Return what of a configuration to pass to the constructor, and what to set then.

    To be set are the options, all of them as soon as the constructor leaves one out.
    """
    given = {name: config[name] for name in options if name in config}
    left = given.keys() - constructor_parameters(cls).keys()
    passed = {name: value for name, value in config.items() if name not in left}
    return passed, given if left else {}


def class_key(cls: type | FunctionType) -> dict[str, str]:
    """Return how configurations name a class, or a function."""
    package, *inner = cls.__module__.split(".")
    if package != "minidl" or not inner:
        return {"class_name": cls.__name__}
    return {"module": f"minidl.{inner[0]}", "class_name": cls.__name__}


def snake_case(name: str) -> str:
    """Return a class name as Keras writes it in lower case: ReLU is "re_lu"."""
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def _arguments(instance: object) -> Config:
    owner = type(instance).__name__
    kept: Config = {}
    for name in constructor_parameters(type(instance)):
        for attribute in (f"_{name}", name):
            if hasattr(instance, attribute):
                value = getattr(instance, attribute)
                kept[name] = value.name if isinstance(value, np.dtype) else value
                break
        else:
            raise TypeError(
                f"{owner} takes the argument {name!r} but keeps no attribute of that "
                f"name, so it cannot be rebuilt: write self.{name} = {name} in __init__"
            )
    return kept


def _plain(value: object) -> object:
    configure = getattr(value, "get_config", None)
    if configure is not None and not isinstance(value, type):
        return {**class_key(type(value)), "config": configure()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _is_default(value: object, default: object) -> bool:
    if isinstance(default, str) and not isinstance(value, str):  # an alias, resolved
        return repr(value) == f"{type(value).__name__}()" and default == snake_case(
            type(value).__name__
        )
    return repr(value) == repr(default)
