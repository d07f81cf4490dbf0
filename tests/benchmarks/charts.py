"""Draws what a run measured."""

from pathlib import Path

import cases
import curves
import training
from timing import Record

from minidl.plotting import BLUE, INK, ORANGE

GREY = "#b8c0c8"
HIDDEN = "NumPy's matrix products alone"


def draw(folder: Path, records: list[Record]) -> None:
    """Write benchmarks.png and benchmarks_cost.png into a folder."""
    draw_steps(folder / "benchmarks.png", records)
    draw_curves(folder / "benchmarks_cost.png", records)


def draw_steps(path: Path, records: list[Record]) -> None:
    """Draw a panel of bars for each net: everybody's microseconds a step."""
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
    for axes, case in zip(panels.flat, cases.MAIN, strict=True):
        found = [
            record
            for record in records
            if record.section == training.SECTION
            and record.case == case.name
            and record.threads == 1
            and record.right
        ]
        found.sort(key=lambda record: -record.median)
        times = [record.median * 1e6 for record in found]
        bars = axes.barh([r.who for r in found], times, color=list(map(color, found)))
        axes.bar_label(bars, [f" {time:,.3g}" for time in times], color=INK, fontsize=8)
        axes.set_xscale("log")
        axes.margins(x=0.2)
        axes.set_title(f"{case.name}, batch {case.batch}")
        axes.tick_params(labelsize=8)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("microseconds a step, one thread, float32 (log scale)")
    figure.savefig(path, dpi=80)
    plt.close(figure)


def color(record: Record) -> str:
    if record.who == "minidl":
        return BLUE
    return ORANGE if record.who == HIDDEN else GREY


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
        for each in (axes, other):
            each.set_ylim(bottom=0)
        axes.spines["top"].set_visible(False)
        other.spines["top"].set_visible(False)
    figure.savefig(path, dpi=80)
    plt.close(figure)
