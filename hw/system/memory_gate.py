"""Shares the memory between core and link, and knows what the core still has to get."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from ..core.layouts import COMMAND_BITS, REQUEST, word_stream
from ..memory.port import memory_signature

__all__ = ["MemoryGate"]


class MemoryGate(wiring.Component):
    """Passes requests of the core, and those of the link when no word for the core is due.

    When ``stop`` is set, requests and writes that are not on offer already are held back; then the
    core may be reset, and with ``swallow`` the words it waited for vanish.

    Timing: requests, words and writes pass combinationally. A request of the link waits for the
    words due to the core and keeps the core's waiting until its own word has come.

    Members
    -------
    request, response
        See :class:`hw.core.core.Core`.
    link : :py:`In(memory_signature)`
        Requests one word at a time.
    memory : :py:`Out(memory_signature)`
    stop : :py:`In(1)`
    stopped : :py:`Out(1)`
        Nothing is on offer to the memory, as long as ``stop`` is set.
    swallow : :py:`In(1)`
    quiet : :py:`Out(1)`
        No word for the core is due.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "request": In(stream.Signature(REQUEST)), "response": Out(word_stream(config)),
            "link": In(memory_signature(config)), "memory": Out(memory_signature(config)),
            "stop": In(1), "stopped": Out(1), "swallow": In(1), "quiet": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        memory, link = self.memory, self.link
        # A command is fetched only when it can be taken, the stream only as the queue has room.
        most = self.config.prefetch_words + COMMAND_BITS // self.config.memory_bits
        due = Signal(range(most + 1))
        core_offered, write_offered, link_waits = Signal(), Signal(), Signal()
        use_link = link.request.valid & self.quiet & ~core_offered & ~link_waits
        core_valid = self.request.valid & (core_offered | (
            ~self.stop & ~link.request.valid & ~link_waits))

        m.d.comb += [
            memory.request.valid.eq(use_link | core_valid),
            memory.request.payload.eq(Mux(use_link, link.request.payload, self.request.payload)),
            self.request.ready.eq(core_valid & memory.request.ready),
            link.request.ready.eq(use_link & memory.request.ready),
            link.response.payload.eq(memory.response.payload),
            self.response.payload.eq(memory.response.payload),
            link.response.valid.eq(memory.response.valid & link_waits),
            self.response.valid.eq(memory.response.valid & ~link_waits & ~self.swallow),
            memory.response.ready.eq(Mux(link_waits, link.response.ready,
                                         self.response.ready | self.swallow)),
            memory.write.payload.eq(link.write.payload),
            memory.write.valid.eq(link.write.valid & (~self.stop | write_offered)),
            link.write.ready.eq(memory.write.ready & memory.write.valid),
            self.stopped.eq(self.stop & ~core_offered & ~write_offered),
            self.quiet.eq(due == 0),
        ]
        m.d.sync += [
            core_offered.eq(core_valid & ~memory.request.ready),
            write_offered.eq(memory.write.valid & ~memory.write.ready),
        ]
        received = memory.response.valid & memory.response.ready & ~link_waits
        m.d.sync += due.eq(due + Mux(core_valid & memory.request.ready, self.request.p.length, 0)
                           - received)
        with m.If(link.request.valid & link.request.ready):
            m.d.sync += link_waits.eq(1)
        with m.Elif(link.response.valid & link.response.ready):
            m.d.sync += link_waits.eq(0)
        return m
