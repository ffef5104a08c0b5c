"""Behavioural models of vendors' cells, one Verilog file per module and named like it."""
import re
from pathlib import Path

__all__ = ["models"]

_MODELS = {path.stem: path for path in sorted(Path(__file__).resolve().parent.glob("*.v"))}


def models(source: Path) -> list[Path]:
    """Models of the cells that a Verilog file instantiates, and of those that these do."""
    found: list[Path] = []
    pending = [source]
    while pending:
        text = pending.pop().read_text()
        names = set(re.findall(r"^ *(\w+) (?:#\(|\S+ \()", text, re.M))
        new = [path for name, path in _MODELS.items() if name in names and path not in found]
        found += new
        pending += new
    return found
