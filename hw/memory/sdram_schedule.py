"""Order of the commands that move data."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from .sdram_layouts import Command, command_layout, forced_layout, segment_layout
from .sdram_part import SdramCycles, SdramPart
from .sdram_rows import SdramRows

__all__ = ["SdramSchedule"]


class SdramSchedule(wiring.Component):
    """Reads and writes the present segment while it opens the row of the next one.

    ::

        segments -> next ---------> present -> READ / WRITE, one command per memory word
                     |                |
                     +----- rows -----+        PRECHARGE, ACTIVATE for the next segment,
                                               and for the present one after a refresh

    A segment becomes the present one when its row is open. Rows stay open until another row of
    their bank is wanted, or a refresh closes them all.

    Timing: a memory word per ``beats`` cycles, across segments too if the next one's row is open
    in time: that takes tRP + tRCD and three cycles in another bank than the present one's. Rows
    are opened in the cycles between two words; with one beat per word each such command costs the
    cycle of a word. Reads stall while ``room`` is low, and everything while ``hold`` is high.
    After a read a write waits until the data pins have been free for a cycle.
    Cost: two segments, and those of :py:`SdramRows`.

    Members
    -------
    segments : :py:`In(stream.Signature(segment_layout(part, beats)))`
    room : :py:`In(1)`
        A word that is read has a place.
    forced : :py:`In(forced_layout(part))`
        Command of :py:`SdramRefresh`, given while ``hold`` is high.
    hold : :py:`In(1)`
        No other command may be given.
    idle, closable, startable : :py:`Out(1)`
        What :py:`SdramRefresh` wants to know.
    command : :py:`Out(command_layout(part))`
        Given in this cycle.
    """

    def __init__(self, part: SdramPart, cycles: SdramCycles, beats: int):
        self.part, self.cycles, self.beats = part, cycles, beats
        self.segment = segment_layout(part, beats)
        super().__init__({
            "segments": In(stream.Signature(self.segment)),
            "room": In(1), "hold": In(1), "forced": In(forced_layout(part)),
            "idle": Out(1), "closable": Out(1), "startable": Out(1),
            "command": Out(command_layout(part)),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.rows = rows = SdramRows(self.part, self.cycles, self.beats)
        # `ready`: the row is open.
        upcoming, upcoming_valid, upcoming_ready = Signal(self.segment), Signal(), Signal()
        present, present_valid, present_ready = Signal(self.segment), Signal(), Signal()
        moves = Signal()  # a word of the present segment
        m.d.comb += [self.idle.eq(~upcoming_valid & ~present_valid),
                     self.closable.eq(rows.closable), self.startable.eq(rows.startable)]

        # The segments move up.
        ends = moves & ((present.length == 1) | present.column.all())
        advance = upcoming_valid & upcoming_ready & (ends | ~present_valid)
        m.d.comb += self.segments.ready.eq(~upcoming_valid | advance)
        with m.If(moves):
            m.d.sync += [present.length.eq(present.length - 1),
                         present.column.eq(present.column + 1), present_valid.eq(~ends)]
        with m.If(advance):
            m.d.sync += [present.eq(upcoming), present_valid.eq(1), present_ready.eq(1)]
        with m.If(self.segments.ready):
            m.d.sync += [upcoming.eq(self.segments.payload), upcoming_ready.eq(0),
                         upcoming_valid.eq(self.segments.valid)]

        # One row is looked for at a time; that of the present segment only after a refresh.
        reopen = present_valid & ~present_ready
        seek = reopen | (upcoming_valid & ~upcoming_ready)
        m.d.comb += [
            rows.bank.eq(Mux(reopen, present.bank, upcoming.bank)),
            rows.row.eq(Mux(reopen, present.row, upcoming.row)),
            rows.keep.eq(~reopen & present_valid & (present.bank == upcoming.bank)),
            rows.seek.eq(seek), rows.hold.eq(self.hold), rows.given.eq(self.command),
        ]
        with m.If(seek & rows.found):
            m.d.sync += [present_ready.eq(present_ready | reopen),
                         upcoming_ready.eq(~reopen)]

        # Cycles until the data pins allow a READ, and a WRITE.
        pause = Signal(range(max(self.beats, 2)))
        turn = Signal(range(self.cycles.cas + self.beats + 1))
        for count in (pause, turn):
            with m.If(count != 0):
                m.d.sync += count.eq(count - 1)
        allowed = ((pause == 0) & present_valid & present_ready
                   & Mux(present.write, turn == 0, self.room))
        opens = rows.command.code != Command.NOP

        # With a single beat there are no cycles between words, and rows go first.
        with m.If(self.hold):
            m.d.comb += [self.command.code.eq(self.forced.code),
                         self.command.address.eq(self.forced.address)]
        with m.Elif(allowed & ~opens if self.beats == 1 else allowed):
            m.d.comb += [
                moves.eq(1), self.command.bank.eq(present.bank),
                self.command.code.eq(Mux(present.write, Command.WRITE, Command.READ)),
                self.command.address.eq(present.column * self.beats),
            ]
            m.d.sync += pause.eq(self.beats - 1)
            with m.If(~present.write):
                m.d.sync += turn.eq(self.cycles.cas + self.beats)
        with m.Elif(opens):
            m.d.comb += self.command.eq(rows.command)

        # All rows are closed: last, as it undoes what else happens in this cycle.
        with m.If(self.forced.code == Command.PRECHARGE):
            m.d.sync += [present_ready.eq(0), upcoming_ready.eq(0)]
        return m
