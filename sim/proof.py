"""Proofs that two components compute the same, by Yosys' SAT solver."""
import re
import tempfile
from pathlib import Path

from amaranth.back import rtlil
from amaranth.lib import wiring

from hw.netlist.yosys import execute
from sw.contract.errors import SpikeplaneError

__all__ = ["Difference", "prove_equal"]

_MODELS = "+/lattice/common_sim.vh +/lattice/ccu2c_sim.vh"


class Difference(Exception):
    """The components differ; the message is a table of values for which they do."""


def prove_equal(gold: wiring.Component, gate: wiring.Component, latency: int = 0) -> None:
    """Prove that outputs are equal for all inputs; ECP5 cells are what Yosys' models say.

    With a ``latency``, the components are pipelines without feedback whose outputs depend on the
    inputs of the last ``latency`` cycles alone. They are compared in the cycle after these, and may
    have been in any state before, so that the proof holds for every cycle.

    Raises
    ------
    Difference
        There are inputs for which an output differs.
    """
    steps = f"-seq {latency + 1} -prove-skip {latency}" if latency else ""
    script = [
        "read_rtlil gold.il", "read_rtlil gate.il", f"read_verilog {_MODELS}",
        # Otherwise one of them would be taken for the only top.
        "setattr -mod -unset top gold gate", "hierarchy -check", "proc",
        "flatten gold", "flatten gate", "opt gold gate",
        # Nothing is known of the first state. What never changes is a constant by now.
        "setattr -unset init gold/w:* gate/w:*",
        "miter -equiv -flatten -make_outputs gold gate miter", "hierarchy -top miter",
        f"sat -verify {steps} -prove trigger 0 -show-inputs -show-outputs miter"]
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for component, module in ((gold, "gold"), (gate, "gate")):
            text = rtlil.convert(component, name=module, emit_src=False)
            (directory / f"{module}.il").write_text(text)
        try:
            execute(script, directory)
        except SpikeplaneError as error:
            values = re.search(r"\n +(Time )?Signal Name .*?\n\n", error.__notes__[0], re.S)
            if values is None:
                raise
            raise Difference(values[0]) from None
