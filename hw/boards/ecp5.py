"""Lattice ECP5: its clock generator and its place in the tool flow."""
from amaranth import *

from .family import Family
from .pll import Pll, Setting

__all__ = ["ECP5"]

# Lattice FPGA-DS-02012 (ECP5 family), sysCLOCK PLL timing. The feedback comes from a fourth output
# that nothing else uses, so that its divider is free of the clock's.
PLL = Pll(name="EHXPLLL", detector=(10_000_000, 400_000_000), vco=(400_000_000, 800_000_000),
          clock=(3_125_000, 400_000_000), divides=range(1, 41), multiplies=range(1, 81),
          outputs=range(1, 129))


def clock_generator(setting: Setting, source: Signal, clock: Signal, locked: Signal,
                    late: Signal | None = None, degrees: float = 0) -> Instance:
    """The PLL, feedback inside it. ``late`` is ``clock`` as many degrees later, in steps of 45 over
    the output divider."""
    # One output divider counts from its phase, in cycles of the oscillator and eighths of them.
    eighths = round(degrees / 360 * setting.output * 8)
    shifted = {} if late is None else dict(
        p_OUTDIVIDER_MUXB="DIVB", p_CLKOS_ENABLE="ENABLED", p_CLKOS_DIV=setting.output,
        p_CLKOS_CPHASE=setting.output - 1 + eighths // 8, p_CLKOS_FPHASE=eighths % 8,
        i_ENCLKOS=Const(0), o_CLKOS=late)
    return Instance(
        "EHXPLLL",
        # Analogue settings as Lattice's own generator writes them.
        a_ICP_CURRENT="12", a_LPF_RESISTOR="8", a_MFG_ENABLE_FILTEROPAMP="1",
        a_MFG_GMCREF_SEL="2",
        p_PLLRST_ENA="DISABLED", p_INTFB_WAKE="DISABLED", p_STDBY_ENABLE="DISABLED",
        p_DPHASE_SOURCE="DISABLED", p_OUTDIVIDER_MUXA="DIVA", p_OUTDIVIDER_MUXD="DIVD",
        p_CLKI_DIV=setting.divide, p_CLKFB_DIV=1, p_FEEDBK_PATH="INT_OS3",
        p_CLKOP_ENABLE="ENABLED", p_CLKOP_DIV=setting.output, p_CLKOP_FPHASE=0,
        p_CLKOP_CPHASE=setting.output - 1,
        p_CLKOS3_ENABLE="ENABLED", p_CLKOS3_DIV=setting.multiply, p_CLKOS3_FPHASE=0,
        p_CLKOS3_CPHASE=setting.multiply - 1,
        i_CLKI=source, i_RST=Const(0), i_STDBY=Const(0), i_PLLWAKESYNC=Const(0),
        i_PHASESEL0=Const(0), i_PHASESEL1=Const(0), i_PHASEDIR=Const(0), i_PHASESTEP=Const(0),
        i_PHASELOADREG=Const(0), i_ENCLKOP=Const(0),
        o_CLKOP=clock, o_LOCK=locked, **shifted)


ECP5 = Family(
    name="ECP5", pll=PLL, clock_generator=clock_generator, product="top.bit",
    # Block RAM answers in half a cycle: not fast enough for the sequencer's program.
    synthesis='setattr -set rom_style "logic" m:*rom',
    overrides={"nextpnr_opts": "--write placed.json", "ecppack_opts": "--compress"},
    devices={f"{kind}-{size}F": {"LUTs": luts, "flip-flops": luts, "block RAMs": blocks}
             for kind in ("LFE5U", "LFE5UM", "LFE5UM5G")
             for size, luts, blocks in ((25, 24288, 56), (45, 43848, 108), (85, 83640, 208))},
    resources={"LUTs": "TRELLIS_COMB", "flip-flops": "TRELLIS_FF", "block RAMs": "DP16KD",
               "multipliers": "MULT18X18D", "pins": "TRELLIS_IO"})
