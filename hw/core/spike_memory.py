"""The on-chip memories of spike words, and that of their plane masks."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .block_ram import BlockRam
from .layouts import MASK_PLANES, mask_port, read_port, write_port

__all__ = ["MaskMemory", "SpikeMemory"]


class SpikeMemory(wiring.Component):
    """Spike words: ``word_channels`` channels of every lane at one pixel of one plane.

    One memory per granule (the channels of a pass), so that a pass writes its part of a word.
    One of more than :py:`NEAR_BITS` is spread over the whole FPGA: each way to it and from it is
    long, and has a cycle of its own.

    ::

        read --z--> memory --z--> word        write --z--> memory

    Timing: a read returns its word :py:`latency` cycles later and holds it, in the next cycle if
    the memory is near; a write is seen by the reads that follow it. One read and one write per
    cycle, not of the same word.
    Cost: spike_words x lanes x word_channels bits; if they are many, registers of both ports.

    Members
    -------
    read : :py:`In(read_port())`
    words : :py:`Out(word_channels).array(lanes)`
        The word read, by lane.
    word : :py:`Out(word_bits)`
        The same in the bit order of ``write``.
    write : :py:`In(write_port(config))`
    """

    NEAR_BITS = 1 << 16

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "read": In(read_port(config)),
            "words": Out(config.word_channels).array(config.lanes),
            "word": Out(config.word_bits),
            "write": In(write_port(config)),
        })

    @classmethod
    def latency(cls, config: CoreConfig) -> int:
        """Cycles from a read to its word."""
        return 1 if config.spike_words * config.word_bits <= cls.NEAR_BITS else 3

    def elaborate(self, platform):
        m = Module()
        config = self.config
        granule = config.lanes * config.pass_channels
        near = self.latency(config) == 1
        domain = m.d.comb if near else m.d.sync
        read, write = read_port(config).flip().create(), write_port(config).flip().create()
        for inner, port in ((read, self.read), (write, self.write)):
            domain += [getattr(inner, name).eq(getattr(port, name))
                       for name in inner.signature.members]

        for sub in range(config.subs):
            m.submodules[f"granule{sub}"] = part = BlockRam(granule, config.spike_words)
            m.d.comb += [
                part.read_address.eq(read.address), part.read.eq(read.enable),
                part.write_address.eq(write.address), part.write.eq(write.enable[sub]),
                part.write_data.eq(write.data.word_select(sub, granule)),
            ]
            domain += self.word.word_select(sub, granule).eq(part.data)
        for lane in range(config.lanes):
            m.d.comb += self.words[lane].eq(Cat(
                self.word.word_select(sub, granule).word_select(lane, config.pass_channels)
                for sub in range(config.subs)))
        return m


class MaskMemory(wiring.Component):
    """Plane masks: which planes of a pixel's word have any spike.

    Timing: a read returns its mask in the next cycle and holds it; a write is seen by the reads
    from two cycles after it. One read and one write per cycle.
    Cost: mask_words x 8 bits, a register for a write.

    Members
    -------
    read : :py:`In(read_port())`
    mask : :py:`Out(MASK_PLANES)`
    write : :py:`In(mask_port())`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "read": In(read_port(config)), "mask": Out(MASK_PLANES),
            "write": In(mask_port(config))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.masks = masks = BlockRam(MASK_PLANES, self.config.mask_words)
        m.d.comb += [
            masks.read_address.eq(self.read.address), masks.read.eq(self.read.enable),
            self.mask.eq(masks.data),
        ]
        # What is written comes a long way.
        m.d.sync += [
            masks.write_address.eq(self.write.address), masks.write.eq(self.write.enable),
            masks.write_data.eq(self.write.data),
        ]
        return m
