"""Says why a name that Keras has, or that lies elsewhere, is missing in a module.

A module of that name asks here where an attribute is missing. Type checkers do not see
that: they know the names, and would take any name for one of them.
"""

import sys

LAYERS = (
    "minidl has the layers of a chain of dense ones, and none for convolution, "
    "pooling, embedding, recurrence, attention or merging"
)
TOP = {
    "Model": "there are no graphs of layers, Sequential is the only model",
    "backend": "use NumPy in its place",
    "config": "there is nothing to set: a model takes its own dtype and seed",
    "datasets": "the examples show how to read some",
    "gradient_check": "import it first, import minidl.gradient_check",
    "ops": "use NumPy in its place",
    "plotting": "import it first, import minidl.plotting",
}
PACKAGES = ("layers", "losses", "optimizers", "metrics", "callbacks")


def attribute(module: str, name: str) -> AttributeError:
    """Return the error for a name that a module does not have."""
    reason = LAYERS if module == "minidl.layers" else TOP.get(name) or _place(name)
    said = f"module {module!r} has no attribute {name!r}"
    if reason and not name.startswith("_"):
        said += f": {reason}"
    return AttributeError(said, name=name, obj=sys.modules[module])


def _place(name: str) -> str:
    """Return which package has a name, if one does."""
    for package in PACKAGES:
        if name in sys.modules[f"minidl.{package}"].__all__:
            return f"it is in minidl.{package}"
    return ""
