"""Data pins of an SDRAM: words read and written."""
from amaranth import *
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SdramData"]


class SdramData(wiring.Component):
    """Gathers the beats of words that were asked for, and sends those of a word to be written.

    Words that were read wait in a queue; ``room`` counts those on their way too, so that the
    memory never has to wait.

    Timing: column 0 of a word arrives ``latency + 1`` cycles after ``read``, the word appears at
    ``response`` ``beats + 1`` cycles later; a word per ``beats`` cycles as long as it is taken at
    once. The first column of a written word is on the pins in the cycle after ``write``.
    Cost: DEPTH x word_bits of memory, a word and a column.

    Members
    -------
    read, write : :py:`In(1)`
        The command is given in this cycle.
    word : :py:`In(word_bits)`
        To be written, low columns first; held from ``write`` to ``written``.
    written : :py:`Out(1)`
        Last cycle in which ``word`` is needed.
    room : :py:`Out(1)`
        A word may be read.
    response : :py:`Out(stream.Signature(word_bits))`
    dq_i, dq_o, dq_oe
        Data pins.
    """

    DEPTH = 16
    """Words; more than are on their way at any latency, and what a distributed memory holds."""

    def __init__(self, word_bits: int, data_bits: int, latency: int):
        self.word_bits, self.data_bits, self.latency = word_bits, data_bits, latency
        super().__init__({
            "read": In(1), "write": In(1), "word": In(word_bits), "written": Out(1),
            "room": Out(1), "response": Out(stream.Signature(word_bits)),
            "dq_i": In(data_bits), "dq_o": Out(data_bits), "dq_oe": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        beats = self.word_bits // self.data_bits
        m.submodules.queue = queue = fifo.SyncFIFO(width=self.word_bits, depth=self.DEPTH)

        # Bit k: the command was given k + 1 cycles ago.
        given = Signal(self.latency + beats + 1)
        # Columns as they come in, the oldest lowest.
        columns = Signal(self.word_bits)
        m.d.sync += [given.eq(Cat(self.read, given)),
                     columns.eq(Cat(columns, self.dq_i)[self.data_bits:])]
        m.d.comb += [
            queue.w_data.eq(columns), queue.w_en.eq(given[-1]),
            self.response.payload.eq(queue.r_data), self.response.valid.eq(queue.r_rdy),
            queue.r_en.eq(self.response.ready),
        ]
        free = Signal(range(self.DEPTH + 1), init=self.DEPTH)
        taken = self.response.valid & self.response.ready
        m.d.sync += free.eq(free + taken - self.read)
        m.d.comb += self.room.eq(free != 0)

        beat = Signal(range(max(beats, 2)))
        sends = self.write | (beat != 0)
        m.d.sync += self.dq_oe.eq(sends)
        m.d.comb += self.written.eq(sends & (beat == beats - 1))
        with m.If(sends):
            m.d.sync += [self.dq_o.eq(self.word.word_select(beat, self.data_bits)),
                         beat.eq(Mux(self.written, 0, beat + 1))]
        return m
