"""Behavioural models of the vendors' cells, one Verilog file per cell and named like it."""
import re
from pathlib import Path

__all__ = ["models"]

_DIRECTORY = Path(__file__).resolve().parent


def models(source: Path) -> list[Path]:
    """Models of the cells that a Verilog file instantiates."""
    names = set(re.findall(r"^ *([A-Z][A-Z0-9_]*) (?:#\(|\\?\w)", source.read_text(), re.M))
    return [path for path in sorted(_DIRECTORY.glob("*.v")) if path.stem in names]
