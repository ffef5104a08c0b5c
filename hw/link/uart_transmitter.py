"""Bytes to the transmit line of a UART."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["UartTransmitter"]


class UartTransmitter(wiring.Component):
    """Sends each byte as a start bit (0), 8 data bits, least significant first, a stop bit (1).

    Timing: a byte takes ``10 * divisor + 1`` cycles; ``i`` stalls meanwhile.

    Parameters
    ----------
    divisor
        Clock cycles per bit, at least 4.

    Members
    -------
    i : :py:`In(stream.Signature(8))`
    tx : :py:`Out(1)`
    shifted, bit : :py:`Out(1)`
        A data bit ends in this cycle.
    """

    def __init__(self, divisor: int):
        self.divisor = divisor
        super().__init__({
            "i": In(stream.Signature(8)), "tx": Out(1, init=1),
            "shifted": Out(1), "bit": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        # Counts down to -1: the sign is the comparison.
        timer = Signal(signed(self.divisor.bit_length() + 1))
        bits = Signal(9, init=-1)
        left = Signal(4)
        tick = timer[-1]
        m.d.comb += [
            self.i.ready.eq(left == 0), self.tx.eq(bits[0]), self.bit.eq(bits[0]),
            self.shifted.eq(tick & (left != 10) & (left != 1)),
        ]
        with m.If(self.i.ready):
            m.d.sync += timer.eq(self.divisor - 2)
            with m.If(self.i.valid):
                m.d.sync += [bits.eq(Cat(0, self.i.payload)), left.eq(10)]
        with m.Else():
            m.d.sync += timer.eq(Mux(tick, self.divisor - 2, timer - 1))
            with m.If(tick):
                m.d.sync += [bits.eq(Cat(bits[1:], 1)), left.eq(left - 1)]
        return m
