"""The SDRAM that simulations put behind a controller's pins; see ``sim/harness/sdram``."""
from pathlib import Path

from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from hw.memory.sdram_layouts import pins_signature
from hw.memory.sdram_part import SdramPart

__all__ = ["BEHAVIOURAL", "SdramModel", "part_values"]

BEHAVIOURAL = sorted(path for path in (Path(__file__).parent / "harness" / "sdram").iterdir()
                 if path.suffix in (".sv", ".cpp", ".hpp"))
"""Files that a simulation with an :py:`SdramModel` needs besides its Verilog."""


def part_values(part: SdramPart, clock: int) -> dict[str, int]:
    """What the model has to know, in its order: geometry, clock in Hz, limits in picoseconds."""
    timing = part.timing

    def ps(nanoseconds: float) -> int:
        return round(nanoseconds * 1000)

    return {
        "BANKS": part.banks, "ROWS": part.rows, "COLUMNS": part.columns, "WIDTH": part.data_bits,
        "CLOCK": clock,
        **{name.upper(): ps(getattr(timing, name))
           for name in ("rcd", "rp", "ras", "ras_max", "rc", "rrd", "rfc", "wr")},
        "MRD": timing.mrd, "REFI": ps(timing.refi), "STARTUP": ps(timing.startup),
        "STARTUP_REFRESHES": timing.startup_refreshes, "CL2": ps(timing.cl2),
        "CL3": ps(timing.cl3),
    }


class SdramModel(wiring.Component):
    """An SDRAM in simulation, with the registers of the pads before it.

    A violation of the part's limits ends the simulation with a sentence that names the rule, the
    cycle and the bank. Memory that was never written holds noise, and so do the data pins while
    nobody drives them. Reset is a power failure.

    Timing: CAS latency and ``pad_delay`` cycles from the cycle of a READ on the pins to its data.

    Parameters
    ----------
    clock
        In Hz.

    Members
    -------
    pins : :py:`In(pins_signature(part))`
    """

    def __init__(self, part: SdramPart, clock: int, *, pad_delay: int = 2):
        self.part, self.clock, self.pad_delay = part, clock, pad_delay
        super().__init__({"pins": In(pins_signature(part))})

    def elaborate(self, platform):
        m = Module()
        pins = self.pins
        m.submodules.model = Instance(
            "sdram_model",
            ("p", "BANK_BITS", len(pins.ba)), ("p", "ADDRESS_BITS", len(pins.a)),
            ("p", "DATA_BITS", self.part.data_bits), ("p", "DELAY", self.pad_delay),
            *(("p", name, value) for name, value in part_values(self.part, self.clock).items()),
            ("i", "clk", ClockSignal()), ("i", "rst", ResetSignal()),
            *(("i", name, getattr(pins, name)) for name in (
                "cke", "cs", "ras", "cas", "we", "ba", "a", "dqm", "dq_o", "dq_oe")),
            ("o", "dq_i", pins.dq_i))
        return m
