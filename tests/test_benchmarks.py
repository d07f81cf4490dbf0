"""The benchmarks' own faults: what they refuse, believe and write. No times."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
sys.path.append(str(BENCHMARKS))
command_line: Any = import_module("command_line")
goals: Any = import_module("goals")
report: Any = import_module("report")
whole: Any = import_module("whole")
Record: Any = import_module("timing").Record

Patch = pytest.MonkeyPatch


@pytest.fixture
def here(monkeypatch: Patch) -> Callable[..., None]:
    """Return what says which libraries are installed besides minidl."""

    def only(*libraries: str) -> None:
        present = {"minidl", *libraries}
        monkeypatch.setattr(command_line, "installed", present.__contains__)

    monkeypatch.setattr(command_line, "available_cores", lambda: [0, 1])
    monkeypatch.setattr(command_line, "free_gib", lambda: 4.5)
    only("torch", "matplotlib")
    return only


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "--threads 8",
            "--threads: must be a whole number from 1 to 2, the cores",
        ),
        ("--threads 0", "not '0'"),
        ("--threads 1.5", "not '1.5'"),
        ("--rounds 0", "--rounds: must be a whole number of at least 1, not '0'"),
        ("--size nan", "--size: must be a number of GiB above 0, not 'nan'"),
        ("--size inf", "not 'inf'"),
        ("--size -1", "not '-1'"),
        ("--size 4GB", "not '4GB'"),
        ("--size 5", "5 GiB do not fit into the 4.5 GiB free"),
        ("--libraries minidl tensorflow", "must be some of minidl, torch, jax"),
        ("--libraries minidl jax", "jax is not installed: leave it out, or run"),
        ("--libraries torch", "minidl is missing, and everybody is held against it"),
        ("--json nowhere/numbers.json", "must be a file in a folder that exists"),
        ("--only speed", "invalid choice: 'speed'"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_in_a_sentence(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        command_line.parse(words.split())
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


def test_benchmarks_need_minidl(
    here: Callable[..., None], monkeypatch: Patch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command_line, "installed", lambda library: False)
    with pytest.raises(SystemExit):
        command_line.parse([])
    assert "minidl is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        ("--quick", "most of the work (--quick)"),
        ("--only training", "sections (--only)"),
        ("--threads 1", "1 or 2 threads (--threads)"),
        ("--libraries minidl", "libraries (--libraries)"),
        ("--rounds 2", "rounds (--rounds below 3)"),
        ("--size 1 --only memory", "some of the 4 GiB (--size)"),
    ],
)
@pytest.mark.usefixtures("here")
def test_a_part_of_the_measurement_is_not_taken_for_the_whole(
    words: str, lacking: str
) -> None:
    assert lacking in command_line.left_out(command_line.parse(words.split()))


def test_a_run_is_whole_with_whatever_peers_are_installed(
    here: Callable[..., None],
) -> None:
    asked = command_line.parse([])
    assert asked.libraries == ["minidl", "torch"]
    assert command_line.left_out(asked) == []
    here("torch")
    assert command_line.left_out(command_line.parse([])) == [
        "charts (matplotlib is not installed)"
    ]
    here("matplotlib")
    assert command_line.left_out(command_line.parse([])) == [
        "other libraries (none is installed)"
    ]


@pytest.mark.usefixtures("here")
def test_the_threads_that_a_small_machine_has_are_no_whole_run(
    monkeypatch: Patch,
) -> None:
    monkeypatch.setattr(command_line, "available_cores", lambda: [0])
    asked = command_line.parse([])
    assert asked.threads == [1]
    assert "1 or 2 threads (--threads)" in command_line.left_out(asked)


@pytest.mark.parametrize(
    ("program", "line", "right"),
    [
        ("sine", "loss 0.0355", True),
        ("sine", "loss 0.0400", False),
        ("sine", "loss nan", False),
        ("digits", "accuracy 0.9722 epochs 14", True),
        ("digits", "accuracy 0.9750 epochs 14", True),
        ("digits", "accuracy 0.9800 epochs 14", False),
        ("digits", "accuracy 0.9722 epochs 15", False),
        ("digits", "accuracy 0.9722", False),
        ("digits", "ImportError: epochs", False),
        ("digits", "no output", False),
    ],
)
def test_a_program_is_right_only_near_the_expected_result(
    program: str, line: str, right: bool
) -> None:
    assert whole.agrees(line, whole.EXPECTED[program]) == right


def test_minidl_comes_to_the_result_that_programs_must_come_to() -> None:
    assert whole.agrees(whole.output("minidl", "sine"), whole.EXPECTED["sine"])


def test_programs_are_measured_though_that_of_minidl_is_wrong(
    monkeypatch: Patch,
) -> None:
    lines = {"minidl": "ImportError: no layers", "script": "loss 0.0342"}
    monkeypatch.setattr(whole, "output", lambda library, name: lines[library])
    found = whole.run_program("sine", "sine", ["minidl"], rounds=1)
    assert [(each.who, each.right, len(each.values)) for each in found] == [
        ("minidl", False, 0),
        ("script", True, 1),
    ]


RUN = {
    "date": "2026-01-01",
    "machine": "a machine",
    "python": "3.11",
    "versions": {"minidl": "0.1"},
    "missing": ["torch"],
    "threads": [1],
    "rounds": 3,
    "quick": False,
}


def test_a_report_of_minidl_alone_says_what_is_not_measured() -> None:
    records = [
        Record("training", "1-25-1 sine", "minidl", 1, [2e-5]),
        Record("inference", "1 sample", "minidl model(x)", 1, [6e-6], unit="s/call"),
        Record("programs", "the sine experiment", "minidl", 1, [0.2], note="loss 0.03"),
        Record("memory", "4 GiB on disk", "peak resident memory", 1, unit="bytes"),
    ]
    text = report.markdown(RUN, records)
    assert "Not installed, so not measured: torch." in text
    assert "| sine `fit` against torch | ≥ 8.00x |  | not measured |" in text
    assert "| 1-25-1 sine |" in text
    assert "| the sine experiment | minidl | 200 ±0 % |  | loss 0.03 |" in text
    assert "| 4 GiB on disk | peak resident memory | not measured |" in text


def test_a_report_of_nothing_has_all_goals_unmeasured() -> None:
    assert all(goal.verdict == "not measured" for goal in goals.goals([]))
    assert "### Goals" in report.markdown(RUN, [])


def test_a_program_of_minidl_that_is_wrong_is_listed_without_ratios() -> None:
    case, fault = "the sine experiment", "wrong: ImportError: no | layers"
    wrong = Record("programs", case, "minidl", 1, note=fault, right=False)
    torch = Record("programs", case, "torch", 1, [2.0], note="loss 0.03")
    text = report.markdown(RUN, [wrong, torch])
    assert f"| {case} | torch | 2,000 ±0 % |  | loss 0.03 |" in text
    assert r"| wrong: ImportError: no \| layers |" in text


def test_a_goal_is_reached_only_against_those_that_have_a_time() -> None:
    times = dict.fromkeys(goals.EAGER, 6e-5) | {"minidl": 2e-5}
    what = "64-64-10, 1 thread, against the fastest peer"

    def verdict(*missing: str) -> str:
        records = [
            Record("training", "64-64-10", who, 1, [time])
            for who, time in times.items()
            if who not in missing
        ]
        return {goal.what: str(goal.verdict) for goal in goals.goals(records)}[what]

    assert verdict() == "reached"
    assert verdict("thinc", "torch") == "reached without torch and thinc"
    assert verdict(*goals.EAGER) == "not measured"
    times["torch"] = 1e-5
    assert verdict("thinc") == "**not reached**"
