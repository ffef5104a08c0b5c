"""The banks of an SDRAM, and the command that opens a row."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .sdram_bank import SdramBank
from .sdram_layouts import ALL_BANKS, Command, command_layout
from .sdram_part import SdramCycles, SdramPart

__all__ = ["SdramRows"]


class SdramRows(wiring.Component):
    """Says whether a row is open, and prepares the command that brings it nearer to that.

    Timing: ``found`` follows ``bank`` and ``row`` combinationally; a command is offered a cycle
    after it has become possible, until it is given, and counts from the cycle after that. From
    another open row tRP + tRCD + 1 cycles to ``found``, from a closed bank tRCD, once the bank may
    be closed at all.
    Cost: a row address, its comparison and three counters per bank, a command.

    Members
    -------
    seek : :py:`In(1)`
        A row is wanted. It has to stay the same until it is found, except while ``hold`` is high.
    bank, row : :py:`In`
        Which one.
    keep : :py:`In(1)`
        Another row of the bank is still in use.
    hold : :py:`In(1)`
        No command may be given; one on offer is withdrawn.
    given : :py:`In(command_layout(part))`
        The command of this cycle, whoever wanted it.
    found : :py:`Out(1)`
        The row is open and may be read and written from the next cycle on.
    command : :py:`Out(command_layout(part))`
        PRECHARGE or ACTIVATE on offer, NOP if none.
    closable, startable : :py:`Out(1)`
        Every bank may be closed; every bank is closed and its timers have run out.
    """

    def __init__(self, part: SdramPart, cycles: SdramCycles, beats: int):
        self.part, self.cycles, self.beats = part, cycles, beats
        super().__init__({
            "seek": In(1), "bank": In(range(part.banks)), "row": In(range(part.rows)),
            "keep": In(1), "hold": In(1), "given": In(command_layout(part)),
            "found": Out(1), "command": Out(command_layout(part)),
            "closable": Out(1), "startable": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        banks = Array(SdramBank(self.part, self.cycles, self.beats)
                      for _ in range(self.part.banks))
        everywhere = self.given.address & ALL_BANKS != 0
        for number, bank in enumerate(banks):
            m.submodules[f"bank{number}"] = bank
            here = self.given.bank == number
            m.d.comb += bank.row.eq(self.row)
            with m.Switch(self.given.code):
                with m.Case(Command.ACTIVATE):
                    m.d.comb += bank.activate.eq(here)
                with m.Case(Command.PRECHARGE):
                    m.d.comb += bank.precharge.eq(here | everywhere)
                with m.Case(Command.READ):
                    m.d.comb += bank.read.eq(here)
                with m.Case(Command.WRITE):
                    m.d.comb += bank.write.eq(here)
                with m.Case(Command.REFRESH):
                    m.d.comb += bank.refresh.eq(1)
                with m.Case(Command.MODE):
                    m.d.comb += bank.mode.eq(1)

        mine = banks[self.bank]
        m.d.comb += [
            self.closable.eq(Cat(bank.closable for bank in banks).all()),
            self.startable.eq(Cat(bank.startable for bank in banks).all()),
            self.found.eq(mine.hit),
        ]
        # Nothing but a refresh can make a command impossible that was possible: the bank is
        # nobody else's while its row is sought.
        offered = self.command.code != Command.NOP
        with m.If(self.hold | (offered & (self.given.code == self.command.code))):
            m.d.sync += self.command.code.eq(Command.NOP)
        with m.Elif(self.seek & ~offered):
            m.d.sync += [self.command.bank.eq(self.bank), self.command.address.eq(self.row)]
            with m.If(mine.startable):
                m.d.sync += self.command.code.eq(Command.ACTIVATE)
            with m.Elif(mine.miss & mine.closable & ~self.keep):
                # An address of which no pin means all banks.
                m.d.sync += [self.command.code.eq(Command.PRECHARGE), self.command.address.eq(0)]
        return m
