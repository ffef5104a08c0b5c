"""Requests and writes as segments of rows, in the order of their arrival."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from ..core.layouts import REQUEST
from .port import write_layout
from .sdram_layouts import segment_layout
from .sdram_part import SdramPart

__all__ = ["SdramIntake"]


class SdramIntake(wiring.Component):
    """Cuts requests where they leave a row, and slips writes in between.

    Consecutive addresses are consecutive columns of a row, then the same row of the next bank, so
    that the row that a stream goes on in can be opened while the present one is read.

    A read that is accepted after a write comes out after it; before, or in the same cycle, after
    or before it.

    Timing: one segment per cycle; a request is accepted in the cycle after the last segment of
    the one before went out, a write after ``written``.

    Members
    -------
    request : :py:`In(stream.Signature(REQUEST))`
        Of at least one word. Addresses wrap at the capacity.
    write : :py:`In(stream.Signature(write_layout(config)))`
    segments : :py:`Out(stream.Signature(segment_layout(part, beats)))`
        ``length`` may reach beyond the row; the rest follows as the next segment.
    word : :py:`Out(memory_bits)`
        Word of the write whose segment is out, until ``written``.
    written : :py:`In(1)`
        The last of the word is on its way.
    """

    def __init__(self, config: CoreConfig, part: SdramPart):
        self.word_bits = config.memory_bits
        self.segment = segment_layout(part, self.word_bits // part.data_bits)
        super().__init__({
            "request": In(stream.Signature(REQUEST)),
            "write": In(stream.Signature(write_layout(config))),
            "segments": Out(stream.Signature(self.segment)),
            "word": Out(self.word_bits), "written": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        column_bits = self.segment["column"].width
        place = data.StructLayout({name: self.segment[name].shape
                                   for name in ("column", "bank", "row")})
        byte_bits = (self.word_bits // 8 - 1).bit_length()

        def place_of(address):
            return address[byte_bits:byte_bits + place.size]

        reading, read_place, length = Signal(), Signal(place), Signal.like(self.request.p.length)
        writing, write_place, queued = Signal(), Signal(place), Signal()
        read_first = Signal()  # the request was there before the write
        pick_write = queued & ~read_first
        taken = self.segments.valid & self.segments.ready
        m.d.comb += [
            self.request.ready.eq(~reading), self.write.ready.eq(~writing),
            self.segments.valid.eq(reading | queued),
            self.segments.p.write.eq(pick_write),
            self.segments.p.length.eq(Mux(pick_write, 1, length)),
        ]
        for name in ("column", "bank", "row"):
            m.d.comb += self.segments.p[name].eq(
                Mux(pick_write, write_place[name], read_place[name]))

        # Words up to the end of the request, counted from the start of the row.
        reach = length + read_place.column
        over, rest = reach[column_bits:], reach[:column_bits]
        crosses = (over > 1) | ((over == 1) & (rest != 0))
        ends = taken & ~pick_write & ~crosses
        with m.If(taken & ~pick_write):
            m.d.sync += [read_place.eq(Cat(C(0, column_bits),
                                           read_place.as_value()[column_bits:] + 1)),
                         length.eq(Cat(rest, over - 1)), reading.eq(crosses)]
        with m.If(self.request.valid & self.request.ready):
            m.d.sync += [reading.eq(1), length.eq(self.request.p.length),
                         read_place.eq(place_of(self.request.p.address))]

        with m.If(taken & pick_write):
            m.d.sync += queued.eq(0)
        with m.If(self.written):
            m.d.sync += writing.eq(0)
        with m.If(ends):
            m.d.sync += read_first.eq(0)
        with m.If(self.write.valid & self.write.ready):
            m.d.sync += [writing.eq(1), queued.eq(1), self.word.eq(self.write.p.data),
                         write_place.eq(place_of(self.write.p.address)),
                         read_first.eq(reading & ~ends)]
        return m
