"""Budgets that keep the library readable: a failing one names the place.

How large each is stands in `docs/design.md`.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import minidl
from minidl import Sequential
from minidl.layers import Dense, Sigmoid

PACKAGE = Path(minidl.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
DESIGN = Path(__file__).parents[1] / "docs" / "design.md"


def budget(what: str) -> int:
    """Return the most that the design's table allows."""
    row = re.compile(rf"^\| {what}.* \| (\d+) [\w ]+ \|$", re.MULTILINE)
    [most] = row.findall(DESIGN.read_text(encoding="utf-8"))
    return int(most)


def definitions(kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> dict[str, int]:
    """Return the lines of code of every class or function."""
    found = {}
    for file in FILES:
        source = file.read_text()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, kind):
                found[f"{file.name}: {node.name}"] = lines_of_code(node, source)
    return found


def lines_of_code(node: ast.ClassDef | ast.FunctionDef, source: str) -> int:
    """Return how many lines a definition has without docstrings, comments, blanks."""
    docstrings: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.ClassDef | ast.FunctionDef):
            first = inner.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                docstrings |= set(range(first.lineno, (first.end_lineno or 0) + 1))
    lines = source.splitlines()
    numbers = set(range(node.lineno, (node.end_lineno or 0) + 1)) - docstrings
    code = (lines[number - 1].strip() for number in numbers)
    return sum(not line.startswith("#") for line in code if line)


def test_no_file_is_too_long() -> None:
    most = budget("a file")
    sizes = {str(file): len(file.read_text().splitlines()) for file in FILES}
    assert {name: size for name, size in sizes.items() if size > most} == {}


def test_no_class_is_too_long() -> None:
    most, sizes = budget("a class"), definitions(ast.ClassDef)
    assert {name: size for name, size in sizes.items() if size > most} == {}


def test_no_function_is_too_long() -> None:
    most, sizes = budget("a function"), definitions(ast.FunctionDef)
    assert {name: size for name, size in sizes.items() if size > most} == {}


def test_fit_reaches_the_first_product_in_few_frames() -> None:
    depths: list[int] = []

    def spy(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ == "dot" and model.layers[0].training:
            depths.append(depth(frame))

    def depth(frame: FrameType | None) -> int:
        count = 0
        while frame is not None and frame.f_code.co_name != "the_user":
            frame, count = frame.f_back, count + 1
        return count

    def the_user() -> None:
        model.fit([0.0, 1.0], [0.0, 1.0], verbose=0)

    model = Sequential([Dense(2), Sigmoid(), Dense(1)])
    model.compile("sgd", "mse")
    sys.setprofile(spy)
    the_user()
    sys.setprofile(None)
    assert 1 <= depths[0] <= budget("from `fit`")


def test_import_loads_numpy_and_the_standard_library_only() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import minidl;"
        "print(*(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    known = {"minidl", "numpy", *sys.stdlib_module_names}
    assert {name for name in loaded - known if "cython" not in name} == set()


DANGEROUS = {  # modules that execute what they read, or reach beyond the process
    *("pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal"),
    *("shelve", "importlib", "imp", "runpy", "pkgutil", "code", "codeop", "builtins"),
    *("subprocess", "multiprocessing", "ctypes", "pty", "socket", "ssl", "urllib"),
    *("http", "ftplib", "requests", "zipfile", "tarfile", "h5py", "yaml"),
}
CALLS = {"eval", "exec", "compile", "__import__"}
OF_OS = ("system", "popen", "exec", "spawn", "posix_spawn", "fork", "startfile")


def dangers(source: str) -> list[str]:
    """Return the places of a program that could execute what a file says."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: set[str] = set()
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names} & DANGEROUS
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = (node.module or "").split(".")[0]
            names = {module} & DANGEROUS
            if module == "os":
                names |= {a.name for a in node.names if a.name.startswith(OF_OS)}
        elif isinstance(node, ast.Name):
            # "compile" is an argument's name, too: it matters where it is called
            names = {node.id} & (CALLS - {"compile"} | {"__builtins__"})
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            names = {node.func.id} & CALLS
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "os" and node.attr.startswith(OF_OS):
                names = {f"os.{node.attr}"}
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            constant = node.value
            if not isinstance(constant, ast.Constant) or constant.value is not False:
                names = {"allow_pickle"}
        found += [f"{getattr(node, 'lineno', '?')}: {name}" for name in sorted(names)]
    return found


def test_nothing_in_the_package_executes_what_it_reads() -> None:
    found = {str(file): dangers(file.read_text()) for file in FILES}
    assert {file: places for file, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "import pickle",
        "import os, marshal as m",
        "import importlib.util",
        "from importlib import import_module",
        "def f():\n    from joblib import load",
        "import shelve",
        "from subprocess import run",
        "from os import system",
        "os.system('ls')",
        "f = os.popen",
        "os.execv('a', [])",
        "f = eval",
        "exec('1')",
        "compile('1', '', 'eval')",
        "__import__('os')",
        "f = __builtins__",
        "np.load(f, allow_pickle=True)",
        "np.load(f, allow_pickle=flag)",
    ],
)
def test_what_executes_would_be_found(planted: str) -> None:
    assert dangers(planted) != []


@pytest.mark.parametrize(
    "harmless",
    [
        "re.compile('a')",
        "model.compile()",
        "if compile: pass",
        "os.replace(a, b)",
        "np.load(f, allow_pickle=False)",
        "x = 'eval'",
        "from minidl import saving",
    ],
)
def test_what_only_looks_like_it_is_not_found(harmless: str) -> None:
    assert dangers(harmless) == []


def test_no_assertions_in_the_package() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            assert not isinstance(node, ast.Assert), file
