"""Every code block of the documentation runs, and prints what the page says.

The ```python blocks of a page run in order, in one namespace. A ```text block that
follows one is its output; in a ```text about block, numbers may differ by a tenth, for
what many steps of training amplify.
"""

import contextlib
import io
import math
import operator
import re
from pathlib import Path

import numpy as np
import pytest

import minidl

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$"
    r"(?:\n+```text(?P<about> about)?\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


def rounded(came: list[str], stated: list[str]) -> list[str]:
    """Return the lines that came, with the stated numbers where they are near."""
    near = []
    for mine, page in zip(came, stated, strict=True):
        words = mine.split(" ")
        for i, (one, other) in enumerate(zip(words, page.split(" "), strict=False)):
            with contextlib.suppress(ValueError):
                if math.isclose(float(one), float(other), rel_tol=0.1):
                    words[i] = other
        near.append(" ".join(words))
    return near


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_blocks_run_and_print_what_they_say(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": "__main__"}
    for block in BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 1
        code = compile("\n" * line + block["code"], str(page), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, names)
        if block["output"] is not None:
            came, stated = lines(printed.getvalue()), lines(block["output"])
            if block["about"]:
                came, stated = rounded(came, stated), stated
            assert came == stated, f"line {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_block_of_python_is_left_out(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    marked = re.findall(r"^ *```+ *py.*$", text, re.MULTILINE)
    assert len(marked) == len(list(BLOCK.finditer(text)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


KERAS = ROOT / "docs" / "keras.md"
REFUSED = re.compile(r"^\| `(.*?)` \| .* \| `(\w+Error)` \|$", re.MULTILINE)


@pytest.mark.parametrize(("call", "error"), REFUSED.findall(KERAS.read_text("utf-8")))
def test_what_the_keras_page_says_is_refused(call: str, error: str) -> None:
    random = np.random.default_rng(0)
    x, y = random.standard_normal((200, 2)), random.integers(2, size=200)
    model = minidl.Sequential([minidl.layers.Dense(1, "sigmoid")], input_shape=(2,))
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(Exception, match=r".") as raised:
        eval(call, {"keras": minidl, "np": np, "model": model, "x": x, "y": y})
    assert type(raised.value).__name__ == error


def test_names_that_the_keras_page_lists_exist() -> None:
    page = KERAS.read_text(encoding="utf-8")
    assert len(REFUSED.findall(page)) > 10
    there = page.split("## What is there")[1].split("## What is not there")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \|$", there, re.MULTILINE)
    assert len(rows) > 10
    model = minidl.Sequential([minidl.layers.Dense(1)], input_shape=(1,))
    for place, names in rows:
        owner = {"keras": minidl, "Sequential": model}.get(place)
        owner = owner or operator.attrgetter(place)(minidl)
        plain = names.split(";")[0]  # what follows tells of them
        missing = [n for n in re.findall(r"`(\w+)`", plain) if not hasattr(owner, n)]
        assert not missing, f"{place}: {missing}"
