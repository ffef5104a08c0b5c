"""Area and speed of every form of the synapse array on ECP5, after place and route: one table.

The array is placed alone, without pins, between registers of its own; the figures of a
whole core are its build's. A run is kept by its content.
"""
import argparse
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from amaranth import *
from amaranth.back import rtlil
from amaranth.lib import wiring

from hw.build.tools import locate, versions
from hw.config import CoreConfig
from hw.core.arrays import ARRAYS
from hw.core.arrays.form import form_members
from hw.netlist.yosys import execute
from sim.record import write_record
from sw.contract.cache import BUILD, digest, once
from sw.contract.errors import SpikeplaneError

# Operations per cycle: channels in and out, over four lanes.
SHAPES = {256: (16, 4), 1024: (32, 8)}
SCRIPT = ["read_rtlil top.il", "synth_ecp5 -top top -json top.json"]
PLACE = ["--85k", "--package", "CABGA381", "--speed", "6", "--out-of-context", "--freq", "120",
         "--timing-allow-fail", "--json", "top.json", "--report", "report.json",
         "--write", "placed.json", "--quiet"]

PROSE = (
    "SOP: synaptic operations per cycle, over four lanes; W: weight bits. LUT are TRELLIS_COMB",
    "after packing, beginnings and ends of carry chains included; FF include the registers of word",
    "and weights. Fmax is that of the array alone, in an LFE5U-85F of speed grade 6.",
)


class Registered(wiring.Component):
    """A form between registers. Timing: latency one cycle more than the form's."""

    def __init__(self, config: CoreConfig, form: str):
        self.form = ARRAYS[form](config)
        super().__init__(form_members(config))

    def elaborate(self, platform):
        m = Module()
        m.submodules.form = self.form
        for (path, _, inner), (_, _, outer) in zip(
                self.form.signature.flatten(self.form), self.signature.flatten(self), strict=True):
            if path[0] == "dots":
                m.d.comb += outer.eq(inner)
            else:
                register = Signal.like(inner, name="__".join(map(str, path)), reset_less=True)
                m.d.sync += register.eq(outer)
                m.d.comb += inner.eq(register)
        return m


@dataclass(frozen=True)
class Area:
    """What one form takes."""
    luts: int
    registers: int
    fmax: float


def measure(form: str, sops: int, weight_bits: int, seed: int) -> Area:
    """Place and route one array, or find it done."""
    words, outputs = SHAPES[sops]
    config = CoreConfig(lanes=4, word_channels=words, pass_channels=outputs,
                        weight_bits=weight_bits)
    text = rtlil.convert(Registered(config, form), name="top", emit_src=False)
    options = [*PLACE, "--seed", str(seed)]

    def make(directory: Path) -> None:
        (directory / "top.il").write_text(text)
        execute(SCRIPT, directory)
        done = subprocess.run([locate("nextpnr-ecp5"), *options], cwd=directory,
                              capture_output=True, text=True)
        if done.returncode:
            lines = (done.stderr + done.stdout).strip().splitlines()
            raise SpikeplaneError(f"nextpnr gave up with status {done.returncode}: "
                                  f"{lines[-1] if lines else 'it did not say why'}")
        for file in ("top.il", "top.json", "placed.json"):
            (directory / file).unlink()

    key = digest(text, repr((SCRIPT, options, versions(["yosys", "nextpnr-ecp5"]))))
    report = json.loads((once(BUILD / "array" / key, make) / "report.json").read_text())
    used = {name: part["used"] for name, part in report["utilization"].items()}
    clock, = report["fmax"].values()
    return Area(used["TRELLIS_COMB"], used["TRELLIS_FF"], clock["achieved"])


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sops", type=int, nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--weight-bits", type=int, nargs="+", choices=(4, 8), default=[4, 8])
    parser.add_argument("--seed", type=int, default=1, help="of place and route")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as markdown")
    args = parser.parse_args(argv)
    head = ["SOP", "W", "form", "LUT", "LUT per SOP", "of popcount's", "FF", "Fmax, MHz"]
    rows = []
    print("  ".join(f"{name:>13}" for name in head), flush=True)
    for sops in args.sops:
        for weight_bits in args.weight_bits:
            base = None
            for form in ARRAYS:
                area = measure(form, sops, weight_bits, args.seed)
                base = base or area
                rows.append([str(sops), str(weight_bits), form, str(area.luts),
                             f"{area.luts / sops:.2f}", f"{area.luts / base.luts:.0%}",
                             str(area.registers), f"{area.fmax:.0f}"])
                print("  ".join(f"{cell:>13}" for cell in rows[-1]), flush=True)
    if args.write:
        tools = ", ".join(f"{name} {number}" for name, number in
                          versions(["yosys", "nextpnr-ecp5"]).items())
        write_record(
            args.write, title="Forms of the synapse array on ECP5", command="make bench-array",
            summary=f"{tools}, seed {args.seed}", prose=PROSE, head=head, rows=rows)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SpikeplaneError as error:
        sys.exit(f"array_area: {error}")
