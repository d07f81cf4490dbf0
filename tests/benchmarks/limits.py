"""What minidl is held against beside other libraries: a script, C, products alone."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import cases
import numpy as np
import script
from cases import Case, Numbers, Task
from contestants.contestant import Contestant

C_SOURCE = Path(__file__).with_name("sine.c")


class Script(Contestant):
    """The loop of the usual tutorial script."""

    name = "the original script"

    @classmethod
    def can(cls, case: Case) -> bool:
        return case.widths == cases.SINE.widths

    def reset(self) -> None:
        names = [kind + str(i) for i in (1, 2) for kind in ("w", "b")]
        arrays = [np.atleast_2d(array).T.copy() for array in self.task.start]
        self.parameters = dict(zip(names, arrays, strict=True))

    def train(self, epochs: int) -> None:
        rate = 2 * self.task.case.rate  # its gradient is half that of its loss
        script.train(self.task.x.T, self.task.y.T, self.parameters, rate, epochs)

    def weights(self) -> list[Numbers]:
        arrays = zip(self.parameters.values(), self.task.start, strict=True)
        return [own.T.reshape(given.shape) for own, given in arrays]


def compiler() -> str | None:
    """Return the machine's C compiler, if there is one."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


class InC(Contestant):
    """The arithmetic in C, as fast as the machine's compiler makes it."""

    name = "the arithmetic in C"

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "sine.so"
            flags = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
            command = [str(compiler()), *flags, str(C_SOURCE), "-o", str(library)]
            subprocess.run([*command, "-lm"], check=True)
            self.function = ctypes.CDLL(str(library)).train
        vector = np.ctypeslib.ndpointer(np.float32, flags="C_CONTIGUOUS")
        self.function.argtypes = [vector] * 6 + [ctypes.c_float, ctypes.c_int]
        self.function.restype = None

    @classmethod
    def can(cls, case: Case) -> bool:
        sine = case.widths == cases.SINE.widths and case.dtype == "float32"
        return sine and compiler() is not None

    def reset(self) -> None:
        self.arrays = [array.copy() for array in self.task.start]

    def train(self, epochs: int) -> None:
        task = self.task
        self.function(task.x, task.y, *self.arrays, task.case.rate, epochs)

    def weights(self) -> list[Numbers]:
        return self.arrays


class Products(Contestant):
    """The products of matrices that a step must have, into arrays made before.

    It trains nothing, so there is nothing to check. The first layer needs no dx.
    """

    name = "NumPy's matrix products alone"
    learns = False

    def reset(self) -> None:
        case, dtype = self.task.case, self.task.x.dtype
        random = np.random.default_rng(0)
        values = [random.random((case.batch, n)).astype(dtype) for n in case.widths]
        self.layers = []
        for i, kernel in enumerate(self.task.kernels):
            x, dy = values[i], values[i + 1]
            dx = np.empty_like(x) if i else None
            outputs = np.empty_like(dy), np.empty_like(kernel), dx
            self.layers.append((x, kernel, dy, *outputs))

    def train(self, epochs: int) -> None:
        for _ in range(epochs * self.task.case.batches):
            for x, kernel, dy, y, dkernel, dx in self.layers:
                x.dot(kernel, out=y)
                x.T.dot(dy, out=dkernel)
                if dx is not None:
                    dy.dot(kernel.T, out=dx)

    def weights(self) -> list[Numbers]:
        return []


LIMITS: list[type[Contestant]] = [Script, InC, Products]
