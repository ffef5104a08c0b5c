"""Version of the kit and, in a checkout, the revision of its sources."""
import importlib.metadata
import subprocess
import tomllib
from functools import cache
from pathlib import Path

__all__ = ["revision", "version"]

_ROOT = Path(__file__).resolve().parents[2]


@cache
def version() -> str:
    """Version from ``pyproject.toml`` of the checkout, else of the installed distribution."""
    try:
        with open(_ROOT / "pyproject.toml", "rb") as file:
            return tomllib.load(file)["project"]["version"]
    except FileNotFoundError:
        return importlib.metadata.version("spikeplane")


@cache
def revision() -> str:
    """``git describe --always --dirty`` of the sources; empty outside a checkout."""
    try:
        result = subprocess.run(["git", "describe", "--always", "--dirty", "--abbrev=12"],
                                cwd=_ROOT, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
