"""Xilinx 7 series: its clock generator. The open tools do not build for it: Vivado does."""
from amaranth import *

from .family import Family
from .pll import Pll, Setting

__all__ = ["XILINX7"]

# Xilinx DS181 (Artix-7), PLL switching characteristics at the slowest speed grade.
PLL = Pll(name="PLLE2_BASE", detector=(19_000_000, 450_000_000),
          vco=(800_000_000, 1_600_000_000), clock=(6_250_000, 450_000_000),
          divides=range(1, 57), multiplies=range(2, 65), outputs=range(1, 129))


def clock_generator(setting: Setting, source: Signal, clock: Signal, locked: Signal) -> Instance:
    """The PLL, feedback inside it; Vivado puts the clock onto a global buffer."""
    feedback = Signal()
    return Instance(
        "PLLE2_BASE",
        p_CLKIN1_PERIOD=1e9 / setting.source, p_DIVCLK_DIVIDE=setting.divide,
        p_CLKFBOUT_MULT=setting.multiply, p_CLKOUT0_DIVIDE=setting.output,
        i_CLKIN1=source, i_CLKFBIN=feedback, i_RST=Const(0), i_PWRDWN=Const(0),
        o_CLKFBOUT=feedback, o_CLKOUT0=clock, o_LOCKED=locked)


XILINX7 = Family(name="7 series", pll=PLL, clock_generator=clock_generator,
                 vendor_tool="Vivado")
