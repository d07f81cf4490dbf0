"""What a run is asked for: the options of `run.py`, and what it refuses."""

import argparse
import math
import shutil
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path

from contestants import LIBRARIES, installed
from machine import available_cores

SECTIONS = ("training", "inference", "programs", "memory", "curves")
THREADS = (1, 2)
GIB = 2**30
SIZE = 4.0  # GiB
ROUNDS, LEAST_ROUNDS = 5, 3


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options; end the program with a sentence if one makes no sense."""
    parser = argparse.ArgumentParser(description="Measure minidl beside others.")
    here = [library for library in LIBRARIES if installed(library)]
    if "minidl" not in here:
        parser.error("minidl is not installed: run python -m pip install -e . first")
    possible = [count for count in THREADS if count <= len(available_cores())]
    add = parser.add_argument
    add("--quick", action="store_true", help="do a tenth of the work")
    add("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    add(
        "--threads",
        type=threads,
        nargs="+",
        default=possible,
        help="how many each library may use; 1 and 2 by default",
    )
    add("--libraries", type=library, nargs="+", default=here, help="whom to measure")
    add("--rounds", type=rounds, default=ROUNDS, help=f"{ROUNDS} by default")
    add(
        "--size", type=size, default=SIZE, help="GiB of the array on disk, 4 by default"
    )
    add("--json", type=new_file, metavar="FILE", help="write all numbers into a file")
    asked = parser.parse_args(words)
    for name in ("only", "threads", "libraries"):
        setattr(asked, name, list(dict.fromkeys(getattr(asked, name))))
    fault = fault_together(asked)
    if fault:
        parser.error(fault)
    return asked


def fault_together(asked: argparse.Namespace) -> str:
    """Return what is wrong with options that are right one by one, if anything is."""
    if "minidl" not in asked.libraries:
        return (
            "argument --libraries: minidl is missing, and everybody is held against "
            f"it: --libraries minidl {' '.join(asked.libraries)}"
        )
    free = free_gib()
    if "memory" in asked.only and not asked.quick and asked.size > free:
        return (
            f"argument --size: {asked.size:g} GiB do not fit into the {free:.1f} GiB "
            f"free in {tempfile.gettempdir()}: take fewer, or set TMPDIR to another "
            "folder"
        )
    return ""


def free_gib() -> float:
    """Return how many GiB are free where the array on disk will lie."""
    return shutil.disk_usage(tempfile.gettempdir()).free / GIB


def threads(text: str) -> int:
    cores = len(available_cores())
    if not (text.isdecimal() and 1 <= int(text) <= cores):
        raise ArgumentTypeError(
            f"must be a whole number from 1 to {cores}, the cores here, not {text!r}"
        )
    return int(text)


def rounds(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def size(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ArgumentTypeError(f"must be a number of GiB above 0, not {text!r}")
    return value


def library(text: str) -> str:
    if text not in LIBRARIES:
        known = ", ".join(LIBRARIES)
        raise ArgumentTypeError(f"must be some of {known}, not {text!r}")
    if not installed(text):
        raise ArgumentTypeError(
            f"{text} is not installed: leave it out, or run "
            'python -m pip install -e ".[bench]" first'
        )
    return text


def new_file(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ArgumentTypeError(
            f"must be a file in a folder that exists, not {text!r}: make the folder "
            "first, or take another"
        )
    return path


def left_out(asked: argparse.Namespace) -> list[str]:
    """Return what a run leaves out of the whole measurement, in words.

    A library that is not installed is no part of it, as long as there is any to compare
    minidl with.
    """
    here = {library for library in LIBRARIES if installed(library)}
    lacks = {
        "most of the work (--quick)": asked.quick,
        "sections (--only)": set(asked.only) != set(SECTIONS),
        "1 or 2 threads (--threads)": not set(THREADS) <= set(asked.threads),
        "libraries (--libraries)": set(asked.libraries) != here,
        "other libraries (none is installed)": here == {"minidl"},
        f"rounds (--rounds below {LEAST_ROUNDS})": asked.rounds < LEAST_ROUNDS,
        f"some of the {SIZE:g} GiB (--size)": asked.size < SIZE,
        "charts (matplotlib is not installed)": not installed("matplotlib"),
    }
    return [what for what, lacking in lacks.items() if lacking]
