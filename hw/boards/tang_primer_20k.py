"""Sipeed Tang Primer 20K on its dock: everything in the FPGA, weights in block RAM."""
from amaranth_boards.tang_primer_20k import TangPrimer20kDockPlatform

from ..config import CORES
from .board import Board, Loader, Memory
from .gowin import GW2A, Himbaechel

__all__ = ["BOARD"]


class Platform(Himbaechel, TangPrimer20kDockPlatform):
    """The dock's, built by nextpnr-himbaechel."""


BOARD = Board(
    name="tang_primer_20k", title="Sipeed Tang Primer 20K dock (Gowin GW2A-18)",
    platform=Platform, family=GW2A, oscillator=27_000_000, clock=54_000_000, baud=1_000_000,
    core=CORES["mini"], array="adders",
    memory=Memory.BLOCK, memory_bytes=1 << 16, net="digits-mini-w4",
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)}, button=("button", 0),
    loader=Loader(options=("--board", "tangprimer20k"), usb="0403:6010"))
