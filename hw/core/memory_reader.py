"""Prefetches the weight and image stream of the program."""
from amaranth import *
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import REQUEST, word_stream

__all__ = ["BURST", "DESCRIPTOR", "MemoryReader"]

BURST = 16
"""Memory words of the longest request."""
DESCRIPTOR = data.StructLayout({"address": 32, "words": 24})


class MemoryReader(wiring.Component):
    """Reads regions of memory in program order into a queue, ahead of their use.

    A request is made only when the queue can hold its answer, so that responses never wait.

    Timing: one memory word per cycle from responses to ``words``, latency two cycles; a request
    every other cycle while the queue has room.
    Cost: prefetch_words x memory_bits of memory.

    Members
    -------
    regions : :py:`In(stream.Signature(DESCRIPTOR))`
    request : :py:`Out(stream.Signature(REQUEST))`
    response : :py:`In(word_stream)`
        Always ready.
    words : :py:`Out(word_stream)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "regions": In(stream.Signature(DESCRIPTOR)),
            "request": Out(stream.Signature(REQUEST)),
            "response": In(word_stream(config)),
            "words": Out(word_stream(config)),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.queue = queue = fifo.SyncFIFOBuffered(
            width=config.memory_bits, depth=config.prefetch_words)
        m.d.comb += [
            queue.w_data.eq(self.response.payload), queue.w_en.eq(self.response.valid),
            self.response.ready.eq(1),
            self.words.payload.eq(queue.r_data), self.words.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.words.ready),
        ]

        # Free words: not in the queue and not on their way to it. Of one that is taken this
        # knows a cycle later.
        free = Signal(range(config.prefetch_words + 1), init=config.prefetch_words)
        region = Signal(data.StructLayout({
            name: min(width, config.memory_space) for name, width in DESCRIPTOR.members.items()}))
        length = Mux(region.words < BURST, region.words, BURST)
        asked = self.request.valid & self.request.ready
        taken = Signal()
        m.d.sync += taken.eq(self.words.valid & self.words.ready)
        m.d.sync += free.eq(free + taken - Mux(asked, self.request.p.length, 0))
        with m.If(self.request.ready):
            m.d.sync += self.request.valid.eq(0)
        with m.If(region.words == 0):
            m.d.comb += self.regions.ready.eq(1)
            with m.If(self.regions.valid):
                m.d.sync += [region[name].eq(self.regions.p[name]) for name in DESCRIPTOR.members]
        with m.Elif(~self.request.valid & (free >= length)):
            m.d.sync += [
                self.request.valid.eq(1),
                self.request.p.address.eq(region.address), self.request.p.length.eq(length),
                region.words.eq(region.words - length),
                region.address.eq(region.address + length * (config.memory_bits // 8)),
            ]
        return m
