"""Netlists of components, and the Verilog by which they are simulated."""
import re
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from sw.contract.cache import BUILD, digest, once

from ..build.tools import versions
from .technology import Technology
from .yosys import execute

__all__ = ["count_cells", "synthesize", "write_behaviour"]


def synthesize(component: wiring.Component, name: str, technology: Technology) -> Path:
    """File with the netlist of a component as RTLIL; synthesized once per content.

    The component goes to Yosys as RTLIL, the way it does for a bitstream: reading Verilog of large
    memories back takes minutes.
    """
    text = rtlil.convert(component, name=name, emit_src=False)
    script = [
        f"read_rtlil {name}.il", "delete w:$verilog_initial_trigger",
        f"{technology.synthesis} -top {name}",
        # Names that drive nothing are most of a netlist's size.
        "opt_clean -purge", f"select {name}", "write_rtlil -selected netlist.il"]

    def make(directory: Path) -> None:
        (directory / f"{name}.il").write_text(text)
        execute(script, directory)

    key = digest(text, repr(script), repr(versions(["yosys"])))
    return once(BUILD / "netlist" / key, make) / "netlist.il"


def count_cells(netlist: Path) -> dict[str, int]:
    """How many cells of each kind a netlist has."""
    counts: dict[str, int] = {}
    for kind in re.findall(r"^ *cell \\(\S+)", netlist.read_text(), re.M):
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))


def write_behaviour(netlist: str, name: str, technology: Technology, directory: Path) -> Path:
    """Write ``<name>.v``, a netlist whose cells are replaced by what Yosys' models say they do.

    Cells that Yosys has no model of, block RAM and multipliers of some families, stay cells.

    Parameters
    ----------
    netlist
        RTLIL text.
    """
    (directory / "netlist.il").write_text(netlist)
    script = [
        # A model that is read before it is known to be one keeps its contents.
        *(f"read_verilog -D NO_INCLUDES {file}" for file in technology.models),
        "read_rtlil netlist.il", f"hierarchy -top {name}", "proc", "flatten", "opt_expr",
        "opt_clean -purge", f"write_verilog -noattr {name}.v"]
    execute(script, directory)
    file = directory / f"{name}.v"
    # What is not connected is not used.
    file.write_text("/* verilator lint_off PINMISSING */\n" + file.read_text())
    return file
