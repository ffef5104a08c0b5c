"""The one memory of the link: the frame received, variables, and what never changes."""
import enum

from amaranth import *
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import PROTOCOL, SYNC

from ..core.block_ram import NAME

__all__ = ["BYTES", "IDENTITY_BYTES", "PAYLOAD_BYTES", "FrameMemory", "Place"]

PAYLOAD_BYTES = 380
"""Room for the payload of a frame."""
BYTES = 1024
_FIXED = PAYLOAD_BYTES + 4
"""Where constants and variables begin, after the header of the frame."""


class Place(enum.IntEnum):
    """Addresses. Payload and run are walked through four bytes at a time."""
    PAYLOAD = 0
    KIND = PAYLOAD_BYTES
    SEQUENCE = PAYLOAD_BYTES + 1
    LENGTH = PAYLOAD_BYTES + 2
    HELLO = _FIXED             # protocol, fresh, limit, bytes of the identity
    FRESH = _FIXED + 1
    NUMBERS = _FIXED + 6       # n at NUMBERS + n, up to 16
    HELLO_BYTES = NUMBERS + 11
    STATUS_BYTES = NUMBERS + 16
    SYNC = _FIXED + 23
    REPLY_BYTES = _FIXED + 24  # of IDENTITY: low, high
    # Variables, all but the last cleared after a reset, behind them a byte that may be, too.
    DROPPED = _FIXED + 28      # low, high
    LINKED = _FIXED + 30
    STATUS = _FIXED + 31
    RUN = _FIXED + 32
    LAST = _FIXED + 37
    IDENTITY = _FIXED + 38


IDENTITY_BYTES = BYTES - Place.IDENTITY
"""Room for the identity."""


class FrameMemory(wiring.Component):
    """One KiB: the frame received, its payload first; and constants and variables, which are
    written by configuration.

    Timing: ``data`` belongs to the address of the cycle before; after a write it may be anything.

    Parameters
    ----------
    limit
        Largest payload, at most :py:`PAYLOAD_BYTES`.
    identity
        Reply to IDENTITY, at most :py:`IDENTITY_BYTES`.

    Members
    -------
    address : :py:`In(10)`
    data : :py:`Out(8)`
    write : :py:`In(1)`
    byte : :py:`In(8)`
    """

    def __init__(self, limit: int, identity: bytes):
        self.limit = limit
        self.identity = identity
        super().__init__({"address": In(10), "data": Out(8), "write": In(1), "byte": In(8)})

    def elaborate(self, platform):
        m = Module()
        init = bytearray(BYTES)
        size = len(self.identity)
        for place, values in {
                Place.HELLO: [PROTOCOL, 1, *self.limit.to_bytes(2, "little"),
                              *size.to_bytes(2, "little")],
                Place.NUMBERS: range(17), Place.SYNC: [SYNC],
                Place.REPLY_BYTES: (1 + size).to_bytes(2, "little"),
                Place.IDENTITY: self.identity}.items():
            init[place:place + len(values)] = bytes(values)
        m.submodules[NAME] = part = memory.Memory(shape=8, depth=BYTES, init=init)
        write, read = part.write_port(), part.read_port()
        m.d.comb += [
            write.en.eq(self.write), write.addr.eq(self.address), write.data.eq(self.byte),
            read.en.eq(1), read.addr.eq(self.address), self.data.eq(read.data),
        ]
        return m
