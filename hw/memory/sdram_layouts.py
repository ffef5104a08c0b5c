"""Layouts and signatures within the SDRAM controller, and its pins."""
from amaranth import *
from amaranth.lib import data, enum
from amaranth.lib.wiring import In, Out, Signature

from .sdram_part import SdramPart

__all__ = ["ALL_BANKS", "Command", "command_layout", "forced_layout", "pins_signature",
           "segment_layout"]

ALL_BANKS = 1 << 10
"""Address pin that makes PRECHARGE close every bank."""


class Command(enum.Enum, shape=3):
    """Pins RAS, CAS and WE, lowest bit first, 1 for an asserted pin."""
    NOP = 0b000
    ACTIVATE = 0b001
    READ = 0b010
    REFRESH = 0b011
    PRECHARGE = 0b101
    WRITE = 0b110
    MODE = 0b111


def command_layout(part: SdramPart) -> data.StructLayout:
    """One command with its address pins."""
    return data.StructLayout({"code": Command, "bank": range(part.banks),
                              "address": part.address_bits})


def forced_layout(part: SdramPart) -> data.StructLayout:
    """A command for all banks."""
    return data.StructLayout({"code": Command, "address": part.address_bits})


def segment_layout(part: SdramPart, beats: int) -> data.StructLayout:
    """Memory words of one row, each of ``beats`` columns: ``length`` of them, but at most to the
    end of the row."""
    return data.StructLayout({
        "column": range(part.columns // beats), "bank": range(part.banks), "row": range(part.rows),
        "length": 16, "write": 1})


def pins_signature(part: SdramPart) -> Signature:
    """Pins as the controller drives them; control pins are 1 when asserted, whatever the polarity
    at the part."""
    masks = part.data_bits // 8
    return Signature({
        "a": Out(part.address_bits), "ba": Out(range(part.banks)),
        "cs": Out(1), "ras": Out(1), "cas": Out(1), "we": Out(1), "cke": Out(1),
        "dqm": Out(masks, init=(1 << masks) - 1),
        "dq_o": Out(part.data_bits), "dq_oe": Out(1), "dq_i": In(part.data_bits),
    })
