"""Byte by byte access to the board's memory and to the core's spike memory."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from sw.contract.link import SPIKES

from ..core.layouts import read_port
from ..core.spike_memory import SpikeMemory
from ..memory.port import memory_signature
from ..system.config import SystemConfig

__all__ = ["MemoryAccess"]


class MemoryAccess(wiring.Component):
    """One address that walks through memory: for the link by bytes, for the log by words.

    Timing: ``ready`` is always set while checking; reading, when the word has come from memory;
    writing, except for the last byte of a word until memory has taken the word.
    Cost: one memory word and one address of registers.

    Members
    -------
    load : :py:`In(1)`
        ``byte`` is byte ``part`` of the address.
    part : :py:`In(2)`
    byte : :py:`In(8)`
        Of the address, or to write.
    reading, writing, logging : :py:`In(1)`
        What a step does; none of them: nothing but to walk. ``writing`` is held, with ``byte``,
        until the step is done.
    step, ready : :py:`In(1)`, :py:`Out(1)`
        On to the next byte when both are set.
    data : :py:`Out(8)`
        The byte read, while ``ready``.
    words : :py:`In(stream.Signature(memory_bits))`
        While ``logging``: words to write; those beyond the end of memory vanish.
    address : :py:`Out(32)`
    spikes : :py:`Out(1)`
        The address is one of the spike memory.
    outside, misaligned : :py:`Out(1)`
        The address is not inside of what it belongs to, or inside of a word of it.
    memory : :py:`Out(memory_signature(core))`
    spike_read : :py:`Out(read_port())`
    spike_word : :py:`In(word_bits)`
        See :class:`hw.core.core.Core`.
    """

    def __init__(self, config: SystemConfig):
        self.config = config
        core = config.core
        self.spike_bytes = core.spike_words * core.word_bits // 8
        super().__init__({
            "load": In(1), "part": In(2), "byte": In(8),
            "reading": In(1), "writing": In(1), "logging": In(1),
            "step": In(1), "ready": Out(1), "data": Out(8),
            "words": In(stream.Signature(core.memory_bits)),
            "address": Out(32), "spikes": Out(1), "outside": Out(1), "misaligned": Out(1),
            "memory": Out(memory_signature(core)),
            "spike_read": Out(read_port(core)), "spike_word": In(core.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        core = self.config.core
        address = Signal(max(self.config.memory_bytes, self.spike_bytes).bit_length())
        low = exact_log2(core.memory_bits // 8)
        spike_low = exact_log2(core.word_bits // 8)
        last = address[:low].all()
        advance = self.step & self.ready
        logged = self.words.valid & self.words.ready & ~self.outside
        # Memory has taken the word: its answer is not on the way to the next row.
        written = Signal()
        beyond = self.load_address(m, address)

        m.d.comb += [
            self.address.eq(address),
            self.outside.eq(beyond | Mux(self.spikes, reached(address, self.spike_bytes),
                                         reached(address, self.config.memory_bytes))),
            self.misaligned.eq(Mux(self.spikes, address[:spike_low].any(), address[:low].any())),
        ]
        with m.If(advance):
            m.d.sync += address[:low].eq(address[:low] + 1)
        with m.If(advance & last | logged):
            m.d.sync += address[low:].eq(address[low:] + 1)

        word, have = self.move_words(m, address[low:] << low, advance, last, written)
        # For how many cycles the address has stood still.
        still = Signal(SpikeMemory.latency(core))
        m.d.sync += still.eq(Mux(self.reading & ~advance, Cat(1, still), 0))
        m.d.comb += [
            self.spike_read.enable.eq(self.reading & self.spikes),
            self.spike_read.address.eq(address[spike_low:]),
            self.data.eq(Mux(self.spikes, self.spike_word.word_select(address[:spike_low], 8),
                             word[:8])),
            self.ready.eq(Mux(self.reading, Mux(self.spikes, still[-1], have),
                              ~(self.writing & last) | written)),
        ]
        return m

    def load_address(self, m, address):
        """Take the address byte by byte; returns whether it has bits that are not kept."""
        beyond = Signal()
        with m.If(self.load), m.Switch(self.part):
            for part in range(4):
                with m.Case(part):
                    place = range(8 * part, 8 * part + 8)
                    kept = [i for i in place if i < len(address)]
                    rest = [self.byte[i % 8] for i in place
                            if i >= len(address) and 1 << i != SPIKES]
                    m.d.sync += [address[i].eq(self.byte[i % 8]) for i in kept]
                    m.d.sync += beyond.eq(Cat(rest).any() | (beyond if part else 0))
                    if part == 3:
                        m.d.sync += self.spikes.eq(self.byte[7])
        return beyond

    def move_words(self, m, address, advance, last, written):
        """Between memory and a register that shifts by bytes; returns it, and whether it holds the
        word at ``address``."""
        memory = self.memory
        word = Signal(self.config.core.memory_bits)
        have, asked = Signal(), Signal()
        passed = Cat(word[8:], self.byte)
        m.d.comb += [
            memory.request.valid.eq(self.reading & ~self.spikes & ~have & ~asked),
            memory.request.p.address.eq(address), memory.request.p.length.eq(1),
            memory.response.ready.eq(1),
            memory.write.valid.eq(~written & Mux(
                self.logging, self.words.valid & ~self.outside, self.writing & last)),
            memory.write.p.address.eq(address),
            memory.write.p.data.eq(Mux(self.logging, self.words.payload, passed)),
            self.words.ready.eq(self.logging & (written | self.outside)),
        ]
        m.d.sync += written.eq((memory.write.valid & memory.write.ready) |
                               (written & self.writing & ~advance))
        with m.If(advance):
            m.d.sync += word.eq(passed)
        with m.If(memory.response.valid):
            m.d.sync += [word.eq(memory.response.payload), have.eq(1), asked.eq(0)]
        with m.Elif(~self.reading | (advance & last)):
            m.d.sync += have.eq(0)
        with m.If(memory.request.valid & memory.request.ready):
            m.d.sync += asked.eq(1)
        return word, have


def reached(address: Value, end: int) -> Value:
    """``address >= end``, without the bits that cannot matter."""
    zeros = (end & -end).bit_length() - 1
    return address[zeros:] >= end >> zeros
