"""The one memory of the link: the frame received, and what never changes."""
from amaranth import *
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from sw.contract.link import PROTOCOL

__all__ = ["HELLO", "IDENTITY", "FrameMemory"]

HELLO = 4
"""Where the constants of the reply to HELLO lie, those after its nonce: at the same index."""
IDENTITY = 16
"""Where the identity lies."""


class FrameMemory(wiring.Component):
    """Two halves: the frame received, its payload from 0 on and its header in the last four
    bytes, where an index of -4 leads; and constants, written by configuration.

    Timing: ``data`` belongs to the address of the cycle before.
    Cost: 1 KiB while limit <= 508.

    Parameters
    ----------
    limit
        Largest payload.
    identity
        Reply to IDENTITY.

    Members
    -------
    write : :py:`In(1)`
    index : :py:`In(index_bits)`
        Of the byte to write to the first half.
    byte : :py:`In(8)`
    address : :py:`In(index_bits + 1)`
        Of the byte to read; the highest bit selects the half.
    data : :py:`Out(8)`
    """

    def __init__(self, limit: int, identity: bytes):
        self.limit = limit
        self.identity = identity
        self.index_bits = max(9, ceil_log2(limit + 4), ceil_log2(IDENTITY + len(identity)))
        super().__init__({
            "write": In(1), "index": In(self.index_bits), "byte": In(8),
            "address": In(self.index_bits + 1), "data": Out(8),
        })

    def elaborate(self, platform):
        m = Module()
        half = 1 << self.index_bits
        # Protocol, fresh, limit, length of the identity; see docs/link.md.
        constants = [PROTOCOL, 0, *self.limit.to_bytes(2, "little"),
                     *len(self.identity).to_bytes(2, "little")]
        init = [0] * (half + HELLO) + constants
        init += [0] * (half + IDENTITY - len(init)) + list(self.identity)
        m.submodules.bytes = part = memory.Memory(shape=8, depth=2 * half, init=init)
        write, read = part.write_port(), part.read_port()
        m.d.comb += [
            write.en.eq(self.write), write.addr.eq(self.index), write.data.eq(self.byte),
            read.addr.eq(self.address), read.en.eq(1), self.data.eq(read.data),
        ]
        return m
