"""Radiona ULX3S-85F: the large core, weights and images in 32 MiB of SDRAM."""
from amaranth_boards.ulx3s import ULX3S_85F_Platform

from ..config import CORES
from ..memory.sdram_part import SDR_32MIB
from .board import Board, Loader, Memory
from .ecp5 import ECP5

__all__ = ["BOARD"]

BOARD = Board(
    name="ulx3s", title="Radiona ULX3S-85F (Lattice ECP5 LFE5U-85F)",
    platform=ULX3S_85F_Platform, family=ECP5,
    oscillator=25_000_000, clock=70_000_000, baud=2_000_000,
    core=CORES["medium"], array="carry",
    memory=Memory.SDRAM, memory_bytes=SDR_32MIB.bytes, sdram=SDR_32MIB, net="digits-w4",
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)}, button=("button_fire", 0),
    loader=Loader(options=("--board", "ulx3s"), usb="0403:6015"))
