"""A stand-in with the core's ports, simple enough to check the whole-core bench itself."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.config import CoreConfig
from hw.core.layouts import read_port

__all__ = ["Echo"]


class Echo(wiring.Component):
    """Reads ``words`` memory words from its program address and shows each one it reads.

    Word i becomes a tap (address i, kind of its lowest bit, data the word) and a result (image 0,
    label i, value the word); the run ends with one record of the words and the cycles.

    Timing: one word per cycle if memory and results allow; busy from the cycle after ``start``
    until the record is taken.

    Members
    -------
    As ``hw.core.core.Core``, with a record of two counters.
    """

    def __init__(self, config: CoreConfig, words: int):
        self.words = words
        super().__init__({
            "start": In(1), "program": In(32), "busy": Out(1),
            "request": Out(stream.Signature(data.StructLayout({"address": 32, "length": 16}))),
            "response": In(stream.Signature(unsigned(config.memory_bits))),
            "results": Out(stream.Signature(data.StructLayout(
                {"image": 4, "label": 16, "value": signed(32)}))),
            "records": Out(stream.Signature(data.StructLayout({"words": 32, "cycles": 32}))),
            "tap": Out(data.StructLayout({
                "valid": 1, "kind": 1, "address": 20, "enable": config.subs,
                "data": config.word_bits})),
            "identity": Out(96),
            "spike_read": In(read_port(config)), "spike_word": Out(config.word_bits),
        })

    def elaborate(self, platform):
        m = Module()

        index = Signal(range(self.words + 1))
        cycles = Signal(32)
        word = self.response.payload
        taken = Signal()

        m.d.comb += [
            self.request.p.length.eq(self.words),
            self.results.p.label.eq(index),
            self.results.p.value.eq(word),
            self.records.p.words.eq(index),
            self.records.p.cycles.eq(cycles),
            self.tap.valid.eq(taken),
            self.tap.kind.eq(word[0]),
            self.tap.address.eq(index),
            self.tap.enable.eq(~0),
            self.tap.data.eq(word),
        ]

        m.d.sync += cycles.eq(cycles + 1)
        with m.FSM() as fsm:
            m.d.comb += self.busy.eq(~fsm.ongoing("IDLE"))
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [self.request.p.address.eq(self.program), index.eq(0), cycles.eq(1)]
                    m.next = "REQUEST"
            with m.State("REQUEST"):
                m.d.comb += self.request.valid.eq(1)
                with m.If(self.request.ready):
                    m.next = "READ"
            with m.State("READ"):
                m.d.comb += [self.results.valid.eq(self.response.valid),
                             self.response.ready.eq(self.results.ready),
                             taken.eq(self.response.valid & self.results.ready)]
                with m.If(taken):
                    m.d.sync += index.eq(index + 1)
                    with m.If(index == self.words - 1):
                        m.next = "RECORD"
            with m.State("RECORD"):
                m.d.comb += self.records.valid.eq(1)
                with m.If(self.records.ready):
                    m.next = "IDLE"

        return m
