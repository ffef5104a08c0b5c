"""Lattice iCE40 UltraPlus: its clock generator and its place in the tool flow."""
from amaranth import *

from .family import Family
from .pll import Pll, Setting

__all__ = ["ICE40"]

# Lattice FPGA-TN-02052 (sysCLOCK PLL) and FPGA-DS-02008 (UltraPlus), feedback path SIMPLE.
PLL = Pll(name="SB_PLL40_PAD", detector=(10_000_000, 133_000_000),
          vco=(533_000_000, 1_066_000_000), clock=(16_000_000, 275_000_000),
          divides=range(1, 17), multiplies=range(1, 129), outputs=[2, 4, 8, 16, 32, 64])

_FILTER = [(17, 1), (26, 2), (44, 3), (66, 4), (101, 5), (133, 6)]
"""Loop filter by the highest detector frequency, MHz."""


def clock_generator(setting: Setting, pad, clock: Signal, locked: Signal) -> Instance:
    """The PLL on the pad of the oscillator; its output drives a global net."""
    choice = next(code for limit, code in _FILTER if setting.detector <= limit * 1_000_000)
    return Instance(
        "SB_PLL40_PAD",
        p_FEEDBACK_PATH="SIMPLE", p_FILTER_RANGE=Const(choice, 3),
        p_DIVR=Const(setting.divide - 1, 4), p_DIVF=Const(setting.multiply - 1, 7),
        p_DIVQ=Const(setting.output.bit_length() - 1, 3),
        i_PACKAGEPIN=pad, i_RESETB=Const(1), i_BYPASS=Const(0),
        o_PLLOUTGLOBAL=clock, o_LOCK=locked)


ICE40 = Family(
    name="iCE40", pll=PLL, clock_generator=clock_generator, on_pad=True, product="top.bin",
    overrides={"nextpnr_opts": "--write placed.json", "synth_opts": "-dsp"},
    devices={"iCE40UP5K": {"logic cells": 5280, "block RAMs": 30}},
    resources={"logic cells": "ICESTORM_LC", "block RAMs": "ICESTORM_RAM",
               "SPRAMs": "ICESTORM_SPRAM", "multipliers": "ICESTORM_DSP", "pins": "SB_IO"})
