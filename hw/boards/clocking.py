"""Clock and reset of a board's design."""
from amaranth import *
from amaranth.lib import io
from amaranth.lib.cdc import FFSynchronizer

from .board import Board

__all__ = ["Clocking"]

_SETTLE = 20e-6
"""Seconds in reset after the PLL has locked; block RAM of the iCE40 reads as zero for 3 us."""


class Clocking(Elaboratable):
    """Clock and reset of the domain ``sync``: oscillator, PLL, and a reset that lasts until the
    clock has been stable for 20 us and while the button is held.

    ::

        pad --> PLL --+--> clock of sync
                      |
             locked --+--> counter --> reset of sync
             button -->

    Parameters
    ----------
    board
        The board.
    degrees
        By which the clock of the domain ``sdram`` is later than that of ``sync``; ``None`` if
        there is no such domain.
    """

    def __init__(self, board: Board, degrees: float | None = None):
        self.board, self.degrees = board, degrees

    def elaborate(self, platform):
        m = Module()
        board = self.board
        clock, locked = Signal(name="clock"), Signal(name="locked")
        lost, released = Signal(name="lost"), Signal(name="released")
        source = self._source(m, platform)
        late = {}
        if self.degrees is not None:
            late = {"late": Signal(name="late"), "degrees": self.degrees}
            m.d.comb += ClockSignal("sdram").eq(late["late"])
        m.submodules.pll = board.family.clock_generator(board.setting, source, clock, locked,
                                                        **late)

        m.domains.start = ClockDomain(reset_less=True, local=True)
        m.d.comb += [ClockSignal("sync").eq(clock), ClockSignal("start").eq(clock)]

        stop = ~locked
        if board.button:
            button = platform.request(*board.button, dir="-")
            m.submodules.button = pressed = io.Buffer("i", button)
            stop = stop | pressed.i
        m.submodules.lost = FFSynchronizer(stop, lost, o_domain="start", reset_less=True)
        count = Signal(range(int(_SETTLE * board.clock) + 1))
        with m.If(lost):
            m.d.start += [count.eq(0), released.eq(0)]
        with m.Elif(count == int(_SETTLE * board.clock)):
            m.d.start += released.eq(1)
        with m.Else():
            m.d.start += count.eq(count + 1)
        m.d.comb += ResetSignal("sync").eq(~released)
        return m

    def _source(self, m: Module, platform):
        """The oscillator's pad, or the signal behind its input buffer."""
        pad = platform.request(platform.default_clk, dir="-")
        if self.board.family.on_pad:
            return pad.io
        m.submodules.oscillator = buffer = io.Buffer("i", pad)
        return buffer.i
