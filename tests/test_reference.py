"""The reference pages of the documentation leave no public name out.

Sphinx makes the pages, but no test needs it: what they list stands in their source.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import minidl
from minidl import aliases

PAGES = sorted((Path(__file__).parents[1] / "docs" / "reference").glob("*.rst"))
INSIDE = {  # how minidl works: no user imports from these
    "absent",
    "aliases",
    "announced",
    "arguments",
    "arrays",
    "attributes",
    "batches",
    "blame",
    "constants",
    "data",
    "disk",
    "divergence",
    "feeding",
    "files",
    "inspection",
    "interrupts",
    "keywords",
    "objects",
    "packing",
    "progress",
    "returned",
    "runs",
    "scores",
    "seeding",
    "summary",
    "training",
    "weighting",
}
CLASSES_ALONE = {"configuration", "model", "parameter"}  # their functions are inside
MODULES = sorted({m.name for m in pkgutil.iter_modules(minidl.__path__)} - INSIDE)
MODULE = re.compile(r"^\.\. automodule:: (\S+)$", re.MULTILINE)
KINDS = "autoclass|autoexception|autofunction|autodata|py:data"
NAMES = re.compile(r"^\.\. names:: (\S+)$", re.MULTILINE)
ENTRY = re.compile(rf"^\.\. (?:{KINDS}):: (\S+)$", re.MULTILINE)


def entries(page: Path) -> list[str]:
    """Return the full names that a page describes."""
    text = page.read_text(encoding="utf-8")
    module = MODULE.search(text)
    return [
        name if "." in name or module is None else f"{module[1]}.{name}"
        for name in ENTRY.findall(text)
    ]


def words(page: Path) -> str:
    """Return a page's text, and the names in its tables, which Sphinx makes."""
    text = page.read_text(encoding="utf-8")
    tables = [getattr(aliases, family.upper()) for family in NAMES.findall(text)]
    return "\n".join([text, *(name for table in tables for name in table)])


def found(name: str) -> object:
    """Return what a full name means."""
    module, _, last = name.rpartition(".")
    return getattr(importlib.import_module(module), last)


def public(module: str) -> dict[str, object]:
    """Return the classes, functions and exported names of a module of minidl."""
    members = vars(importlib.import_module(f"minidl.{module}"))
    own = {
        name: value
        for name, value in members.items()
        if not name.startswith("_")
        and (inspect.isclass(value) or inspect.isfunction(value))
        and value.__module__.startswith(f"minidl.{module}")
        and not (module in CLASSES_ALONE and inspect.isfunction(value))
    }
    exported = {name: members[name] for name in members.get("__all__", ())}
    if module == "types":  # whose names are neither classes nor functions
        exported = {name: members[name] for name in ("Array", "ArrayLike", "Shape")}
    return {
        name: value
        for name, value in {**own, **exported}.items()
        if not inspect.ismodule(value)
    }


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_a_page(module: str) -> None:
    texts = [words(page) for page in PAGES]
    described = [found(name) for page in PAGES for name in entries(page)]
    for name, value in public(module).items():
        assert any(value is one for one in described), f"minidl.{module}.{name}"
        word = re.compile(rf"\b{name}\b")
        assert any(word.search(text) for text in texts), f"minidl.{module}.{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.stem))
def test_a_page_describes_what_exists_and_once(page: Path) -> None:
    names = entries(page)
    assert len(names) == len(set(names))
    for name in names:
        found(name)


def test_every_family_of_names_has_its_table() -> None:
    others = aliases.ARGUMENTS, aliases.TAKES_A_NUMBER
    families = {
        name.lower()
        for name, table in vars(aliases).items()
        if name.isupper() and isinstance(table, dict) and table not in others
    }
    shown = {page.stem: NAMES.findall(page.read_text("utf-8")) for page in PAGES}
    assert {page for page, names in shown.items() if names == [page]} == families


def test_every_page_is_in_the_table_of_contents() -> None:
    index = next(page for page in PAGES if page.stem == "index")
    listed = re.findall(r"^   (\w+)$", index.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == [page.stem for page in PAGES if page != index]
