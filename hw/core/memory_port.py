"""Shares the memory port between command fetch and the stream."""
from amaranth import *
from amaranth.lib import data, fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import COMMAND_BITS, REQUEST, word_stream
from .memory_reader import BURST

__all__ = ["MemoryPort"]


class MemoryPort(wiring.Component):
    """Merges two request streams, ``fetch`` first, and routes the answers back in order.

    Timing: requests and responses pass combinationally; at most :py:`pending` requests, those of a
    full prefetch queue and a command's, wait for their answers, then further ones stall.

    Members
    -------
    fetch, stream : :py:`In(stream.Signature(REQUEST))`
    fetched, streamed : :py:`Out(word_stream)`
        Their answers.
    request : :py:`Out(stream.Signature(REQUEST))`
    response : :py:`In(word_stream)`
    """

    def __init__(self, config: CoreConfig):
        self.pending = config.prefetch_words // BURST + 1
        self.longest = max(BURST, COMMAND_BITS // config.memory_bits)
        super().__init__({
            "fetch": In(stream.Signature(REQUEST)), "stream": In(stream.Signature(REQUEST)),
            "fetched": Out(word_stream(config)), "streamed": Out(word_stream(config)),
            "request": Out(stream.Signature(REQUEST)), "response": In(word_stream(config)),
        })

    def elaborate(self, platform):
        m = Module()
        owner = data.StructLayout({"fetch": 1, "length": range(self.longest + 1)})
        m.submodules.owners = owners = fifo.SyncFIFO(width=owner.size, depth=self.pending)

        front = data.View(owner, owners.r_data)
        count = Signal.like(front.length)

        # The choice holds while a request waits, so that the payload stays put.
        held, held_fetch = Signal(), Signal()
        use_fetch = Mux(held, held_fetch, self.fetch.valid)
        valid = Mux(use_fetch, self.fetch.valid, self.stream.valid) & owners.w_rdy
        m.d.comb += [
            self.request.payload.eq(Mux(use_fetch, self.fetch.payload, self.stream.payload)),
            self.request.valid.eq(valid),
            self.fetch.ready.eq(use_fetch & self.request.ready & owners.w_rdy),
            self.stream.ready.eq(~use_fetch & self.request.ready & owners.w_rdy),
            owners.w_data.eq(Cat(use_fetch, self.request.p.length[:len(count)])),
            owners.w_en.eq(valid & self.request.ready),
        ]
        m.d.sync += [held.eq(valid & ~self.request.ready), held_fetch.eq(use_fetch)]

        for port, mine in ((self.fetched, front.fetch), (self.streamed, ~front.fetch)):
            m.d.comb += [port.payload.eq(self.response.payload),
                         port.valid.eq(self.response.valid & owners.r_rdy & mine)]
        m.d.comb += self.response.ready.eq(
            owners.r_rdy & Mux(front.fetch, self.fetched.ready, self.streamed.ready))
        with m.If(self.response.valid & self.response.ready):
            m.d.sync += count.eq(count + 1)
            with m.If(count == front.length - 1):
                m.d.sync += count.eq(0)
                m.d.comb += owners.r_en.eq(1)
        return m
