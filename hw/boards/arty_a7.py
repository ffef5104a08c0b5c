"""Digilent Arty A7-100T: the project is generated here and built with Vivado elsewhere."""
from amaranth_boards.arty_a7 import ArtyA7_100Platform

from ..config import CORES
from .board import Board, Memory
from .xilinx import XILINX7

__all__ = ["BOARD"]

BOARD = Board(
    name="arty_a7", title="Digilent Arty A7-100T (Xilinx Artix-7 XC7A100T)",
    platform=ArtyA7_100Platform, family=XILINX7,
    oscillator=100_000_000, clock=80_000_000, baud=2_000_000,
    core=CORES["small"], array="adders",
    memory=Memory.BLOCK, memory_bytes=1 << 18, net="digits-w4",
    leds={"alive": ("led", 0), "busy": ("led", 1), "error": ("led", 2)}, button=("button", 0))
