"""A bank of accumulators, one per channel and lane."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .pair_counter import QUAD

__all__ = ["TokenCounts"]


class TokenCounts(wiring.Component):
    """``counts[l][c] += addends[l][c // QUAD] where words[l][c]``: the gated sum over tokens.

    Timing: the sum is visible one cycle after ``add``; ``clear`` wins over ``add``. One operation
    per cycle.
    Cost: word_channels x lanes adders of count_bits, gated by clock enables.

    Members
    -------
    clear, add : :py:`In(1)`
    words : :py:`In(word_channels).array(lanes)`
    addends : :py:`In(count_bits).array(lanes, word_channels // QUAD)`
    counts : :py:`Out(count_bits).array(lanes, word_channels)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "clear": In(1), "add": In(1),
            "words": In(config.word_channels).array(config.lanes),
            "addends": In(config.count_bits).array(config.lanes, config.word_channels // QUAD),
            "counts": Out(config.count_bits).array(config.lanes, config.word_channels),
        })

    def elaborate(self, platform):
        m = Module()
        channels = [(lane, c) for lane in range(self.config.lanes)
                    for c in range(self.config.word_channels)]
        for lane, c in channels:
            # Gated by the clock enable, which costs no logic.
            count = self.counts[lane][c]
            with m.If(self.clear):
                m.d.sync += count.eq(0)
            with m.Elif(self.add & self.words[lane][c]):
                m.d.sync += count.eq(count + self.addends[lane][c // QUAD])
        return m
