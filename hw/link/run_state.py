"""What a host may know of a run: the payload of the reply to STATUS."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..system.config import SystemConfig

__all__ = ["RunState"]


class RunState(wiring.Component):
    """Number, cycles and log length of the last run, and the frames dropped.

    Timing: ``byte`` follows ``index`` in the same cycle. ``running`` rises in the cycle after
    ``start`` and falls in the one after ``idle``. While it is set, counters may carry between the
    bytes that are read of them.
    Cost: 32 bits each for number and cycles, 16 for the drops, and an address.

    Members
    -------
    start : :py:`In(1)`
        A run starts.
    idle : :py:`In(1)`
        There is nothing left of it to do. Must be 0 in the cycle after ``start``.
    clear : :py:`In(1)`
        Forget it.
    running : :py:`Out(1)`
    logged : :py:`In(1)`
        A memory word was written to its log.
    dropped : :py:`In(1)`
        A frame was dropped.
    load : :py:`In(1)`
        ``number`` is the next byte of the number of the run.
    number : :py:`In(8)`
    turn : :py:`In(1)`
        ``byte`` was used; only while all bytes of ``index`` 1 to 4 are, in order.
    index : :py:`In(4)`
    byte : :py:`Out(8)`
        Byte of the payload: flags, then number, log words, cycles and drops.
    """

    def __init__(self, config: SystemConfig):
        self.config = config
        super().__init__({
            "start": In(1), "idle": In(1), "clear": In(1), "running": Out(1),
            "logged": In(1), "dropped": In(1), "load": In(1), "number": In(8),
            "turn": In(1), "index": In(4), "byte": Out(8),
        })

    def elaborate(self, platform):
        m = Module()
        size = self.config.core.memory_bits
        # One bit more than memory has words: it stops there, beyond all that can have been written.
        logged = Signal((8 * self.config.memory_bytes // size).bit_length() + 1)
        number, cycles, drops = Signal(32), Signal(32), Signal(16)
        log_words = logged * size >> 5

        with m.If(self.load | (self.turn & (self.index >= 1) & (self.index <= 4))):
            m.d.sync += number.eq(Cat(number[8:], Mux(self.load, self.number, number[:8])))
        with m.If(self.running):
            m.d.sync += cycles.eq(cycles + 1)
            with m.If(self.idle):
                m.d.sync += self.running.eq(0)
        with m.If(self.logged & ~logged[-1]):
            m.d.sync += logged.eq(logged + 1)
        with m.If(self.start):
            m.d.sync += [self.running.eq(1), cycles.eq(0), logged.eq(0)]
        with m.If(self.clear):
            m.d.sync += [self.running.eq(0), number.eq(0)]
        with m.If(self.dropped):
            m.d.sync += drops.eq(drops + 1)

        fields = [self.running, *[number] * 4, *part_bytes(log_words, 4), *part_bytes(cycles, 4),
                  *part_bytes(drops, 2)]
        with m.Switch(self.index):
            for index, value in enumerate(fields):
                with m.Case(index):
                    m.d.comb += self.byte.eq(value)
        return m


def part_bytes(value: Value, count: int) -> list[Value]:
    """The lowest bytes of a value, zeros above its width."""
    return [value[8 * i:8 * i + 8] for i in range(count)]
