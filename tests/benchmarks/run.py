"""Measures minidl beside other libraries, in turn, and writes tables and charts.

    python -m pip install -e ".[bench]" && python tests/benchmarks/run.py

Run it on a quiet machine. Libraries that are not installed are left out. It prints the
tables, and writes them into docs/benchmarks.md and charts into docs/images if nothing
of the measurement was left out, say by --quick or --only.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import command_line
import contestants
import machine
from timing import Options, Record

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("measure.py")


def main() -> None:
    """Measure in one process for each number of threads, then write the report."""
    asked = command_line.parse()
    lacking = command_line.left_out(asked)
    if lacking:
        print(f"docs/ stays as it is: this run leaves out {', '.join(lacking)}")
    records: list[Record] = []
    for threads in asked.threads:
        records += measured(options(asked, threads))
    run = describe(asked)
    if asked.json:
        found = [record.to_json() for record in records]
        numbers = json.dumps({"run": run, "records": found}, indent=1)
        asked.json.write_text(numbers, encoding="utf-8")
    show(run, records, write=not lacking)


def options(asked: argparse.Namespace, threads: int) -> Options:
    """Return what one process is to measure."""
    return Options(
        threads=threads,
        rounds=2 if asked.quick else asked.rounds,
        quick=asked.quick,
        size=int(asked.size * command_line.GIB),
        libraries=asked.libraries,
        sections=asked.only,
    )


def measured(options: Options) -> list[Record]:
    """Return what a process finds that begins with its threads set."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.json"
        command = [sys.executable, str(CHILD), json.dumps(asdict(options)), str(path)]
        before = machine.available_cores()
        machine.pin(before[: options.threads])  # inherited, as is the environment
        try:
            done = subprocess.run(command, env=machine.environment(options.threads))
        finally:
            machine.pin(before)
        if done.returncode:
            sys.exit(f"measuring with {options.threads} thread(s) failed, see above")
        found = json.loads(path.read_text(encoding="utf-8"))
    return [Record(**record) for record in found]


def describe(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what there is to know of a run."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine.name(),
        "python": platform.python_version(),
        "versions": contestants.versions(asked.libraries),
        "missing": contestants.missing(),
        "threads": asked.threads,
        "rounds": options(asked, 1).rounds,
        "quick": asked.quick,
    }


def show(run: dict[str, Any], records: list[Record], write: bool) -> None:
    """Print the tables, and write them and the charts if that is asked for."""
    import report  # minidl may be missing, and `command_line` says so first

    print(report.markdown(run, records))
    if write:
        import charts  # needs matplotlib

        charts.draw(ROOT / "docs" / "images", records)
        report.write(ROOT / "docs" / "benchmarks.md", run, records)
        print("wrote docs/benchmarks.md and its pictures")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\ninterrupted, so nothing was written")
