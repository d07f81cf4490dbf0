"""The public names: where they are, and that they are documented."""

import inspect
import pkgutil
from types import ModuleType

import pytest

import minidl
from minidl import (
    constraints,
    initializers,
    layers,
    losses,
    metrics,
    optimizers,
    regularizers,
)
from minidl.layers import Layer

MODULES = [minidl] + [
    __import__(module.name, fromlist=["_"])
    for module in pkgutil.walk_packages(minidl.__path__, "minidl.")
]


def test_the_top_level_names() -> None:
    assert sorted(minidl.__all__) == minidl.__all__ or set(minidl.__all__) == {
        name for name in vars(minidl) if not name.startswith("_")
    }
    for name in minidl.__all__:
        assert hasattr(minidl, name)


def test_the_layers_are_importable_from_layers() -> None:
    public = {name for name, value in vars(layers).items() if inspect.isclass(value)}
    assert set(layers.__all__) == public


@pytest.mark.parametrize("module", [losses, metrics])
def test_a_family_exports_its_classes_and_functions(module: ModuleType) -> None:
    public = {
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) or inspect.isfunction(value)
        if value.__module__.startswith(module.__name__)
    }
    assert public <= set(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_everything_public_has_a_docstring(module: ModuleType) -> None:
    assert module.__doc__
    for name, value in vars(module).items():
        own = getattr(value, "__module__", None) == module.__name__
        if name.startswith("_") or not own or not callable(value):
            continue
        assert inspect.getdoc(value), f"{module.__name__}.{name}"
        for attribute, member in vars(value).items():
            if (
                inspect.isclass(value)
                and inspect.isfunction(member)
                and not attribute.startswith("_")
            ):
                assert member.__doc__, f"{module.__name__}.{name}.{attribute}"


def test_aliases_name_classes_that_exist() -> None:
    from minidl import aliases

    for table, module in (
        (aliases.ACTIVATIONS, layers),
        (aliases.INITIALIZERS, initializers),
        (aliases.LOSSES, losses),
        (aliases.METRICS, metrics),
        (aliases.OPTIMIZERS, optimizers),
        (aliases.REGULARIZERS, regularizers),
        (aliases.CONSTRAINTS, constraints),
    ):
        for name in table.values():
            assert inspect.isclass(getattr(module, name))


def test_inheritance_is_flat() -> None:
    chain = [cls.__name__ for cls in minidl.Sequential.__mro__]
    assert chain == ["Sequential", "Model", "Compiled", "Layer", "object"]
    for name in layers.__all__:
        cls = getattr(layers, name)
        if issubclass(cls, Layer) and cls is not Layer:
            assert cls.__bases__ == (Layer,)


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        (minidl.layers, "Conv2D", "has no attribute 'Conv2D': .*none for convolution"),
        (minidl, "Model", "has no attribute 'Model': .*Sequential is the only model"),
        (minidl, "ops", "has no attribute 'ops': use NumPy"),
        (minidl, "Graph", "module 'minidl' has no attribute 'Graph'$"),
        (minidl.layers, "_Dense", "has no attribute '_Dense'$"),
    ],
)
def test_names_of_keras_that_are_not_there(
    module: ModuleType, name: str, said: str
) -> None:
    with pytest.raises(AttributeError, match=said):
        getattr(module, name)
    assert not hasattr(module, name)


@pytest.mark.parametrize("name", ["plotting", "gradient_check"])
def test_a_module_that_is_not_imported_yet_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(minidl, name, raising=False)
    with pytest.raises(
        AttributeError, match=f": import it first, import minidl.{name}"
    ):
        getattr(minidl, name)


@pytest.mark.parametrize(
    ("name", "package"),
    [("Dense", "layers"), ("SGD", "optimizers"), ("MeanSquaredError", "losses")],
)
def test_a_class_that_lies_in_a_package_is_found_there(name: str, package: str) -> None:
    with pytest.raises(AttributeError, match=f": it is in minidl.{package}$"):
        getattr(minidl, name)
