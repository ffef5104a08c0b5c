"""What the tools are given: files and commands, the same wherever and whenever they are made."""
import json
from dataclasses import dataclass

from amaranth.hdl import Elaboratable

from sw.contract.cache import digest

from ..boards.board import Board
from ..core.block_ram import SYNTHESIS

__all__ = ["REPORT", "Plan", "make_plan"]

REPORT = "timing.json"
"""What place and route reports: utilisation, clocks, critical paths."""


@dataclass(frozen=True)
class Plan:
    """A build, before it runs.

    Parameters
    ----------
    files
        Name to text.
    commands
        Synthesis, place and route, packing; each the name of a tool and its arguments. Empty where
        the open tools do not build.
    """
    files: dict[str, str]
    commands: list[list[str]]

    @property
    def digest(self) -> str:
        """16 hex digits that name files and commands."""
        return digest(json.dumps([self.files, self.commands], sort_keys=True))


def make_plan(board: Board, design: Elaboratable, seed: int) -> Plan:
    """The plan of a design on a board. ``seed`` starts place and route."""
    family = board.family
    options = [family.overrides.get("nextpnr_opts", ""), f"--seed {seed}", f"--report {REPORT}",
               # Whether the clock is met is read from the report, with everything else.
               "--timing-allow-fail"]
    if family.frequency_option:
        options.append(f"--freq {board.clock / 1e6:.6f}")
    overrides = family.overrides | ({"nextpnr_opts": " ".join(filter(None, options)),
                                     "script_after_read": f"{SYNTHESIS}\n{family.synthesis}"}
                                    if family.product else {})
    # Source locations would bring the checkout's path into the plan.
    built = board.platform().build(design, name="top", do_build=False, emit_src=False,
                                   **overrides)
    files = {name: content for name, content in built.files.items()
             if not name.startswith("build_") and not name.endswith(".debug.v")}
    commands = json.loads(built.files["build_top.json"])["commands"] if family.product else []
    return Plan(files, commands)
