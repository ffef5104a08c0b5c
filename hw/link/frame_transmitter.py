"""Puts the sync byte before a frame and its checksum behind it."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import CRC_BYTES, SYNC

__all__ = ["REPLY_BYTE", "FrameTransmitter"]

REPLY_BYTE = data.StructLayout({"data": 8, "last": 1})


class FrameTransmitter(wiring.Component):
    """Sends ``i``, from a frame's kind to the end of its payload, as a whole frame.

    Timing: combinational from ``i`` to ``o``; ``i`` stalls while the sync byte and the checksum
    are sent.

    Members
    -------
    i : :py:`In(stream.Signature(REPLY_BYTE))`
    o : :py:`Out(stream.Signature(8))`
        To a UART that is ready when all bits of the byte before are sent.
    begin, emit : :py:`Out(1)`
        To the checksum unit: clear; and the bits on the line are its own.
    head : :py:`In(8)`
        Next byte of the checksum.
    sending : :py:`Out(1)`
    done : :py:`Out(1)`
        The last bit of the frame was sent.
    """

    def __init__(self):
        super().__init__({
            "i": In(stream.Signature(REPLY_BYTE)), "o": Out(stream.Signature(8)),
            "begin": Out(1), "emit": Out(1), "head": In(8),
            "sending": Out(1), "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        left = Signal(range(CRC_BYTES + 1))
        taken = self.o.valid & self.o.ready
        m.d.comb += [self.sending.eq(1), self.o.payload.eq(self.head)]

        with m.FSM():
            with m.State("SYNC"):
                m.d.comb += [self.sending.eq(0), self.o.valid.eq(self.i.valid),
                             self.o.payload.eq(SYNC)]
                with m.If(taken):
                    m.next = "FIRST"
            with m.State("FIRST"):
                # Here, because the bits of the sync byte are on the line until it is taken.
                m.d.comb += [self.begin.eq(1), self.o.valid.eq(self.i.valid),
                             self.o.payload.eq(self.i.p.data), self.i.ready.eq(self.o.ready)]
                with m.If(taken):
                    m.next = "BODY"
            with m.State("BODY"):
                m.d.comb += [self.o.valid.eq(self.i.valid),
                             self.o.payload.eq(self.i.p.data), self.i.ready.eq(self.o.ready)]
                m.d.sync += left.eq(CRC_BYTES - 1)
                with m.If(taken & self.i.p.last):
                    m.next = "SEAL"
            with m.State("SEAL"):
                # The last byte of the body is still on the line.
                m.d.comb += self.o.valid.eq(1)
                with m.If(taken):
                    m.next = "CHECKSUM"
            with m.State("CHECKSUM"):
                m.d.comb += [self.emit.eq(1), self.o.valid.eq(left != 0)]
                with m.If(taken):
                    m.d.sync += left.eq(left - 1)
                with m.If((left == 0) & self.o.ready):
                    m.d.comb += self.done.eq(1)
                    m.next = "SYNC"
        return m
