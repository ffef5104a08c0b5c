"""Streams the image from memory into spike memory."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import (
    MASK_PLANES,
    address_bits,
    command_layout,
    mask_port,
    word_stream,
    write_port,
)

__all__ = ["ImageLoader", "spike_word_words"]


def spike_word_words(config: CoreConfig) -> int:
    """Memory words of a spike word."""
    return -(-config.word_bits // config.memory_bits)


class ImageLoader(wiring.Component):
    """Writes the pixels of a stream, ``source_words`` spike words each, and their plane masks.

    With ``image`` word j of a pixel holds plane ``j * 2**chain + slot`` in the lanes of slot, where
    lane l has slot ``l % 2**chain``: an image that is the same at each step. Without, it holds
    plane j, and each lane the frame of its step.

    Timing: one memory word per cycle; a spike word is written in the cycle after its last memory
    word, the mask of a pixel a cycle after its last spike word. Stalls while ``words`` is not
    valid.
    Cost: one spike word of registers.

    Members
    -------
    command : :py:`In(command_layout(config))`
    start, done : :py:`In(1)`, :py:`Out(1)`
    words : :py:`In(word_stream)`
    waiting : :py:`Out(1)`
        A memory word is missing.
    write : :py:`Out(write_port(config))`
    mask_write : :py:`Out(mask_port())`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)), "start": In(1), "done": Out(1),
            "words": In(word_stream(config)), "waiting": Out(1),
            "write": Out(write_port(config)), "mask_write": Out(mask_port(config)),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        count = spike_word_words(config)
        buffer = Signal(count * config.memory_bits, reset_less=True)
        full = Signal()
        part = Signal(range(count + 1))
        index = Signal(command.source_words.shape())
        left = Signal(command.stream_words.shape())
        dest, mask_dest = Signal(address_bits(config)), Signal(address_bits(config))
        mask = Signal(MASK_PLANES)
        running = Signal()
        last_word = index == command.source_words - 1

        m.d.comb += [self.words.ready.eq(running), self.waiting.eq(running & ~self.words.valid)]
        m.d.sync += full.eq(0)
        with m.If(running & self.words.valid):
            m.d.sync += [buffer.eq(Cat(buffer, self.words.payload)[config.memory_bits:]),
                         part.eq(part + 1), left.eq(left - 1), running.eq(left != 1)]
            with m.If(part == count - 1):
                m.d.sync += [part.eq(0), full.eq(1)]

        m.d.comb += [
            self.write.enable.eq(Mux(full, (1 << config.subs) - 1, 0)),
            self.write.address.eq(dest), self.write.data.eq(buffer),
            self.done.eq(full & ~running),
        ]
        with m.If(full):
            m.d.sync += [dest.eq(dest + 1), index.eq(index + 1)]
            with m.If(last_word):
                m.d.sync += index.eq(0)

        # Behind the word: which of its lanes have a spike.
        used, place, valid, complete = Signal(config.lanes), Signal.like(index), Signal(), Signal()
        merged = Signal(MASK_PLANES)
        m.d.sync += [used.eq(self.used(buffer)), place.eq(index), valid.eq(full),
                     complete.eq(full & last_word)]
        m.d.comb += [
            merged.eq(Mux(place == 0, 0, mask) | self.planes(used, place)),
            self.mask_write.enable.eq(complete & command.mask_out),
            self.mask_write.address.eq(mask_dest), self.mask_write.data.eq(merged),
        ]
        with m.If(valid):
            m.d.sync += mask.eq(merged)
        with m.If(complete):
            m.d.sync += mask_dest.eq(mask_dest + 1)
        with m.If(self.start):
            m.d.sync += [running.eq(1), left.eq(command.stream_words), part.eq(0), index.eq(0),
                         dest.eq(command.dest), mask_dest.eq(command.dest_mask)]
        return m

    def used(self, buffer):
        """The lanes of ``buffer`` that have a spike."""
        config = self.config
        return Cat(Cat(buffer[(sub * config.lanes + lane) * config.pass_channels:]
                       [:config.pass_channels] for sub in range(config.subs)).any()
                   for lane in range(config.lanes))

    def planes(self, used, index):
        """Mask of the planes in a word, shifted to their place."""
        config = self.config
        result = Const(0, MASK_PLANES)
        for chain in config.chains:
            slots = Cat(used[slot::1 << chain].any() for slot in range(1 << chain))
            mine = self.command.chain == chain if len(config.chains) > 1 else Const(1)
            result = Mux(mine, slots << (index << chain), result)
        return Mux(self.command.image, result, used.any() << index)
