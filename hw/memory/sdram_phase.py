"""Phase of an SDRAM's clock, from the delays of pads and part."""
import math
from dataclasses import dataclass

from sw.contract.errors import SpikeplaneError

from .sdram_part import SdramTiming

__all__ = ["ECP5_PADS", "ClockPhase", "PadTiming", "clock_phase"]


@dataclass(frozen=True, kw_only=True)
class PadTiming:
    """Delays of an FPGA's pads with registers in them, nanoseconds.

    Parameters
    ----------
    out_min, out_max
        Clock of the register to the pin, the trace on the board included.
    skew
        Between any two outputs, the one of the clock included.
    setup, hold
        Of an input about the clock of its register, the trace included.
    """
    out_min: float
    out_max: float
    skew: float
    setup: float
    hold: float


ECP5_PADS = PadTiming(out_min=2, out_max=4, skew=0.5, setup=1, hold=0.5)
"""An estimate for LVCMOS33 pads of speed grade 6 with a fast slew rate: the open tools know no
delays of pads. It gives 99 degrees at 50 MHz; designs of others run ULX3S at 50 MHz with 90 (LiteX,
``litex_boards/targets/radiona_ulx3s.py``)."""


@dataclass(frozen=True)
class ClockPhase:
    """Where the part's clock has to lie, relative to that of the registers in the pads.

    Parameters
    ----------
    degrees
        Middle of the window, by which the part's clock is late.
    low, high
        Ends of the window, degrees.
    pad_delay
        As :py:`hw.memory.sdram.Sdram` wants it.
    """
    degrees: float
    low: float
    high: float
    pad_delay: int


def clock_phase(timing: SdramTiming, clock: int, pads: PadTiming) -> ClockPhase:
    """Phase with the widest margins at a clock of ``clock`` Hz.

    The board makes a second clock of the same frequency with this phase in its PLL, and puts it
    out through a double-rate register (1 in the first half of its period, 0 in the second), whose
    delay is that of the other pads. All other pins of the part have a plain register in the pad,
    in both directions, on the controller's clock. With the period T, the part's clock late by p:

    ::

        pads' clock   __|""|__|""|__|""|__|""|__|""|__
        command         X=====X            READ leaves in cycle 0
        part's clock  |""|__|""|__|""|__|""|__|""|__|      p late
        data, CL = 2                    X=====X
        taken                                 ^            in cycle CL + s

    * the part takes commands:  setup + skew <= p <= T - hold - skew
    * data are there in time:   p <= (1 + s) T - ac - out_max - setup of the pad
    * and not too early:        p >= s T - oh - out_min + hold of the pad

    ``s`` is the number of whole cycles by which data are late; 0 suits slow clocks, 1 fast ones.
    ``pad_delay`` is ``s`` and the register of the command's pad.

    Raises
    ------
    SpikeplaneError
        No phase satisfies all of them.
    """
    period = 1e9 / clock
    best = None
    for late in range(3):
        low = max(timing.setup + pads.skew, late * period - timing.oh - pads.out_min + pads.hold)
        high = min(period - timing.hold - pads.skew,
                   (1 + late) * period - timing.ac - pads.out_max - pads.setup)
        if best is None or high - low > best[1] - best[0]:
            best = low, high, late
    low, high, late = best
    if not high > low:
        raise SpikeplaneError(
            f"SDRAM: at {clock / 1e6:g} MHz no phase of its clock suits commands and data, "
            f"{low - high:.2g} ns are missing; lower the clock of the board")
    degrees = 360 / period
    return ClockPhase(math.floor((low + high) / 2 * degrees), low * degrees, high * degrees,
                      late + 1)
