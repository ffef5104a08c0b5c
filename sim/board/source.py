"""Verilog of a simulated board."""
import re
from pathlib import Path

from hw import verilog
from hw.system.config import SystemConfig
from hw.verilog import Sidecar

from ..sources import text_source

__all__ = ["board_source"]

_ZEROS = re.compile(r"^ *(?P<name>\S+)\[(?P<first>\d+)\] = (?P<zero>\d+'h0+);\n"
                    r"(?:^ *(?P=name)\[(?P<last>\d+)\] = (?P=zero);\n){63,}", re.M)


def board_source(config: SystemConfig, board=None) -> tuple[Path, Sidecar]:
    """Verilog file and sidecar of :class:`.top.SimulatedTop`."""
    def make(directory: Path) -> None:
        from .top import SimulatedTop  # everything else here does without the core
        verilog.write(SimulatedTop(config, board), "board", directory)
        file = directory / "board.v"
        file.write_text(_ZEROS.sub(_loop, file.read_text()))

    return text_source("board", make, f"{config} {board and board.name}", "hw/**/*.py",
                       "sim/board/top.py", "sim/board/source.py")


def _loop(rows: re.Match) -> str:
    """A loop instead of a line for each word of a cleared memory: most of the text otherwise."""
    name, first, last, zero = rows.group("name", "first", "last", "zero")
    return (f"    begin : zeros_{name}_{first}\n      integer k;\n"
            f"      for (k = {first}; k <= {last}; k = k + 1) {name}[k] = {zero};\n    end\n")
