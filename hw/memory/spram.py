"""The single-port RAM of an iCE40UP5K as the memory of a board."""
from amaranth import *
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.errors import SpikeplaneError

from ..config import CoreConfig
from .port import memory_signature

__all__ = ["BLOCK_BYTES", "SpramBlock", "SpramMemory"]

BLOCK_BYTES = 1 << 15
_BLOCKS = 4
_WORD_BITS, _BLOCK_ADDRESS = 16, 14


class SpramBlock(wiring.Component):
    """One SB_SPRAM256KA: 16,384 words of 16 bits.

    Timing: ``data`` belongs to the read of the cycle before and holds until the next access; after
    a write it is anything. One access per cycle.
    Cost: one of the four blocks of an iCE40UP5K.

    Parameters
    ----------
    primitive
        Instantiate the primitive instead of a memory that behaves like it.

    Members
    -------
    access : :py:`In(1)`
    address : :py:`In(14)`
    write : :py:`In(1)`
        The access is a write, of ``write_data``.
    write_data : :py:`In(16)`
    data : :py:`Out(16)`
    """

    def __init__(self, primitive: bool):
        self.primitive = primitive
        super().__init__({
            "access": In(1), "address": In(_BLOCK_ADDRESS), "write": In(1),
            "write_data": In(_WORD_BITS), "data": Out(_WORD_BITS),
        })

    def elaborate(self, platform):
        m = Module()
        if self.primitive:
            m.submodules.block = Instance(
                "SB_SPRAM256KA", i_CLOCK=ClockSignal(), i_CHIPSELECT=self.access,
                i_ADDRESS=self.address, i_WREN=self.write, i_MASKWREN=Const(15, 4),
                i_DATAIN=self.write_data, o_DATAOUT=self.data,
                i_STANDBY=Const(0), i_SLEEP=Const(0), i_POWEROFF=Const(1))
            return m
        m.submodules.words = words = memory.Memory(
            shape=_WORD_BITS, depth=1 << _BLOCK_ADDRESS, init=[])
        write, read = words.write_port(), words.read_port()
        written = Signal()
        with m.If(self.access):
            m.d.sync += written.eq(self.write)
        m.d.comb += [
            write.en.eq(self.access & self.write), write.addr.eq(self.address),
            write.data.eq(self.write_data),
            read.en.eq(self.access), read.addr.eq(self.address),
            # The word before the write, inverted: whoever looks at it is found out.
            self.data.eq(Mux(written, ~read.data, read.data)),
        ]
        return m


class SpramMemory(wiring.Component):
    """Memory backend of 16-bit memory words in the single-port RAM of an iCE40UP5K.

    Timing: the first word of a request comes two cycles after it is accepted, then one word per
    cycle while ``response`` is taken; the next request is accepted in the cycle after the last
    word was read. A write is taken when no word waits on offer, and reads rest in its cycle.
    Cost: up to four blocks.

    Parameters
    ----------
    config
        Of the core; ``memory_bits`` must be 16.
    size
        Bytes, a multiple of :py:`BLOCK_BYTES`, at most 4 of them.
    primitive
        As of :class:`SpramBlock`; by default, whether there is a platform.

    Members
    -------
    port : :py:`In(memory_signature(config))`
    """

    def __init__(self, config: CoreConfig, size: int, primitive: bool | None = None):
        if config.memory_bits != _WORD_BITS:
            raise SpikeplaneError(
                f"single-port RAM: memory_bits of the core must be {_WORD_BITS}, not "
                f"{config.memory_bits}")
        if size not in range(BLOCK_BYTES, _BLOCKS * BLOCK_BYTES + 1, BLOCK_BYTES):
            raise SpikeplaneError(
                f"single-port RAM: {size} bytes of memory are not 1 to {_BLOCKS} blocks of "
                f"{BLOCK_BYTES} bytes")
        self.blocks = size // BLOCK_BYTES
        self.primitive = primitive
        super().__init__({"port": In(memory_signature(config))})

    def elaborate(self, platform):
        m = Module()
        request, response, writes = self.port.request, self.port.response, self.port.write
        address = Signal(_BLOCK_ADDRESS + (self.blocks - 1).bit_length())
        chosen = Signal(range(self.blocks))
        left = Signal.like(request.p.length)
        # The word on offer, if there is one, is being taken.
        advance = ~response.valid | response.ready
        write = writes.valid & writes.ready
        access = Mux(write, writes.p.address[1:], address)

        primitive = platform is not None if self.primitive is None else self.primitive
        blocks = [SpramBlock(primitive) for _ in range(self.blocks)]
        for k, block in enumerate(blocks):
            m.submodules[f"block{k}"] = block
            m.d.comb += [
                block.access.eq(advance & (access[_BLOCK_ADDRESS:len(address)] == k)),
                block.address.eq(access), block.write.eq(write),
                block.write_data.eq(writes.p.data),
            ]
        m.d.comb += [
            request.ready.eq(left == 0), writes.ready.eq(advance),
            response.payload.eq(Array(block.data for block in blocks)[chosen]),
        ]
        with m.If(advance):
            m.d.sync += [response.valid.eq((left != 0) & ~write),
                         chosen.eq(address[_BLOCK_ADDRESS:])]
        with m.If(request.ready):
            m.d.sync += address.eq(request.p.address[1:])
            with m.If(request.valid):
                m.d.sync += left.eq(request.p.length)
        with m.Elif(advance & ~write):
            m.d.sync += [address.eq(address + 1), left.eq(left - 1)]
        return m
