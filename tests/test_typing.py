"""A user's program is typed through, and wrong use is an error before it runs."""

import re
from pathlib import Path

import pytest

TYPING = Path(__file__).parent / "typing"
api = pytest.importorskip("mypy.api")


def errors(file: Path) -> list[tuple[int, str]]:
    """Return line and code of every error of mypy --strict."""
    configuration = str(Path(__file__).parents[1] / "pyproject.toml")
    report, _, _ = api.run(["--config-file", configuration, str(file)])
    found = re.findall(r"^\S+?:(\d+): error: .*\[([a-z-]+)\]$", report, re.MULTILINE)
    return [(int(line), code) for line, code in found]


def test_right_use_is_clean() -> None:
    assert errors(TYPING / "right_use.py") == []


def test_wrong_use_is_an_error_at_every_marked_line() -> None:
    file = TYPING / "wrong_use.py"
    marked = [
        (number, line.split("# error: ")[1])
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if "# error: " in line
    ]
    assert sorted(errors(file)) == marked
