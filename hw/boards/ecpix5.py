"""LambdaConcept ECPIX-5 85F: weights and images in block RAM."""
from amaranth_boards.ecpix5 import ECPIX585Platform

from ..config import CORES
from .board import Board, Loader, Memory
from .ecp5 import ECP5

__all__ = ["BOARD"]

BOARD = Board(
    name="ecpix5", title="LambdaConcept ECPIX-5 (Lattice ECP5 LFE5UM5G-85F)",
    platform=ECPIX585Platform, family=ECP5,
    oscillator=100_000_000, clock=80_000_000, baud=2_000_000,
    core=CORES["small"], array="carry",
    memory=Memory.BLOCK, memory_bytes=1 << 18, net="digits-w4",
    leds={"alive": ("rgb_led", 0, "g"), "busy": ("rgb_led", 1, "b"), "error": ("rgb_led", 2, "r")},
    button=("rst", 0),
    loader=Loader(options=("--board", "ecpix5"), usb="0403:6010"))
