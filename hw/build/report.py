"""What place and route found: cells used, clock frequencies, the critical path."""
import json
from dataclasses import dataclass
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from ..boards.board import Board
from .plan import REPORT

__all__ = ["Clock", "CriticalPath", "Report", "Use", "check_timing", "read_report",
           "summary"]


@dataclass(frozen=True)
class Use:
    """Cells of one kind: how many the design has, and the FPGA."""
    used: int
    available: int

    @property
    def share(self) -> float:
        """Of the FPGA's that are used."""
        return self.used / self.available


@dataclass(frozen=True)
class Clock:
    """Frequencies of one clock, MHz: the highest that meets timing, and the one it will run at."""
    name: str
    achieved: float
    wanted: float


@dataclass(frozen=True)
class CriticalPath:
    """The slowest path from register to register.

    Parameters
    ----------
    start, end
        Cells.
    delay, routing
        Nanoseconds in all, and of these in wires.
    levels
        Cells on the way, the first and the last not counted.
    nets
        Passed on the way.
    """
    start: str
    end: str
    delay: float
    routing: float
    levels: int
    nets: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Everything that is known of one placed and routed design."""
    resources: dict[str, Use]
    clocks: tuple[Clock, ...]
    critical: CriticalPath | None

    @property
    def clock(self) -> Clock:
        """The clock with the least margin."""
        return min(self.clocks, key=lambda clock: clock.achieved / clock.wanted)

    def to_dict(self) -> dict:
        """As JSON types."""
        return json.loads(json.dumps(self, default=lambda part: part.__dict__))


def read_report(board: Board, directory: Path) -> Report:
    """The report of a finished build."""
    raw = json.loads((directory / REPORT).read_text())
    used = raw["utilization"]
    resources = {name: Use(used[key]["used"], used[key]["available"])
                 for name, key in board.family.resources.items() if key in used}
    clocks = tuple(Clock(_net(name), round(clock["achieved"], 2),
                         _exact(board, clock["constraint"]))
                   for name, clock in sorted(raw["fmax"].items()))
    if not clocks:
        raise SpikeplaneError(f"{board.name}: place and route reports no clock; the design has no "
                              "register behind the PLL")
    within = [path for path in raw["critical_paths"]
              if path["from"] == path["to"] and "edge" in path["from"]]
    return Report(resources, clocks, max(map(_path, within), key=lambda path: path.delay,
                                         default=None))


def _path(raw: dict) -> CriticalPath:
    hops = raw["path"]
    wires = [hop for hop in hops if hop["type"] == "routing"]
    return CriticalPath(
        start=hops[0]["from"]["cell"], end=hops[-1]["to"]["cell"],
        delay=round(sum(hop["delay"] for hop in hops), 3),
        routing=round(sum(hop["delay"] for hop in wires), 3),
        levels=len(wires) - 1, nets=tuple(hop["net"] for hop in wires))


def _exact(board: Board, constraint: float) -> float:
    """The board's clock where it is meant: place and route counts whole picoseconds."""
    clock = board.clock / 1e6
    return clock if abs(constraint / clock - 1) < 1e-3 else round(constraint, 3)


def _net(name: str) -> str:
    """Without the mark of a global net."""
    return name.removeprefix("$glbnet$")


def check_timing(board: Board, report: Report) -> None:
    """Refuse a design that is slower than its clock."""
    clock = report.clock
    if clock.achieved >= clock.wanted:
        return
    slower = board.family.pll.below(board.oscillator, int(clock.achieved * 1e6))
    path = report.critical
    way = f"; the critical path goes from {path.start} to {path.end}" if path else ""
    cure = f" or the slower clock --clock {slower / 1e6:g}" if slower else ""
    raise SpikeplaneError(
        f"{board.name}: timing is not met: {clock.achieved:.2f} MHz where the clock has "
        f"{clock.wanted:g} MHz ({1 - clock.achieved / clock.wanted:.1%} too slow){way}; try other "
        f"seeds (--seeds 8), a smaller core (--core, --set){cure}")



def summary(report: Report) -> str:
    """What is used, clocks and the critical path, as lines of text."""
    lines = [f"{name:12} {use.used:7} of {use.available:7}  {use.share:6.1%}"
             for name, use in report.resources.items()]
    lines += [f"clock {clock.name}: {clock.achieved:.2f} MHz, {clock.wanted:g} MHz needed"
              for clock in report.clocks]
    if report.critical:
        path = report.critical
        lines.append(f"critical path: {path.start} to {path.end}, {path.delay:.2f} ns, "
                     f"{path.routing:.2f} ns of them in wires, {path.levels} cells between")
    return "\n".join(lines)
