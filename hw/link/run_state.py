"""How far a run is: what the reply to STATUS says of it."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..system.config import SystemConfig

__all__ = ["RunState"]


class RunState(wiring.Component):
    """Cycles and log length of the last run.

    Timing: ``byte`` follows ``index`` in the same cycle. ``running`` rises in the cycle after
    ``start`` and falls in the one after ``idle``. While it is set, counters may carry between the
    bytes that are read of them.
    Cost: 32 bits for the cycles, an address for the log.

    Members
    -------
    start : :py:`In(1)`
        A run starts.
    idle : :py:`In(1)`
        There is nothing left of it to do. Must be 0 in the cycle after ``start``.
    aborted : :py:`In(1)`
        It has ended without that.
    running : :py:`Out(1)`
    logged : :py:`In(1)`
        A memory word was written to its log.
    index : :py:`In(3)`
    byte : :py:`Out(8)`
        Byte of the log words, 32 bits each, then of the cycles.
    """

    def __init__(self, config: SystemConfig):
        self.config = config
        super().__init__({
            "start": In(1), "idle": In(1), "aborted": In(1), "running": Out(1), "logged": In(1),
            "index": In(3), "byte": Out(8),
        })

    def elaborate(self, platform):
        m = Module()
        size = self.config.core.memory_bits
        # One bit more than memory has words: it stops there, beyond all that can have been written.
        logged = Signal((8 * self.config.memory_bytes // size).bit_length() + 1)
        cycles = Signal(32)
        log_words = logged * size >> 5

        with m.If(self.running):
            m.d.sync += cycles.eq(cycles + 1)
        with m.If(self.logged & ~logged[-1]):
            m.d.sync += logged.eq(logged + 1)
        with m.If(self.start):
            m.d.sync += [self.running.eq(1), cycles.eq(0), logged.eq(0)]
        with m.Elif(self.aborted | self.idle):
            m.d.sync += self.running.eq(0)
        m.d.comb += self.byte.eq(Cat(log_words, Const(0, 32))[:32].word_select(self.index[:2], 8))
        with m.If(self.index[2]):
            m.d.comb += self.byte.eq(cycles.word_select(self.index[:2], 8))
        return m
