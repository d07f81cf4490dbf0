"""The contestants: one file each, all with the interface of `contestant.Contestant`.

A file is imported only if its library is installed.
"""

import importlib
import importlib.metadata
import importlib.util

from contestants.contestant import Contestant

LIBRARIES = {
    "minidl": "minidl",
    "torch": "torch",
    "jax": "jax",
    "keras": "keras",
    "sklearn": "scikit-learn",
    "thinc": "thinc",
}
"""The libraries: how they are imported, and what they are called when installed."""


def installed(library: str) -> bool:
    if library == "keras":  # measured on JAX
        return all(map(importlib.util.find_spec, ("keras", "jax")))
    return importlib.util.find_spec(library) is not None


def missing() -> list[str]:
    """Return the libraries that are not here to be measured."""
    return [name for library, name in LIBRARIES.items() if not installed(library)]


def versions(libraries: list[str]) -> dict[str, str]:
    """Return the versions of libraries, and of what they work on."""
    found = {"numpy": importlib.metadata.version("numpy")}
    for library, name in LIBRARIES.items():
        if library == "minidl":
            found[name] = importlib.import_module(library).__version__
        elif library in libraries or (library == "jax" and "keras" in libraries):
            found[name] = importlib.metadata.version(name)
    return found


def contestants(libraries: list[str]) -> list[type[Contestant]]:
    """Return all ways to train with the libraries that are installed."""
    found: list[type[Contestant]] = []
    for library in libraries:
        if installed(library):
            module = importlib.import_module(f"contestants.with_{library}")
            found += module.CONTESTANTS
    return found
