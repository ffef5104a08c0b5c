"""Turns results and records of the core into the words of the log."""
from functools import reduce
from operator import or_

from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import LOG_RECORD_WORDS, LogTag

from ..config import CoreConfig
from ..core.layouts import RECORD, RESULT

__all__ = ["Recorder"]


class Recorder(wiring.Component):
    """Sends each result and record as an entry of the log, see docs/link.md, a word at a time.

    The stream that brought an entry holds it until its last word is taken: there is no copy.

    Timing: one cycle of pause before an entry, then one memory word per cycle.

    Members
    -------
    results : :py:`In(stream.Signature(RESULT))`
        Before records, if both wait.
    records : :py:`In(stream.Signature(RECORD))`
    words : :py:`Out(stream.Signature(memory_bits))`
    idle : :py:`Out(1)`
        No entry waits or is being sent.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "results": In(stream.Signature(RESULT)), "records": In(stream.Signature(RECORD)),
            "words": Out(stream.Signature(config.memory_bits)), "idle": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        size = self.config.memory_bits
        result, record = self.results.payload, self.records.payload
        entries = Cat(
            Const(LogTag.RECORD, 8), extend(record.opcode, 24),
            *(extend(record[name], 32) for name in RECORD.members if name != "opcode"),
            Const(LogTag.RESULT, 8), extend(result.image, 8), result.label, result.value)
        words = [entries[k:k + size] for k in range(0, len(entries), size)]
        first_result = 32 * LOG_RECORD_WORDS // size

        # A bit for each word: with an index the choice takes a third more logic.
        chosen = Signal(len(words))
        last_of_record, last_of_result = chosen[first_result - 1], chosen[-1]
        taken = self.words.valid & self.words.ready
        m.d.comb += [
            self.idle.eq(~self.results.valid & ~self.records.valid),
            self.words.valid.eq(chosen.any()),
            self.words.payload.eq(reduce(or_, (
                Mux(bit, word, 0) for bit, word in zip(chosen, words, strict=True)))),
            self.records.ready.eq(taken & last_of_record),
            self.results.ready.eq(taken & last_of_result),
        ]
        with m.If(taken):
            m.d.sync += chosen.eq(chosen << 1)
            with m.If(last_of_record):
                m.d.sync += chosen[first_result].eq(0)
        with m.Elif(~self.words.valid):
            m.d.sync += [chosen[0].eq(self.records.valid & ~self.results.valid),
                         chosen[first_result].eq(self.results.valid)]
        return m


def extend(value: Value, width: int) -> Value:
    """Zeros above, up to a width."""
    return Cat(value, Const(0, width))[:width]
