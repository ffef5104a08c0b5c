"""State and timers of one SDRAM bank."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .sdram_part import SdramCycles, SdramPart

__all__ = ["SdramBank"]


class SdramBank(wiring.Component):
    """Knows which row of a bank is open, and which commands the bank may be given now.

    Timing: the command of a cycle counts from the next one on; outputs follow ``row``
    combinationally.
    Cost: a row address and three counters.

    Members
    -------
    row : :py:`In(range(rows))`
        Row to compare with, and to open with ``activate``.
    activate, precharge, read, write : :py:`In(1)`
        A command for this bank.
    refresh, mode : :py:`In(1)`
        A command for all of them.
    hit : :py:`Out(1)`
        ``row`` is open, and may be read and written from the next cycle on.
    miss : :py:`Out(1)`
        Another row is open.
    closable : :py:`Out(1)`
        PRECHARGE may be given; it may to a closed bank.
    startable : :py:`Out(1)`
        The bank is closed, and ACTIVATE, REFRESH or MODE may be given.
    """

    def __init__(self, part: SdramPart, cycles: SdramCycles, beats: int):
        self.cycles, self.beats = cycles, beats
        super().__init__({
            "row": In(range(part.rows)),
            "activate": In(1), "precharge": In(1), "read": In(1), "write": In(1),
            "refresh": In(1), "mode": In(1),
            "hit": Out(1), "miss": Out(1), "closable": Out(1), "startable": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        cycles = self.cycles
        # A count loaded with n - 1 is zero n cycles after its command.
        opened, open_row = Signal(), Signal.like(self.row)
        settle = Signal(range(max(cycles.rcd, cycles.rp, cycles.rfc, cycles.mrd)))
        active = Signal(range(max(cycles.ras, 2)))
        recovery = Signal(range(self.beats + cycles.wr))
        for count in (settle, active, recovery):
            with m.If(count != 0):
                m.d.sync += count.eq(count - 1)

        m.d.comb += [
            self.hit.eq(opened & (settle == 0) & (open_row == self.row)),
            self.miss.eq(opened & (open_row != self.row)),
            self.closable.eq((active == 0) & (recovery == 0)),
            self.startable.eq(~opened & (settle == 0)),
        ]
        with m.If(self.activate):
            # READ or WRITE follow ``hit`` by a cycle at least.
            m.d.sync += [opened.eq(1), open_row.eq(self.row),
                         settle.eq(max(cycles.rcd - 2, 0)), active.eq(cycles.ras - 1)]
        with m.If(self.precharge):
            m.d.sync += [opened.eq(0), settle.eq(cycles.rp - 1)]
        # A row closed earlier would cut the burst short.
        with m.If(self.read):
            m.d.sync += recovery.eq(self.beats - 1)
        with m.If(self.write):
            m.d.sync += recovery.eq(self.beats - 1 + cycles.wr - 1)
        with m.If(self.refresh):
            m.d.sync += settle.eq(cycles.rfc - 1)
        with m.If(self.mode):
            m.d.sync += settle.eq(cycles.mrd - 1)
        return m
