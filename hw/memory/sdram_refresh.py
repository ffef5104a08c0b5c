"""Startup and refresh of an SDRAM."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .sdram_layouts import ALL_BANKS, forced_layout
from .sdram_layouts import Command as Code
from .sdram_part import SdramCycles, SdramPart

__all__ = ["SdramRefresh"]


class SdramRefresh(wiring.Component):
    """Gives the commands that do not move data: PRECHARGE of all banks, REFRESH, MODE.

    After power: a wait, PRECHARGE, ``startup_refreshes`` x REFRESH, MODE. From then on PRECHARGE
    and REFRESH, early when nothing else is to be done and half the interval has passed, and
    otherwise just in time: everybody else holds from the moment at which the longest chain of
    timers before REFRESH still fits.

    Timing: in the steady state no two REFRESH commands are more than ``cycles.refi`` apart; one
    takes the bus for the time that the banks need to close, tRP, and a cycle; the banks' timers do
    the rest.
    Cost: a counter of the startup time.

    Members
    -------
    idle : :py:`In(1)`
        Nobody waits for the memory.
    closable, startable : :py:`In(1)`
        Those of all banks.
    hold : :py:`Out(1)`
        No other command may be given.
    started : :py:`Out(1)`
        Startup is over.
    command : :py:`Out(forced_layout(part))`
        Given in this cycle, NOP if none.
    """

    def __init__(self, part: SdramPart, cycles: SdramCycles, beats: int):
        self.part, self.cycles = part, cycles
        self.mode = (beats.bit_length() - 1) | cycles.cas << 4
        self.interval = cycles.interval(beats)
        super().__init__({
            "idle": In(1), "closable": In(1), "startable": In(1),
            "hold": Out(1), "started": Out(1), "command": Out(forced_layout(part)),
        })

    def elaborate(self, platform):
        m = Module()
        refreshes = self.part.timing.startup_refreshes
        timer = Signal(range(max(self.cycles.startup, self.interval) + 1),
                       init=self.cycles.startup)
        left = Signal(range(refreshes + 1), init=refreshes)
        with m.If(timer != 0):
            m.d.sync += timer.eq(timer - 1)

        m.d.comb += self.hold.eq(1)
        with m.FSM():
            with m.State("POWER"):
                with m.If(timer == 0):
                    m.next = "PRECHARGE"
            with m.State("PRECHARGE"):
                with m.If(self.closable):
                    m.d.comb += [self.command.code.eq(Code.PRECHARGE),
                                 self.command.address.eq(ALL_BANKS)]
                    m.next = "REFRESH"
            with m.State("REFRESH"):
                with m.If(self.startable):
                    m.d.comb += self.command.code.eq(Code.REFRESH)
                    m.d.sync += timer.eq(self.interval)
                    with m.If(left > 1):
                        m.d.sync += left.eq(left - 1)
                    with m.Elif(self.started):
                        m.next = "RUN"
                    with m.Else():
                        m.next = "MODE"
            with m.State("MODE"):
                with m.If(self.startable):
                    m.d.comb += [self.command.code.eq(Code.MODE),
                                 self.command.address.eq(self.mode)]
                    m.d.sync += self.started.eq(1)
                    m.next = "RUN"
            with m.State("RUN"):
                m.d.comb += self.hold.eq(0)
                with m.If((timer == 0) | (self.idle & (timer < self.interval // 2))):
                    m.next = "PRECHARGE"
        return m
