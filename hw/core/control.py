"""Executes the program: fetches commands, starts units, counts what happens."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import COMMAND, COMMAND_BITS, RECORD, REQUEST, Opcode, word_stream
from .memory_reader import DESCRIPTOR
from .weight_loader import JOB

__all__ = ["Control"]


class Control(wiring.Component):
    """Runs commands one after another, and fetches the next one meanwhile.

    As soon as the next command is known its stream region goes to the prefetcher and, if it is a
    convolution, its job to the weight loader: the first tile waits when the command starts.

    Timing: a command starts two cycles after the previous one is done and recorded, if it has been
    fetched. Stalls while ``records`` is not taken.

    Members
    -------
    start : :py:`In(1)`
        Run the program at byte address ``program``; ignored while ``busy``.
    program : :py:`In(32)`
    busy : :py:`Out(1)`
    request : :py:`Out(stream.Signature(REQUEST))`
    words : :py:`In(word_stream)`
    regions : :py:`Out(stream.Signature(DESCRIPTOR))`
    job : :py:`Out(stream.Signature(JOB))`
    command : :py:`Out(COMMAND)`
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
            "regions": Out(stream.Signature(DESCRIPTOR)), "job": Out(stream.Signature(JOB)),
            "command": Out(COMMAND), "begin": Out(1), "done": In(1),
            "compute": In(1), "stalled": In(1), "skipped": In(4),
            "spikes": In(range(config.lanes * config.pass_channels + 1)),
            "records": Out(stream.Signature(RECORD)),
        })

    def elaborate(self, platform):
        m = Module()
        buffer = Signal(COMMAND_BITS, reset_less=True)
        following = data.View(COMMAND, buffer[:COMMAND.size])
        fetched = self.fetch(m, buffer)

        region_sent, job_sent = Signal(), Signal()
        is_conv = following.opcode == Opcode.CONV
        has_stream = following.stream_words != 0
        running = Signal()
        # The loader must not take the words of an image that is still being loaded.
        loading = running & (self.command.opcode == Opcode.LOAD)
        m.d.comb += [
            self.regions.valid.eq(fetched & has_stream & ~region_sent),
            self.regions.p.address.eq(following.stream_address),
            self.regions.p.words.eq(following.stream_words),
            self.job.valid.eq(fetched & is_conv & ~job_sent & ~loading),
            self.job.p.passes.eq(following.passes), self.job.p.tiles.eq(following.tiles),
        ]
        with m.If(self.regions.valid & self.regions.ready):
            m.d.sync += region_sent.eq(1)
        with m.If(self.job.valid & self.job.ready):
            m.d.sync += job_sent.eq(1)

        prepared = (~has_stream | region_sent) & (~is_conv | job_sent)
        m.d.sync += self.begin.eq(0)
        with m.If(fetched & prepared & ~running & ~self.records.valid):
            m.d.sync += [region_sent.eq(0), job_sent.eq(0), fetched.eq(0)]
            with m.If(following.opcode == Opcode.HALT):
                m.d.sync += self.busy.eq(0)
            with m.Else():
                m.d.sync += [self.command.eq(following), self.begin.eq(1), running.eq(1)]
        finished = Signal()
        m.d.sync += finished.eq(self.done)
        with m.If(finished):
            m.d.sync += running.eq(0)
        self.record(m, running, finished)
        return m

    def fetch(self, m, buffer):
        """Fetch the command at the program counter; returns whether ``buffer`` holds it."""
        words = COMMAND_BITS // self.config.memory_bits
        fetched, asked = Signal(), Signal()
        counter = Signal(32)
        count = Signal(range(words + 1))
        m.d.comb += [
            self.request.valid.eq(self.busy & ~fetched & ~asked),
            self.request.p.address.eq(counter), self.request.p.length.eq(words),
            self.words.ready.eq(1),
        ]
        with m.If(self.request.valid & self.request.ready):
            m.d.sync += [asked.eq(1), count.eq(0), counter.eq(counter + COMMAND_BITS // 8)]
        with m.If(self.words.valid):
            m.d.sync += [buffer.eq(Cat(buffer, self.words.payload)[self.config.memory_bits:]),
                         count.eq(count + 1)]
            with m.If(count == words - 1):
                m.d.sync += [fetched.eq(1), asked.eq(0)]
        with m.If(self.start & ~self.busy):
            m.d.sync += [self.busy.eq(1), counter.eq(self.program), asked.eq(0)]
        return fetched

    def record(self, m, running, finished):
        """Count the events of a command, send them when it is done."""
        cycle = Signal(32)
        counters = Signal(RECORD)
        index = Signal(32)
        m.d.sync += cycle.eq(cycle + 1)
        with m.If(running):
            m.d.sync += [
                counters.cycles.eq(counters.cycles + 1),
                counters.compute.eq(counters.compute + self.compute),
                counters.stall.eq(counters.stall + self.stalled),
                counters.skipped.eq(counters.skipped + self.skipped),
                counters.spikes.eq(counters.spikes + self.spikes),
            ]
        with m.If(self.begin):
            m.d.sync += [
                counters.eq(0), counters.cycles.eq(1), counters.begin.eq(cycle),
                counters.index.eq(index), counters.opcode.eq(self.command.opcode),
                index.eq(index + 1),
            ]
        with m.If(self.records.ready):
            m.d.sync += self.records.valid.eq(0)
        with m.If(finished):
            m.d.sync += [self.records.valid.eq(1), self.records.payload.eq(counters)]
        with m.If(self.start & ~self.busy):
            m.d.sync += [cycle.eq(0), index.eq(0)]
