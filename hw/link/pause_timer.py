"""Notices pauses within frames, and blinks."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["PauseTimer"]

_TICKS = 7
_BLINK_BITS = 7


class PauseTimer(wiring.Component):
    """Measures the time since the last byte in ticks of a sixth of the gap time.

    Timing: ``expired`` in the cycles from 1 to 7/6 gap times after ``restart``. ``alive`` changes
    every 64 ticks, about twice a second at a gap time of 50 ms.

    Parameters
    ----------
    cycles
        The gap time.

    Members
    -------
    restart : :py:`In(1)`
    expired : :py:`Out(1)`
        Until the next ``restart``.
    alive : :py:`Out(1)`
    """

    def __init__(self, cycles: int):
        self.period = max(2, -(-cycles // (_TICKS - 1)))
        super().__init__({"restart": In(1), "expired": Out(1), "alive": Out(1)})

    def elaborate(self, platform):
        m = Module()
        # Counts down to -1: the sign is the comparison.
        timer = Signal(signed(self.period.bit_length() + 1))
        ticks = Signal(range(_TICKS + 1))
        blinks = Signal(_BLINK_BITS)
        tick = timer[-1]
        m.d.comb += [self.expired.eq(ticks == _TICKS), self.alive.eq(blinks[-1])]
        m.d.sync += timer.eq(Mux(tick, self.period - 2, timer - 1))
        with m.If(tick):
            m.d.sync += blinks.eq(blinks + 1)
        with m.If(self.restart):
            m.d.sync += ticks.eq(0)
        with m.Elif(tick & ~self.expired):
            m.d.sync += ticks.eq(ticks + 1)
        return m
