"""Which sources a bitstream is made from."""
import subprocess
from pathlib import Path

from sw.contract.errors import SpikeplaneError

__all__ = ["SOURCES", "hardware_revision"]

SOURCES = ("hw/boards", "hw/build/plan.py", "hw/config.py", "hw/core", "hw/link", "hw/memory",
           "hw/system", "sw/contract", "pyproject.toml")
"""What the hardware is generated from. A commit of anything else, bitstreams above all, does not
change the hardware's revision."""

_ROOT = Path(__file__).resolve().parents[2]


def hardware_revision(*, dirty: bool = False, root: Path = _ROOT) -> str:
    """Last commit that touched :data:`SOURCES`, 12 digits.

    Changes that are not committed are refused, or marked by ``-dirty`` if ``dirty`` allows them.
    """
    changed = _git(root, "status", "--porcelain", "--", *SOURCES).splitlines()
    if changed and not dirty:
        raise SpikeplaneError(
            f"{changed[0][3:]} is not committed, so no revision names what would be built; commit "
            "it, or give --dirty to build a bitstream that says so")
    revision = _git(root, "log", "-1", "--format=%H", "--", *SOURCES).strip()[:12]
    if not revision:
        raise SpikeplaneError("no commit holds the hardware's sources; build from a git checkout")
    return revision + ("-dirty" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True,
                              timeout=60)
    except FileNotFoundError:
        raise SpikeplaneError("git is not installed, and a bitstream carries the revision of its "
                              "sources; install it, e.g. apt-get install git") from None
    if done.returncode:
        raise SpikeplaneError("the revision of the hardware's sources cannot be read: "
                              f"{done.stderr.strip().splitlines()[-1]}; build from a git checkout")
    return done.stdout
