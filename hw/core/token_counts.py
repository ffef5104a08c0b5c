"""A bank of accumulators, one per channel and lane."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .pair_counter import QUAD

__all__ = ["TokenCounts"]


class TokenCounts(wiring.Component):
    """``counts[l][c] += addends[l][c // QUAD] where words[l][c]``: the gated sum over tokens.

    Timing: the sum is visible one cycle after ``add``; ``clear`` wins over ``add``, ``shift``
    halves every count instead. One operation per cycle.
    Cost: word_channels x lanes adders of count_bits.

    Members
    -------
    clear, add, shift : :py:`In(1)`
    words : :py:`In(word_channels).array(lanes)`
    addends : :py:`In(count_bits).array(lanes, word_channels // QUAD)`
    counts : :py:`Out(count_bits).array(lanes, word_channels)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "clear": In(1), "add": In(1), "shift": In(1),
            "words": In(config.word_channels).array(config.lanes),
            "addends": In(config.count_bits).array(config.lanes, config.word_channels // QUAD),
            "counts": Out(config.count_bits).array(config.lanes, config.word_channels),
        })

    def elaborate(self, platform):
        m = Module()
        channels = [(lane, c) for lane in range(self.config.lanes)
                    for c in range(self.config.word_channels)]
        with m.If(self.clear):
            m.d.sync += [self.counts[lane][c].eq(0) for lane, c in channels]
        with m.Elif(self.shift):
            m.d.sync += [self.counts[lane][c].eq(self.counts[lane][c] >> 1) for lane, c in channels]
        with m.Elif(self.add):
            m.d.sync += [
                self.counts[lane][c].eq(self.counts[lane][c] + Mux(
                    self.words[lane][c], self.addends[lane][c // QUAD], 0))
                for lane, c in channels]
        return m
