"""Budgets that keep the library readable: a failing one names the place."""

import ast
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import minidl
from minidl import Sequential
from minidl.layers import Dense, Sigmoid

PACKAGE = Path(minidl.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


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


def test_no_file_is_longer_than_400_lines() -> None:
    long = {file.name: len(file.read_text().splitlines()) for file in FILES}
    assert {name: lines for name, lines in long.items() if lines > 400} == {}


def test_no_class_is_longer_than_150_lines() -> None:
    sizes = definitions(ast.ClassDef)
    assert {name: size for name, size in sizes.items() if size > 150} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    sizes = definitions(ast.FunctionDef)
    assert {name: size for name, size in sizes.items() if size > 40} == {}


def test_fit_reaches_the_first_product_in_five_frames() -> None:
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
    assert 1 <= depths[0] <= 5


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


def test_no_assertions_prints_or_dangerous_modules_in_the_package() -> None:
    forbidden = {"pickle", "marshal", "importlib", "joblib", "eval", "exec"}
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            assert not isinstance(node, ast.Assert), file
            names = {getattr(node, "id", None)}
            if isinstance(node, ast.Import | ast.ImportFrom):
                names |= {alias.name.split(".")[0] for alias in node.names}
                names.add(getattr(node, "module", None))
            assert not names & forbidden, file
