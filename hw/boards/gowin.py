"""Gowin GW2A: its clock generator, and place and route with nextpnr-himbaechel."""
from amaranth import *

from .family import Family
from .pll import Pll, Setting

__all__ = ["GW2A", "Himbaechel"]

# Gowin DS102 (GW2A), PLL switching characteristics at speed grade C8/I7.
PLL = Pll(name="rPLL", detector=(3_000_000, 500_000_000), vco=(500_000_000, 1_250_000_000),
          clock=(3_906_250, 625_000_000), divides=range(1, 65), multiplies=range(1, 65),
          outputs=[2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128], behind_output=True)


def clock_generator(setting: Setting, source: Signal, clock: Signal, locked: Signal) -> Instance:
    """The PLL with static dividers, phase and duty cycle."""
    return Instance(
        "rPLL",
        p_DEVICE="GW2A-18C", p_FCLKIN=f"{setting.source / 1e6:g}",
        p_IDIV_SEL=setting.divide - 1, p_FBDIV_SEL=setting.multiply // setting.output - 1,
        p_ODIV_SEL=setting.output, p_DYN_IDIV_SEL="false", p_DYN_FBDIV_SEL="false",
        p_DYN_ODIV_SEL="false", p_DYN_DA_EN="false", p_CLKFB_SEL="internal",
        p_PSDA_SEL="0000", p_DUTYDA_SEL="1000", p_CLKOUT_BYPASS="false",
        p_CLKOUTP_BYPASS="false", p_CLKOUTD_BYPASS="false", p_DYN_SDIV_SEL=2,
        p_CLKOUT_FT_DIR=Const(1, 1), p_CLKOUTP_FT_DIR=Const(1, 1), p_CLKOUT_DLY_STEP=0,
        p_CLKOUTP_DLY_STEP=0, p_CLKOUTD_SRC="CLKOUT", p_CLKOUTD3_SRC="CLKOUT",
        i_CLKIN=source, i_CLKFB=Const(0), i_RESET=Const(0), i_RESET_P=Const(0),
        i_FBDSEL=Const(0, 6), i_IDSEL=Const(0, 6), i_ODSEL=Const(0, 6), i_DUTYDA=Const(0, 4),
        i_PSDA=Const(0, 4), i_FDLY=Const(0, 4),
        o_CLKOUT=clock, o_LOCK=locked)


class Himbaechel:
    """Mixed into a Gowin platform: its place and route step for nextpnr-himbaechel, which took the
    place of the nextpnr-gowin that Amaranth 0.5 calls. Same files, other options."""

    _PLACE_AND_ROUTE = r"""
        {{invoke_tool("nextpnr-himbaechel")}}
            {{quiet("--quiet")}}
            {{get_override("nextpnr_opts")|options}}
            --log {{name}}.tim
            --device {{platform.part}}
            --vopt family={{platform._chipdb_device}}
            --vopt cst={{name}}.cst
            --json {{name}}.syn.json
            --write {{name}}.pnr.json
        """

    @property
    def required_tools(self):
        return ["yosys", "nextpnr-himbaechel", "gowin_pack"]

    @property
    def command_templates(self):
        synthesis, _, pack = super().command_templates
        return [synthesis, self._PLACE_AND_ROUTE, pack]


GW2A = Family(
    name="GW2A", pll=PLL, clock_generator=clock_generator, product="top.fs",
    placement="top.pnr.json", frequency_option=True,
    devices={"GW2A-18C": {"LUTs": 20736, "flip-flops": 15552, "carry cells": 15552,
                          "block RAMs": 46}},
    resources={"LUTs": "LUT4", "flip-flops": "DFF", "carry cells": "ALU", "block RAMs": "BSRAM",
               "pins": "IOB"})
