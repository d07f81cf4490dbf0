"""Writes what a run measured as Markdown, into the documentation's page."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cases
import goals
import inference
import memory
import training
import whole
from goals import in_mb
from timing import Record

BEGIN = "<!-- results: tests/benchmarks/run.py writes from here -->"
END = "<!-- to here -->"
PICTURES = {
    "benchmarks.png": "Everybody's time a step, for each net",
    "benchmarks_cost.png": "Time and memory against samples, width, depth and batch",
}


def write(page: Path, run: dict[str, Any], records: list[Record]) -> None:
    """Put the results between the two marks of a page."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    pictures = [
        f"![{what}](images/{name})\n"
        for name, what in PICTURES.items()
        if (page.parent / "images" / name).exists()
    ]
    results = "\n".join([*pictures, markdown(run, records)])
    page.write_text(f"{before}{BEGIN}\n\n{results}\n{END}{after}", encoding="utf-8")


def markdown(run: dict[str, Any], records: list[Record]) -> str:
    """Return all tables of a run."""
    parts = [
        about(run),
        "### Goals\n",
        goal_table(records),
        *(training_tables(records, threads) for threads in run["threads"]),
        *(inference_table(records, threads) for threads in run["threads"]),
        program_table(records),
        memory_table(records),
        faults(records),
    ]
    return "\n".join(part for part in parts if part)


def about(run: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    lines = [
        f"Measured on {run['date']} on {run['machine']}, Python {run['python']}; "
        f"{versions}; medians of {run['rounds']} rounds."
    ]
    if run["missing"]:
        lines.append(f"Not installed, so not measured: {', '.join(run['missing'])}.")
    if run["quick"]:
        lines.append("**A quick run: it shows what is measured, not how fast it is.**")
    return "\n".join(lines) + "\n"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table; all columns but the first are numbers."""
    marks = ["---", *["--:"] * (len(head) - 1)]
    escaped = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    lines = [f"| {' | '.join(row)} |" for row in [head, marks, *escaped]]
    return "\n".join(lines) + "\n"


def goal_table(records: list[Record]) -> str:
    rows = [
        [
            goal.what,
            goal.bound,
            "" if goal.value is None else goal.show(goal.value),
            goal.verdict,
        ]
        for goal in goals.goals(records)
    ]
    return table(["what", "goal", "came", ""], rows)


def training_tables(records: list[Record], threads: int) -> str:
    """Return the tables of training steps: a row for everybody, a column a case."""
    own = select(records, training.SECTION, threads)
    if not own:
        return ""
    title = f"### Training steps, {threads} thread{'s' * (threads > 1)}\n"
    unit = "Microseconds a step, ± the spread, and how many times minidl's that is.\n"
    groups = [cases.MAIN, [cases.SINE64, *cases.VARIATIONS]]
    tables = [matrix(own, [case.name for case in group]) for group in groups]
    return "\n".join([title, unit, *tables])


def inference_table(records: list[Record], threads: int) -> str:
    own = select(records, inference.SECTION, threads)
    names = unique(record.case for record in own if record.unit == "s/call")
    if not names:
        return ""
    title = f"### Inference, {threads} thread{'s' * (threads > 1)}\n"
    unit = "Microseconds a call, ± the spread, and how many times minidl's that is.\n"
    return "\n".join([title, unit, matrix(own, names, "minidl model(x)")])


def matrix(records: list[Record], names: list[str], mine: str = "minidl") -> str:
    """Return a row for everybody and a column for each case, in microseconds."""
    found = {(record.case, record.who): record for record in records}
    people = unique(record.who for record in records if record.case in names)
    rows = []
    for who in people:
        cells = [
            cell(found.get((name, who)), found.get((name, mine))) for name in names
        ]
        rows.append([who, *cells])
    return table(["", *names], rows)


def cell(record: Record | None, mine: Record | None) -> str:
    """Return "27.1 ±3 % (1.3x)"."""
    if record is None:
        return ""
    if not record.right:
        return record.note.split(":")[0]
    number = f"{figures(record.median * 1e6)} ±{record.spread * 100:.0f} %"
    if mine is None or mine is record or not mine.values:
        return number
    return f"{number} ({record.median / mine.median:.2f}x)"


def figures(value: float) -> str:
    """Return a number with three figures."""
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:,.{max(0, min(digits, 3))}f}"


def program_table(records: list[Record]) -> str:
    """Return the times of whole programs, in milliseconds."""
    own = [record for record in records if record.section == whole.SECTION]
    if not own:
        return ""
    mine = {record.case: record for record in own if record.who == "minidl"}
    rows = [program_row(record, mine.get(record.case)) for record in own]
    title = "### Whole programs, 1 thread\n"
    head = ["program", "", "milliseconds", "against minidl", "its last line"]
    return "\n".join([title, table(head, rows)])


def program_row(record: Record, mine: Record | None) -> list[str]:
    """Return the cells of a program; the ratio only if minidl's has a time, too."""
    if not record.values:
        return [record.case, record.who, "", "", record.note]
    time = f"{record.median * 1e3:,.0f} ±{record.spread * 100:.0f} %"
    ratio = ""
    if mine is not None and mine is not record and mine.values:
        ratio = f"{record.median / mine.median:.2f}x"
    return [record.case, record.who, time, ratio, record.note]


def memory_table(records: list[Record]) -> str:
    """Return what training from disk takes, and what many calls leave behind."""
    rows = [
        [record.case, record.who, amount(record)]
        for record in records
        if record.section == memory.SECTION or record.case.startswith("growth")
    ]
    if not rows:
        return ""
    return "\n".join(["### Memory\n", table(["", "", "value"], rows)])


def amount(record: Record) -> str:
    if not record.values:
        return "not measured"
    if record.unit == "bytes":
        return in_mb(record.median)
    return f"{record.median:,.0f} {record.unit}"


def faults(records: list[Record]) -> str:
    """Return who was not timed, and why."""
    wrong = [record for record in records if not record.right]
    if not wrong:
        return ""
    rows = [
        [record.case, record.who, f"{record.threads}", record.note] for record in wrong
    ]
    return "\n".join(
        ["### Not timed\n", table(["case", "who", "threads", "why"], rows)]
    )


def select(records: list[Record], section: str, threads: int) -> list[Record]:
    return [r for r in records if r.section == section and r.threads == threads]


def unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
