"""1BitSquared iCEBreaker: everything in the FPGA, weights in its single-port RAMs."""
from amaranth_boards.icebreaker import ICEBreakerPlatform

from ..config import CORES
from .board import Board, Loader, Memory
from .ice40 import ICE40

__all__ = ["BOARD"]


def platform() -> ICEBreakerPlatform:
    """With the LEDs of the section that can be broken off."""
    made = ICEBreakerPlatform()
    made.add_resources(made.break_off_pmod)
    return made


BOARD = Board(
    name="icebreaker", title="1BitSquared iCEBreaker (Lattice iCE40UP5K)",
    platform=platform, family=ICE40, oscillator=12_000_000, clock=18_000_000, baud=1_000_000,
    core=CORES["mini"], array="adders",
    memory=Memory.SPRAM, memory_bytes=1 << 17, net="digits-mini-w4",
    leds={"alive": ("led_g", 0), "busy": ("led_g", 1), "error": ("led_r", 0)},
    button=("button", 0),
    # Loading it without the flash needs jumpers moved.
    loader=Loader(options=("--board", "ice40_generic"), usb="0403:6010", volatile=False))
