"""The table that `summary` prints, drawn as Keras draws it."""

import sys
import textwrap
from collections.abc import Sequence
from typing import TypeAlias

Row: TypeAlias = tuple[str, str, str]
"""A layer's name and type, its output shape and its number of parameters."""

HEAD: Row = ("Layer (type)", "Output Shape", "Param #")
CORNERS = "├┼┤┏┳┓┡╇┩└┴┘"
WIDTHS = (31, 22, 13)  # of the text in a cell; every cell has a space on either side


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table, under a heading."""
    body = _rule("├", "┼", "┤", "─").join(_cells(row, "│") for row in rows)
    head = _rule("┏", "┳", "┓", "━") + _cells(HEAD, "┃") + _rule("┡", "╇", "┩", "━")
    return head + body + _rule("└", "┴", "┘", "─")


def printable(text: str) -> str:
    """Return the text as standard output can show it, in plain signs if it must."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = str.maketrans("━─┃│" + CORNERS, "--||" + "+" * len(CORNERS))
        return text.translate(plain).encode(encoding, "replace").decode(encoding)
    return text


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a sample's shape with the batch axis in front: (None, 25)."""
    return f"({', '.join(['None', *map(str, shape)])})"


def size_text(params: int, itemsize: int) -> str:
    """Return "13,642 (53.29 KB)"."""
    size = float(params * itemsize)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{params:,} ({size:.2f} {unit})"


def _cells(row: Row, edge: str) -> str:
    """Return the lines of one row; what is too long for a cell goes on below."""
    columns = [
        textwrap.wrap(text, width) or [""]
        for text, width in zip(row, WIDTHS, strict=True)
    ]
    lines = ""
    for line in range(max(map(len, columns))):
        texts = [column[line] if line < len(column) else "" for column in columns]
        name, shape, params = WIDTHS
        cells = (f"{texts[0]:{name}}", f"{texts[1]:{shape}}", f"{texts[2]:>{params}}")
        lines += f"{edge} {f' {edge} '.join(cells)} {edge}\n"
    return lines


def _rule(left: str, between: str, right: str, line: str) -> str:
    return left + between.join(line * (width + 2) for width in WIDTHS) + right + "\n"
