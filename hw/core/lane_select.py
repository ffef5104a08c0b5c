"""Feeds the lanes of the array from the lanes of a spike word."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig

__all__ = ["LaneSelect"]


class LaneSelect(wiring.Component):
    """Broadcasts an image's bit-plane to the lanes of its steps, or zeroes the word.

    An image does not change from step to step, so its word holds a different plane in each lane
    of the image: lane l reads lane ``l - l % 2**chain + slot``.

    Timing: combinational. Cost: one multiplexer per bit.

    Members
    -------
    word, selected : :py:`In/Out(word_channels).array(lanes)`
    image : :py:`In(1)`
        Broadcast; otherwise lanes pass straight through.
    zero : :py:`In(1)`
    slot : :py:`In(3)`
    chain : :py:`In(2)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        lanes = (config.word_channels, config.lanes)
        super().__init__({
            "word": In(lanes[0]).array(lanes[1]), "selected": Out(lanes[0]).array(lanes[1]),
            "image": In(1), "zero": In(1), "slot": In(3), "chain": In(2),
        })

    def elaborate(self, platform):
        m = Module()
        lanes, chains = self.config.lanes, self.config.chains
        for lane in range(lanes):
            with m.If(self.zero):
                m.d.comb += self.selected[lane].eq(0)
            with m.Elif(self.image):
                with m.Switch(Cat(self.slot, self.chain) if len(chains) > 1 else self.slot):
                    for chain in chains:
                        first = lane - lane % (1 << chain)
                        for slot in range(1 << chain):
                            with m.Case(slot | (chain << 3 if len(chains) > 1 else 0)):
                                m.d.comb += self.selected[lane].eq(self.word[first + slot])
            with m.Else():
                m.d.comb += self.selected[lane].eq(self.word[lane])
        return m
