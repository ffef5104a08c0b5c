"""Counts the channels in which a query and a key both spike."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig

__all__ = ["QUAD", "PairCounter"]

QUAD = 4
"""Channels of the smallest attention head within a word."""


class PairCounter(wiring.Component):
    """``counts[l][s] = popcount(query[l] & key[l])`` over the head that quad s belongs to.

    A word holds heads of ``2**segment`` channels, at least :py:`QUAD`; every quad of a head reports
    the head's count. Counts have ``bit_length(word_channels)`` bits: all ones do not wrap.

    Timing: latency two cycles, the first of them up to the counts of quads; one pair per cycle.
    Cost: one AND and about one full adder per channel and lane.

    Members
    -------
    query, key : :py:`In(word_channels).array(lanes)`
    segment : :py:`In(3)`
    counts : :py:`Out(unsigned).array(lanes, word_channels // QUAD)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "query": In(config.word_channels).array(config.lanes),
            "key": In(config.word_channels).array(config.lanes),
            "segment": In(3),
            "counts": Out(config.word_channels.bit_length()).array(
                config.lanes, config.word_channels // QUAD),
        })

    def elaborate(self, platform):
        m = Module()
        channels = self.config.word_channels
        for lane in range(self.config.lanes):
            both = Signal(channels, name=f"both_{lane}")
            m.d.comb += both.eq(self.query[lane] & self.key[lane])
            counts = [Signal(QUAD.bit_length(), name=f"quad_{lane}_{k}", reset_less=True)
                      for k in range(channels // QUAD)]
            m.d.sync += [count.eq(sum(both[k * QUAD:][:QUAD])) for k, count in enumerate(counts)]
            size = QUAD
            while True:
                width = size.bit_length()
                level = [Signal(width, name=f"count_{lane}_{size}_{k}")
                         for k in range(len(counts))]
                m.d.comb += [signal.eq(count) for signal, count in zip(level, counts, strict=True)]
                with m.If(self.segment == size.bit_length() - 1):
                    m.d.sync += [self.counts[lane][quad].eq(level[quad * QUAD // size])
                                 for quad in range(channels // QUAD)]
                if size == channels:
                    break
                counts = [a + b for a, b in zip(level[::2], level[1::2], strict=True)]
                size *= 2
        return m
