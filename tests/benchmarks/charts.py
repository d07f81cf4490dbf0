"""Draws what a run measured."""

from pathlib import Path

import cases
import curves
import training
from timing import Record

from minidl.plotting import BLUE, INK, ORANGE

GREY = "#b8c0c8"
PRODUCTS = "NumPy's matrix products alone"


def draw(folder: Path, records: list[Record]) -> None:
    """Write benchmarks.png and benchmarks_cost.png into a folder."""
    draw_steps(folder / "benchmarks.png", records)
    draw_curves(folder / "benchmarks_cost.png", records)


def draw_steps(path: Path, records: list[Record]) -> None:
    """Draw a panel for each net: how long everybody takes against minidl."""
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for axes, case in zip(panels.flat, cases.MAIN, strict=True):
        found = steps_of(records, case.name)
        mine = [record.median for record in found if record.who == "minidl"]
        if not mine:
            continue
        for row, record in enumerate(found):
            ratio = record.median / mine[0]
            axes.plot([1, ratio], [row, row], color=color(record), lw=1.5)
            axes.plot(ratio, row, "o", color=color(record), ms=8)
            text = f"{ratio:.2f}x" if record.who != "minidl" else "minidl"
            left = ratio < 1
            axes.annotate(
                text,
                (ratio, row),
                (-9 if left else 9, -3),
                textcoords="offset points",
                ha="right" if left else "left",
                fontsize=8,
            )
        axes.axvline(1, color=BLUE, lw=0.8)
        axes.set_xscale("log")
        axes.set_xticks([0.01, 0.1, 1, 10, 100], ["0.01x", "0.1x", "1x", "10x", "100x"])
        axes.minorticks_off()
        axes.set_xlim(0.002, 300)
        axes.set_yticks(range(len(found)), [record.who for record in found])
        axes.set_title(
            f"{case.name}, minidl {mine[0] * 1e6:,.0f} µs", fontsize=11, loc="right"
        )
        axes.tick_params(labelsize=8, colors=INK)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("time a step against minidl, one thread, float32 (log scale)")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def steps_of(records: list[Record], case: str) -> list[Record]:
    """Return the times of a case on one thread, the slowest first."""
    found = [
        record
        for record in records
        if (record.section, record.case) == (training.SECTION, case)
        and record.threads == 1
        and record.right
    ]
    return sorted(found, key=lambda record: -record.median)


def color(record: Record) -> str:
    if record.who == "minidl":
        return BLUE
    return ORANGE if record.who == PRODUCTS else GREY


def draw_curves(path: Path, records: list[Record]) -> None:
    """Draw time and peak of memory against samples, width, depth and batch."""
    from matplotlib import pyplot as plt

    own = [record for record in records if record.section == curves.SECTION]
    if not own:
        return
    figure, panels = plt.subplots(1, 4, figsize=(16, 3.6), layout="constrained")
    for axes, what in zip(panels, curves.GRIDS, strict=True):
        times = [r for r in own if r.case == what and r.unit != "bytes"]
        peaks = [r for r in own if r.case == what and r.unit == "bytes"]
        axes.plot(
            [int(record.who) for record in times],
            [record.median * 1e3 for record in times],
            "o-",
            color=BLUE,
        )
        axes.set_xlabel(what)
        unit = times[0].unit.removeprefix("s/")
        axes.set_ylabel(
            f"ms a {unit}" if unit == "step" else f"ms an {unit}", color=BLUE
        )
        other = axes.twinx()
        other.plot(
            [int(record.who) for record in peaks],
            [record.median / 1e6 for record in peaks],
            "s--",
            color=ORANGE,
        )
        other.set_ylabel("peak memory, MB", color=ORANGE)
        for each, shown in ((axes, times), (other, peaks)):
            unit_size = 1e3 if each is axes else 1e-6
            each.set_ylim(0, 1.1 * unit_size * max(r.median for r in shown))
        axes.spines["top"].set_visible(False)
        other.spines["top"].set_visible(False)
    figure.savefig(path, dpi=80)
    plt.close(figure)
