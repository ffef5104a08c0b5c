"""Where place and route put the cells, and which component they belong to."""
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cell", "components", "read_placement"]

_BEL = re.compile(r"X(\d+)/?Y(\d+)/")
_LOGIC = re.compile(r"ICESTORM_LC|TRELLIS_(COMB|FF)|LUT\d|ALU|DFF\w*|MUX2_LUT\d")
_MEMORY = re.compile(r"ICESTORM_(SP)?RAM|DP16KD|[SD]?PX?9?B?|SDPX?9?B?|p?ROMX?9?")


@dataclass(frozen=True)
class Cell:
    """One cell of the FPGA in use.

    Parameters
    ----------
    column, row
        Of the FPGA's grid.
    kind
        ``"logic"``, ``"memory"`` or ``"other"``.
    component
        Of the core, else of the system, else of the board's design, that it belongs to.
    """
    column: int
    row: int
    kind: str
    component: str


def read_placement(path: Path) -> list[Cell]:
    """Every placed cell of a JSON netlist that place and route wrote."""
    cells = json.loads(path.read_text())["modules"]["top"]["cells"]
    placed = []
    for name, cell in cells.items():
        found = _BEL.match(cell["attributes"].get("NEXTPNR_BEL", ""))
        if found:
            placed.append(Cell(int(found[1]), int(found[2]), _kind(cell["type"]),
                               _component(name)))
    return placed


def components(cells: list[Cell]) -> dict[str, dict[str, int]]:
    """Cells of logic and memory per component, largest first."""
    counts = {kind: Counter(cell.component for cell in cells if cell.kind == kind)
              for kind in ("logic", "memory")}
    names = sorted({*counts["logic"], *counts["memory"]},
                   key=lambda name: (-counts["logic"][name], -counts["memory"][name], name))
    return {name: {kind: count[name] for kind, count in counts.items()} for name in names}


def _kind(cell: str) -> str:
    if _LOGIC.fullmatch(cell):
        return "logic"
    return "memory" if _MEMORY.fullmatch(cell) else "other"


def _component(name: str) -> str:
    # Synthesis names a cell after a net that it drives: the path of components, then the net.
    path = name.split(".")[:-1]
    for inside in ("system", "core"):
        if path[:1] == [inside] and len(path) > 1:
            path = path[1:]
    # Amaranth numbers components whose name something else has, too.
    return path[0].partition("$")[0] if path else "(top)"
