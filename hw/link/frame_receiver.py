"""Finds frames among the bytes received, and checks them."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import CRC_BYTES, SYNC

__all__ = ["FrameReceiver"]

_HEADER = 4
"""Bytes between the sync byte and the payload."""


class FrameReceiver(wiring.Component):
    """Waits for a sync byte, stores the frame after it, and offers it if its checksum is right.

    Anything else drops the frame: a length above ``limit``, a broken byte, a pause, a wrong
    checksum. Bytes that arrive while a frame is on offer are discarded.

    Timing: ``received`` in the cycle after the last byte, until the one of ``release``.

    Parameters
    ----------
    limit
        Largest payload.
    index_bits
        Those of :class:`.FrameMemory`.

    Members
    -------
    byte, done, broken, sampled, bit : :py:`In`
        See :class:`.UartReceiver`.
    expired : :py:`In(1)`
        There was no byte for too long.
    write : :py:`Out(1)`
    index : :py:`Out(index_bits)`
        ``byte`` goes to this place of the frame memory.
    begin, check : :py:`Out(1)`
        To the checksum unit: clear, and emit.
    expected : :py:`In(1)`
        Next bit of the checksum.
    received : :py:`Out(1)`
    length : :py:`Out(index_bits)`
        Of the payload on offer.
    release : :py:`In(1)`
        The frame is not needed any more.
    dropped : :py:`Out(1)`
        A frame was dropped in this cycle.
    """

    def __init__(self, limit: int, index_bits: int):
        self.limit = limit
        self.index_bits = index_bits
        super().__init__({
            "byte": In(8), "done": In(1), "broken": In(1), "sampled": In(1), "bit": In(1),
            "expired": In(1),
            "write": Out(1), "index": Out(index_bits),
            "begin": Out(1), "check": Out(1), "expected": In(1),
            "received": Out(1), "length": Out(index_bits), "release": In(1),
            "dropped": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        high = len(self.length) - 8
        too_long, mismatch = Signal(), Signal()
        count = Signal(range(CRC_BYTES))
        lost = self.broken | self.expired

        with m.FSM():
            with m.State("HUNT"):
                m.d.sync += self.index.eq(-_HEADER)
                with m.If(self.done & (self.byte == SYNC)):
                    m.d.comb += self.begin.eq(1)
                    m.next = "HEADER"
            with m.State("HEADER"):
                with m.If(lost):
                    m.d.comb += self.dropped.eq(1)
                    m.next = "HUNT"
                with m.Elif(self.done):
                    m.d.comb += self.write.eq(1)
                    with m.If(self.index[:2] == 2):
                        m.d.sync += self.length[:8].eq(self.byte)
                    with m.If(self.index[:2] == 3):
                        m.d.sync += [self.length[8:].eq(self.byte),
                                     too_long.eq(self.byte[high:].any())]
                        m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                m.d.sync += [mismatch.eq(0), count.eq(0)]
                with m.If(lost | too_long | (self.length > self.limit)):
                    m.d.comb += self.dropped.eq(1)
                    m.next = "HUNT"
                with m.Elif(self.index == self.length):
                    m.next = "CHECK"
                with m.Elif(self.done):
                    m.d.comb += self.write.eq(1)
            with m.State("CHECK"):
                m.d.comb += self.check.eq(1)
                with m.If(self.sampled & (self.bit != self.expected)):
                    m.d.sync += mismatch.eq(1)
                with m.If(lost):
                    m.d.comb += self.dropped.eq(1)
                    m.next = "HUNT"
                with m.Elif(self.done):
                    m.d.sync += count.eq(count + 1)
                    with m.If(count == CRC_BYTES - 1):
                        m.d.comb += self.dropped.eq(mismatch)
                        m.next = "OFFER"
                        with m.If(mismatch):
                            m.next = "HUNT"
            with m.State("OFFER"):
                m.d.comb += self.received.eq(1)
                with m.If(self.release):
                    m.next = "HUNT"
        with m.If(self.write):
            m.d.sync += self.index.eq(self.index + 1)
        return m
