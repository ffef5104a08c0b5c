"""Logic of everything beside the core on an iCE40UP5K, as Yosys counts it: one table.

The core is a black box, whose outputs have as many bits as those of the core do.
"""
import argparse
import json
import sys
import warnings
from pathlib import Path

from amaranth import *
from amaranth.back import rtlil
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In

from hw.build.tools import versions
from hw.config import CORES, CoreConfig
from hw.core.block_ram import SYNTHESIS
from hw.core.core import Core
from hw.netlist.yosys import execute
from hw.system.config import SystemConfig
from hw.system.system import System
from sim.record import write_record
from sw.contract.cache import BUILD, digest, once
from sw.contract.errors import SpikeplaneError

READ = ["read_verilog core.v", "read_rtlil top.il", SYNTHESIS]
PROSE = (
    "Everything on a board but core, clock and memory, 18 MHz, 1 Mbaud, 128 KiB of memory. The",
    "components are counted one by one, not optimised across their borders; the whole is.",
)


class BlackBox(wiring.Component):
    """The core's ports, and nothing known behind them. Timing: none."""

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__(Core(config).signature)
        self.verilog = ""

    def narrow(self, name: str, part: str, width: int) -> int:
        """Bits of a field that the core ever sets."""
        config = self.config
        limits = {"request__payload": {"address": config.memory_space, "length": 6},
                  "results__payload": {"image": (config.images - 1).bit_length(),
                                       "label": config.channels.bit_length()},
                  "records__payload": {"opcode": 4, "": config.counter_bits}}.get(name, {})
        return min(width, limits.get(part, limits.get("", width)))

    def elaborate(self, platform):
        m = Module()
        ports, declared = {}, []
        for path, member, value in self.signature.flatten(self):
            name = "__".join(map(str, path))
            if member.flow == In:
                parts = [("i", name, Value.cast(value), len(Value.cast(value)))]
            elif isinstance(member.shape, data.StructLayout):
                parts = [("o", f"{name}__{part}", Value.cast(value[part]),
                          self.narrow(name, part, field.width)) for part, field in member.shape]
            else:
                parts = [("o", name, Value.cast(value), len(Value.cast(value)))]
            for flow, label, outer, width in parts:
                if width:
                    inner = outer if flow == "i" else Signal(Shape(width, outer.shape().signed))
                    ports[f"{flow}_{label}"] = inner
                    if flow == "o":
                        m.d.comb += outer.eq(inner)
                    way = "input" if flow == "i" else "output"
                    declared.append(f"{way} [{width - 1}:0] {label}")
        m.submodules.core = Instance("core", **ports)
        self.verilog = f"(* blackbox *) module core({', '.join(declared)}); endmodule\n"
        return m


def count(cells: dict) -> tuple[int, int, int]:
    """LUTs, flip-flops, block RAMs."""
    return (cells.get("SB_LUT4", 0), sum(n for name, n in cells.items() if "_DFF" in name),
            cells.get("SB_RAM40_4K", 0))


def measure(config: SystemConfig) -> dict[str, tuple[int, int, int]]:
    """By component, and "whole"."""
    core = BlackBox(config.core)
    text = rtlil.convert(System(config, core), name="top", emit_src=False)

    def make(directory: Path) -> None:
        (directory / "top.il").write_text(text)
        (directory / "core.v").write_text(core.verilog)
        for name, option in (("parts", "-noflatten"), ("whole", "")):
            execute([*READ, f"synth_ice40 -dsp {option} -top top", f"tee -o {name} stat -json"],
                    directory)

    key = digest(text, core.verilog, repr((READ, versions(["yosys"]))))
    directory = once(BUILD / "link" / key, make)
    result = {}
    for name in ("parts", "whole"):
        modules = json.loads((directory / name).read_text())["modules"]
        for module, found in modules.items():
            label = "whole" if name == "whole" else module.removeprefix("\\").partition("$")[0]
            numbers = count(found["num_cells_by_type"])
            if any(numbers):
                result[label] = numbers
    return result


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--core", choices=CORES, default="mini")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as markdown")
    args = parser.parse_args(argv)
    # A core is made for its signature alone.
    warnings.filterwarnings("ignore", ".*created but never used")
    found = measure(SystemConfig(
        core=CORES[args.core], board="icebreaker", clock=18_000_000, baud=1_000_000,
        memory_bytes=1 << 17, version="0", revision="0"))
    order = sorted(found, key=lambda name: (name == "whole", -found[name][0]))
    rows = [[name.removeprefix("top.") or "top", *map(str, found[name])] for name in order]
    head = ["component", "LUT", "FF", "block RAM"]
    for row in (head, *rows):
        print(f"{row[0]:30}" + "".join(f"{cell:>11}" for cell in row[1:]))
    if args.write:
        write_record(args.write, title="Logic beside the core",
                     command=f"python bench/link_area.py --core {args.core}",
                     summary=", ".join(f"{name} {number}" for name, number in
                                       versions(["yosys"]).items()),
                     prose=PROSE, head=head, rows=rows)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SpikeplaneError as error:
        sys.exit(f"link_area: {error}")
