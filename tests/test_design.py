"""What `docs/design.md` says of the files: what each is for, and what it may import."""

import ast
import re
from pathlib import Path

import minidl

PACKAGE = Path(minidl.__file__).parent
DESIGN = Path(__file__).parents[1] / "docs" / "design.md"
FILES = {
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if file.name != "__init__.py" or file.parent.name not in ("minidl", "files")
}  # but for those two, which hold names and a docstring


def listed() -> dict[str, int]:
    """Return the line of the listing on which each file or folder stands."""
    section = DESIGN.read_text(encoding="utf-8").split("## Imports run one way")[1]
    lines = re.findall(r"^ {4}(\S.*)$", section.split("\n## ")[0], re.MULTILINE)
    return {name: row for row, line in enumerate(lines) for name in line.split()}


LISTED = listed()


def place(module: str) -> str:
    """Return the name under which a module is listed: its own, or its folder's."""
    parts = module.split(".")
    names = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next((name for name in names if name in LISTED), module)


def imported(file: Path) -> set[str]:
    """Return the modules of minidl that a file imports when it is loaded."""
    found: set[str] = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        within = module.removeprefix("minidl").lstrip(".")
        if isinstance(node, ast.ImportFrom) and module in ("minidl", "minidl.files"):
            found.update(f"{within}.{name.name}".lstrip(".") for name in node.names)
        elif module.startswith("minidl."):
            found.add(within)
    return found


def test_the_listing_has_every_file() -> None:
    assert {place(module) for module in FILES} == set(LISTED)


def test_files_import_only_from_the_lines_below() -> None:
    upward = [
        f"{place(module)} imports {place(other)}"
        for module, file in FILES.items()
        for other in imported(file)
        if place(other) != place(module)
        and LISTED[place(other)] <= LISTED[place(module)]
    ]
    assert upward == []


def test_every_file_or_folder_answers_a_question() -> None:
    table = DESIGN.read_text(encoding="utf-8").split("## Imports run one way")[0]
    named = {name.rstrip("/") for name in re.findall(r"`([\w/]+(?:\.py|/))`", table)}
    folders = {file.parent.name for file in PACKAGE.glob("*/__init__.py")}
    files = {file.name for file in PACKAGE.glob("[!_]*.py")}
    assert (folders | files) - named == set()
