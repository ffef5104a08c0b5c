"""Executes the program: fetches commands, starts units, counts what happens."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import (
    COMMAND,
    COMMAND_BITS,
    RECORD,
    REQUEST,
    Opcode,
    command_layout,
    word_stream,
)
from .memory_reader import DESCRIPTOR

__all__ = ["Control"]


class Control(wiring.Component):
    """Runs commands one after another.

    A command that has a stream region hands it to the prefetcher before it starts. The weights of
    commands that follow each other are one region, that of the first: those of a later command
    arrive while the commands before it run.

    Timing: the fetch of a command is requested two cycles after the previous one is done, or one
    after the start; the command begins two cycles after its last word. Stalls while the previous
    record, or the region, is not taken.

    Members
    -------
    start : :py:`In(1)`
        Run the program at byte address ``program``; ignored while ``busy``.
    program : :py:`In(32)`
    busy : :py:`Out(1)`
        Until the last record was taken.
    request : :py:`Out(stream.Signature(REQUEST))`
    words : :py:`In(word_stream)`
    regions : :py:`Out(stream.Signature(DESCRIPTOR))`
    command : :py:`Out(command_layout(config))`
        Constant from ``begin`` to ``done``.
    begin : :py:`Out(1)`
        ``command`` starts.
    done : :py:`In(1)`
    compute, stalled : :py:`In(1)`
    skipped, spikes : :py:`In`
        Events of this cycle, for the record.
    records : :py:`Out(stream.Signature(RECORD))`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "start": In(1), "program": In(32), "busy": Out(1),
            "request": Out(stream.Signature(REQUEST)), "words": In(word_stream(config)),
            "regions": Out(stream.Signature(DESCRIPTOR)),
            "command": Out(command_layout(config)), "begin": Out(1), "done": In(1),
            "compute": In(1), "stalled": In(1), "skipped": In(4),
            "spikes": In(range(config.lanes * config.pass_channels + 1)),
            "records": Out(stream.Signature(RECORD)),
        })

    def elaborate(self, platform):
        m = Module()
        command, size = self.command, self.config.memory_bits
        words = COMMAND_BITS // size
        # As memory holds it; bits that no unit of this core needs vanish in synthesis.
        code = Signal(COMMAND_BITS)
        held = data.View(COMMAND, code[:COMMAND.size])
        counter = Signal(self.config.memory_space)
        part = Signal(range(words))
        finished = Signal()
        for name in COMMAND.members:
            m.d.comb += command[name].eq(held[name])
        m.d.comb += [
            self.request.p.address.eq(counter), self.request.p.length.eq(words),
            self.words.ready.eq(1),
            self.regions.p.address.eq(command.stream_address),
            self.regions.p.words.eq(command.stream_words),
        ]
        m.d.sync += finished.eq(self.done)
        with m.FSM() as fsm:
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += counter.eq(self.program)
                    m.next = "REQUEST"
            with m.State("REQUEST"):
                m.d.comb += self.request.valid.eq(1)
                with m.If(self.request.ready):
                    m.d.sync += counter.eq(counter + COMMAND_BITS // 8)
                    m.next = "FETCH"
            with m.State("FETCH"):
                with m.If(self.words.valid):
                    m.d.sync += [code.word_select(part, size).eq(self.words.payload),
                                 part.eq(part + 1)]
                    with m.If(part == words - 1):
                        m.d.sync += part.eq(0)
                        m.next = "DISPATCH"
            with m.State("DISPATCH"):
                with m.If(command.opcode == Opcode.HALT):
                    with m.If(~self.records.valid):
                        m.next = "IDLE"
                with m.Else():
                    streams = command.stream_words != 0
                    m.d.comb += self.regions.valid.eq(streams)
                    with m.If(self.regions.ready | ~streams):
                        m.next = "BEGIN"
            with m.State("BEGIN"):
                # The counters are the record until it is taken.
                m.d.comb += self.begin.eq(~self.records.valid)
                with m.If(self.begin):
                    m.next = "RUN"
            with m.State("RUN"):
                with m.If(finished):
                    m.next = "REQUEST"
        m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
        self.record(m, fsm.ongoing("RUN"), finished)
        return m

    def record(self, m, running, finished):
        """Count the events of a command, send them when it is done."""
        bits = self.config.counter_bits
        names = [name for name in RECORD.members if name != "opcode"]
        counters = {name: Signal(bits, name=f"counter_{name}") for name in names}
        counters["index"] = Signal(min(bits, 16), name="counter_index")
        opcode = Signal(Opcode)
        cycle = Signal(bits)
        events = {"cycles": 1, "compute": self.compute, "stall": self.stalled,
                  "skipped": self.skipped, "spikes": self.spikes}
        for name in names:
            m.d.comb += self.records.p[name].eq(counters[name])
        m.d.comb += self.records.p.opcode.eq(opcode)

        m.d.sync += cycle.eq(cycle + 1)
        with m.If(self.begin):
            m.d.sync += [counters[name].eq(name == "cycles") for name in events]
            m.d.sync += [counters["begin"].eq(cycle), opcode.eq(self.command.opcode),
                         counters["index"].eq(counters["index"] + 1)]
        with m.Elif(running & ~finished):
            m.d.sync += [counters[name].eq(counters[name] + event)
                         for name, event in events.items()]
        with m.If(self.records.ready):
            m.d.sync += self.records.valid.eq(0)
        with m.If(running & finished):
            m.d.sync += self.records.valid.eq(1)
        with m.If(self.start & ~self.busy):
            m.d.sync += [cycle.eq(0), counters["index"].eq(-1)]
