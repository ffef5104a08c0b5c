"""Turns results and records of the core into the words of the log."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import LOG_RECORD_WORDS, LOG_RESULT_WORDS, LogTag

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
        counts = {tag: words * 32 // size for tag, words in (
            (LogTag.RESULT, LOG_RESULT_WORDS), (LogTag.RECORD, LOG_RECORD_WORDS))}
        index = Signal(range(max(counts.values())))
        result, record = self.results.payload, self.records.payload
        entries = {
            LogTag.RESULT: Cat(Const(LogTag.RESULT, 8), extend(result.image, 8), result.label,
                               result.value),
            LogTag.RECORD: Cat(Const(LogTag.RECORD, 8), extend(record.opcode, 24), *(
                extend(record[name], 32) for name in RECORD.members if name != "opcode")),
        }

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += self.idle.eq(~self.results.valid & ~self.records.valid)
                with m.If(self.results.valid):
                    m.next = LogTag.RESULT.name
                with m.Elif(self.records.valid):
                    m.next = LogTag.RECORD.name
            for tag, port in ((LogTag.RESULT, self.results), (LogTag.RECORD, self.records)):
                with m.State(tag.name):
                    m.d.comb += [self.words.valid.eq(1),
                                 self.words.payload.eq(entries[tag].word_select(index, size))]
                    with m.If(self.words.ready):
                        m.d.sync += index.eq(index + 1)
                        with m.If(index == counts[tag] - 1):
                            m.d.comb += port.ready.eq(1)
                            m.d.sync += index.eq(0)
                            m.next = "IDLE"
        return m


def extend(value: Value, width: int) -> Value:
    """Zeros above, up to a width."""
    return Cat(value, Const(0, width))[:width]
