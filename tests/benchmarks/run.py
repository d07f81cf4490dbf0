"""Measures minidl beside other libraries, in turn, and writes tables and charts.

    python -m pip install -e ".[bench]" && python tests/benchmarks/run.py

Run it on a quiet machine; it takes about ten minutes. Libraries that are not installed
are left out. It writes the results into docs/benchmarks.md, charts into docs/images,
and all numbers into build/benchmarks.json. With --quick, --only or --libraries it
prints the tables alone.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECTIONS = ("training", "inference", "programs", "memory", "curves")
LIMITS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NPROC",  # JAX
)
STEERING = (
    *("OPENBLAS_", "MKL_", "BLIS_", "DNNL_", "OMP_", "GOMP_", "KMP_", "NPY_"),
    *("ATEN_", "TORCH", "XLA_", "JAX_", "KERAS_", "MALLOC_", "PYTHONDONTWRITE"),
)
"""How variables begin that make a library faster or slower than it is by itself."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure minidl beside others.")
    add = parser.add_argument
    add("--threads", type=int, nargs="+", default=[1, 2], help="1 2 by default")
    add("--rounds", type=int, default=5, help="5 by default")
    add("--quick", action="store_true", help="do a tenth of the work")
    add("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    add("--libraries", nargs="+", help="whom to measure; all that are installed")
    add(
        "--size", type=float, default=4.0, help="GiB of the array on disk, 4 by default"
    )
    add("--write", action="store_true", help="write into docs/, also a partial run")
    add("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Measure in one process for each number of threads, then write the report."""
    asked = arguments()
    if asked.child:
        measure(asked)
        return
    cores = available_cores()
    threads = [count for count in asked.threads if count <= len(cores)]
    records: list[dict[str, Any]] = []
    for count in threads:
        records += child(count, cores[:count])
    run = describe(asked, threads)
    (ROOT / "build").mkdir(exist_ok=True)
    numbers = json.dumps({"run": run, "records": records}, indent=1)
    (ROOT / "build" / "benchmarks.json").write_text(numbers)
    partial = asked.quick or set(asked.only) != set(SECTIONS) or asked.libraries
    finish(run, records, asked.write or not partial)


def available_cores() -> list[int]:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def child(threads: int, cores: list[int]) -> list[dict[str, Any]]:
    """Run all sections in a process of its own, which begins with its threads set."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.json"
        command = [sys.executable, *sys.argv, "--child", f"{threads}:{path}"]
        before = available_cores()
        pin(cores)  # the child inherits it, and so do its children
        try:
            subprocess.run(command, env=environment(threads), check=True)
        finally:
            pin(before)
        found: list[dict[str, Any]] = json.loads(path.read_text())
        return found


def pin(cores: list[int]) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def environment(threads: int) -> dict[str, str]:
    """Return an environment in which no library takes more threads.

    thinc's BLIS does not know the newest processors and then takes loops in plain C, a
    fifth as fast. Where there is AVX-512, it is told so; others see by themselves.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(STEERING)
    }
    changed = dict.fromkeys(LIMITS, str(threads))
    changed |= {"JAX_PLATFORMS": "cpu", "MPLBACKEND": "Agg"}
    if threads == 1:
        changed["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    if has_avx512():
        changed["BLIS_ARCH_TYPE"] = "skx"
    return inherited | changed


def measure(asked: argparse.Namespace) -> None:
    """Measure in this process, and write the records into a file."""
    import curves
    import inference
    import memory
    import training
    import whole
    from contestants import LIBRARIES
    from timing import Options, Record

    threads, path = asked.child.split(":", maxsplit=1)
    options = Options(
        int(threads),
        2 if asked.quick else asked.rounds,
        asked.quick,
        int(asked.size * 2**30),
        asked.libraries or list(LIBRARIES),
    )
    modules = dict(
        zip(SECTIONS, (training, inference, whole, memory, curves), strict=True)
    )
    records: list[Record] = []
    for name in asked.only:
        print(f"{name}, {threads} thread(s)", flush=True)
        records += modules[name].run(options)
    Path(path).write_text(json.dumps([record.to_json() for record in records]))


def describe(asked: argparse.Namespace, threads: list[int]) -> dict[str, Any]:
    """Return what there is to know of a run."""
    import contestants

    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "versions": contestants.versions(),
        "missing": contestants.missing(),
        "threads": threads,
        "rounds": 2 if asked.quick else asked.rounds,
        "quick": asked.quick,
    }


def machine() -> str:
    """Return the processor and the number of cores."""
    names = [line for line in cpuinfo().splitlines() if line.startswith("model name")]
    model = names[0].split(":")[1].strip() if names else platform.machine()
    wide = " with AVX-512" if has_avx512() else ""
    return f"{model}{wide}, {len(available_cores())} cores, {platform.system()}"


def has_avx512() -> bool:
    return " avx512f " in cpuinfo()


def cpuinfo() -> str:
    """Return what Linux tells of the processor; nothing elsewhere."""
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""


def finish(run: dict[str, Any], found: list[dict[str, Any]], write: bool) -> None:
    """Print the tables, and write them and the charts if that is asked for."""
    import charts
    import report
    from timing import Record

    records = [Record(**record) for record in found]
    print(report.markdown(run, records))
    if write:
        charts.draw(ROOT / "docs" / "images", records)
        report.write(ROOT / "docs" / "benchmarks.md", run, records)
        print("wrote docs/benchmarks.md and its pictures")


if __name__ == "__main__":
    main()
