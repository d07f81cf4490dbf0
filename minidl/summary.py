"""The table that `summary` prints, drawn as Keras draws it."""

import itertools
import sys
import textwrap
from collections.abc import Sequence
from typing import TypeAlias

Row: TypeAlias = tuple[str, ...]
"""A layer's name and type, its output shape, its number of parameters, and, in a table
that shows it, whether it is trained: "Y", "N" or "-"."""

HEAD: Row = ("Layer (type)", "Output Shape", "Param #", "Trai…")
CORNERS = "├┼┤┏┳┓┡╇┩└┴┘"
WIDTHS: dict[int, tuple[int, ...]] = {3: (31, 22, 13), 4: (27, 21, 10, 5)}
"""Of the text in a cell, which has a space on either side, by the number of columns."""


def table(rows: Sequence[Row], columns: int = 3) -> str:
    """Return the rows as a table of 3 or 4 columns, under a heading."""
    body = _rule("├┼┤", "─", columns).join(_cells(row, "│", columns) for row in rows)
    head = _rule("┏┳┓", "━", columns) + _cells(HEAD, "┃", columns)
    return head + _rule("┡╇┩", "━", columns) + body + _rule("└┴┘", "─", columns)


def printable(text: str) -> str:
    """Return the text as standard output can show it, in plain signs if it must."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        plain = str.maketrans("━─┃│…" + CORNERS, "--||." + "+" * len(CORNERS))
        return text.translate(plain).encode(encoding, "replace").decode(encoding)
    return text


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a sample's shape with the batch axis in front: (None, 25)."""
    return f"({', '.join(['None', *map(str, shape)])})"


def totals(total: int, trained: int, itemsize: int) -> str:
    """Return the lines below the table, from numbers of parameters."""
    counts = {
        "Total": total,
        "Trainable": trained,
        "Non-trainable": total - trained,
    }
    return "\n".join(
        f" {kind} params: {size_text(count, itemsize)}"
        for kind, count in counts.items()
    )


def size_text(params: int, itemsize: int) -> str:
    """Return "13,642 (53.29 KB)"."""
    size = float(params * itemsize)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size /= 1024
    return f"{params:,} ({size:.2f} {unit})"


def _cells(row: Row, edge: str, columns: int) -> str:
    """Return the lines of one row; what is too long for a cell goes on below."""
    widths = WIDTHS[columns]
    wrapped = [
        textwrap.wrap(text, width) or [""]
        for text, width in zip(row, widths, strict=False)
    ]
    lines = ""
    for texts in itertools.zip_longest(*wrapped, fillvalue=""):
        aligned = zip(texts, "<<>^", widths, strict=False)
        cells = (f"{text:{side}{width}}" for text, side, width in aligned)
        lines += f"{edge} {f' {edge} '.join(cells)} {edge}\n"
    return lines


def _rule(corners: str, line: str, columns: int) -> str:
    left, between, right = tuple(corners)
    return left + between.join(line * (w + 2) for w in WIDTHS[columns]) + right + "\n"
