"""Block RAM as the memory of a board."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In
from amaranth.utils import exact_log2

from ..config import CoreConfig
from ..core.block_ram import BlockRam
from .port import memory_signature

__all__ = ["BlockMemory"]


class BlockMemory(wiring.Component):
    """Memory backend of any number of memory words.

    Timing: the first word of a request comes two cycles after it is accepted, then one word per
    cycle while ``response`` is taken; the next request is accepted in the cycle after the last
    word was read. Writes are taken at once.
    Cost: ``words`` memory words.

    Parameters
    ----------
    config
        Of the core: width of a memory word.
    words
        Memory words.

    Members
    -------
    port : :py:`In(memory_signature(config))`
    """

    def __init__(self, config: CoreConfig, words: int):
        self.words = words
        self.width = config.memory_bits
        super().__init__({"port": In(memory_signature(config))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.words = words = BlockRam(self.width, self.words)
        request, response, writes = self.port.request, self.port.response, self.port.write
        low = exact_log2(self.width // 8)
        address = Signal.like(words.read_address)
        left = Signal.like(request.p.length)
        # The word on offer, if there is one, is being taken.
        advance = ~response.valid | response.ready

        m.d.comb += [
            request.ready.eq(left == 0),
            words.read.eq(advance), words.read_address.eq(address), response.payload.eq(words.data),
            writes.ready.eq(1), words.write.eq(writes.valid),
            words.write_address.eq(writes.p.address[low:]), words.write_data.eq(writes.p.data),
        ]
        with m.If(advance):
            m.d.sync += response.valid.eq(left != 0)
        with m.If(request.ready):
            m.d.sync += address.eq(request.p.address[low:])
            with m.If(request.valid):
                m.d.sync += left.eq(request.p.length)
        with m.Elif(advance):
            m.d.sync += [address.eq(address + 1), left.eq(left - 1)]
        return m
