"""Verilog of netlists under simulation, made once per content."""
from collections.abc import Callable
from pathlib import Path

from amaranth.lib import wiring

from hw.build.tools import versions
from hw.netlist.netlist import synthesize, write_behaviour
from hw.netlist.technology import Technology
from hw.verilog import Sidecar
from sw.contract.cache import BUILD, digest, once

from .sources import component_source

__all__ = ["netlist_source"]

_ROOT = Path(__file__).resolve().parent.parent


def netlist_source(component: wiring.Component, name: str, technology: Technology,
                   change: Callable[[str], str] = str) -> tuple[Path, Sidecar]:
    """Verilog that behaves as the netlist of a component does, and the component's ports.

    Parameters
    ----------
    change
        What is done to the netlist, RTLIL text, before: to plant a defect.
    """
    _, sidecar = component_source(component, name)
    netlist = change(synthesize(component, name, technology).read_text())
    key = digest(netlist, name, repr((technology, versions(["yosys"]))),
                 (_ROOT / "hw/netlist/netlist.py").read_bytes())
    directory = once(BUILD / "netlist" / f"behaviour-{key}",
                     lambda temporary: write_behaviour(netlist, name, technology, temporary))
    return directory / f"{name}.v", sidecar
