"""The checksum of frames, a bit at a time."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["SerialCrc"]

_POLYNOMIAL = 0xEDB88320
"""CRC-32 of IEEE 802.3, reflected: bits enter in the order in which a UART sends them."""


class SerialCrc(wiring.Component):
    """``zlib.crc32`` of the bits since ``clear``, which then leaves in the same order.

    Timing: one bit per cycle in which ``shift`` is set; ``head`` follows in the next cycle.
    Cost: 32 registers.

    Members
    -------
    clear : :py:`In(1)`
        Start anew.
    shift, bit : :py:`In(1)`
        Take one bit.
    emit : :py:`In(1)`
        With ``shift``: move on to the next bit of the checksum instead.
    head : :py:`Out(8)`
        The next 8 bits of the checksum.
    mismatch : :py:`Out(1)`
        Since ``clear``, a bit was not that of the checksum it was compared with, with ``emit``.
    """

    def __init__(self):
        super().__init__({
            "clear": In(1), "shift": In(1), "bit": In(1), "emit": In(1), "head": Out(8),
            "mismatch": Out(1)})

    def elaborate(self, platform):
        m = Module()
        remainder = Signal(32, init=0xFFFFFFFF)
        feedback = (remainder[0] ^ self.bit) & ~self.emit
        m.d.comb += self.head.eq(~remainder[:8])
        with m.If(self.shift):
            m.d.sync += remainder.eq((remainder >> 1) ^ Mux(feedback, _POLYNOMIAL, 0))
            with m.If(self.emit & (self.bit != self.head[0])):
                m.d.sync += self.mismatch.eq(1)
        with m.If(self.clear):
            m.d.sync += [remainder.eq(0xFFFFFFFF), self.mismatch.eq(0)]
        return m
