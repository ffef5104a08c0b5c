"""Lane select: an image's plane reaches every lane of its image."""
import numpy as np
from amaranth import *
from amaranth.lib import wiring

from hw.config import CoreConfig
from hw.core.lane_select import LaneSelect

from ..block_bench import BlockBench
from ..coverage import Coverage
from .ports import block_test, play
from .words import lane_words, random_bits

MODES = [(chain, slot) for chain in range(4) for slot in range(1 << chain)]
COVERAGE = Coverage(mode=MODES, image=(0, 1), zero=(0, 1))


class Registered(wiring.Component):
    """The lane select with registers behind it, because it is combinational.

    Timing: its outputs one cycle later.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        self.select = LaneSelect(config)
        super().__init__(self.select.signature)

    def elaborate(self, platform):
        m = Module()
        m.submodules.select = select = self.select
        m.d.comb += [select.image.eq(self.image), select.zero.eq(self.zero),
                     select.slot.eq(self.slot), select.chain.eq(self.chain)]
        for lane in range(self.config.lanes):
            m.d.comb += select.word[lane].eq(self.word[lane])
            m.d.sync += self.selected[lane].eq(select.selected[lane])
        return m


def component(**config) -> Registered:
    return Registered(CoreConfig(**config))


@block_test()
async def words_match(dut):
    bench = await BlockBench.start(dut, component)
    config = bench.component.config
    rng = np.random.default_rng(bench.random.getrandbits(64))
    frames, expected = [], []
    for (chain, slot), image, zero in COVERAGE.counts:
        if 1 << chain > config.lanes:
            continue
        word = random_bits(rng, (config.lanes, config.word_channels))
        frames.append({"word": lane_words(word), "image": image, "zero": zero, "slot": slot,
                       "chain": chain})
        if image:
            # One row for each image, whose lanes all show the lane of the slot.
            lanes = word.reshape(-1, 1 << chain, config.word_channels)
            word = np.repeat(lanes[:, slot], 1 << chain, axis=0)
        expected.append([0] * config.lanes if zero else lane_words(word))
        COVERAGE.hit(mode=(chain, slot), image=image, zero=zero)
    seen = await play(bench, [*frames, frames[-1]], ("selected",))
    assert [values["selected"] for values in seen[1:]] == expected


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
