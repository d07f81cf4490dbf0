"""The machine: its name, its cores, and what of them a process may use."""

import os
import platform
from pathlib import Path

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


def available_cores() -> list[int]:
    """Return the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


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


def name() -> str:
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
