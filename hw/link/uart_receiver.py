"""Bits and bytes from the receive line of a UART."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

__all__ = ["UartReceiver"]


class UartReceiver(wiring.Component):
    """Receives 8 data bits, least significant first, between a start bit (0) and a stop bit (1).

    A bit is sampled once, in its middle. A start bit that is over by its middle was a disturbance;
    a byte without a stop bit is broken, and after it the line has to be 1 before the next one.

    Timing: ``done`` comes in the middle of the stop bit, two or three cycles late. The next byte
    may begin in the cycle after it; senders may be 2 % too fast or too slow.

    Parameters
    ----------
    divisor
        Clock cycles per bit, at least 4.

    Members
    -------
    rx : :py:`In(1)`
        Asynchronous.
    shifted, bit : :py:`Out(1)`
        A data bit is certain: the bit after it has come, too.
    done, broken : :py:`Out(1)`
        A byte is complete; or it would be, but its stop bit is 0.
    byte : :py:`Out(8)`
        With ``done``.
    """

    def __init__(self, divisor: int):
        self.divisor = divisor
        super().__init__({
            "rx": In(1, init=1), "shifted": Out(1), "bit": Out(1),
            "done": Out(1), "broken": Out(1), "byte": Out(8),
        })

    def elaborate(self, platform):
        m = Module()
        line = Signal(init=1)
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        # Counts down to -1: the sign is the comparison.
        timer = Signal(signed(self.divisor.bit_length() + 1))
        left = Signal(3)
        tick = timer[-1]
        m.d.comb += self.bit.eq(self.byte[7])
        m.d.sync += timer.eq(Mux(tick, self.divisor - 2, timer - 1))

        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += timer.eq(self.divisor // 2 - 2)
                with m.If(~line):
                    m.next = "START"
            with m.State("START"):
                with m.If(tick & line):
                    m.next = "IDLE"
                with m.Elif(tick):
                    m.d.sync += left.eq(7)
                    m.next = "DATA"
            with m.State("DATA"):
                with m.If(tick):
                    m.d.comb += self.shifted.eq(left != 7)
                    m.d.sync += [self.byte.eq(Cat(self.byte[1:], line)), left.eq(left - 1)]
                    with m.If(left == 0):
                        m.next = "STOP"
            with m.State("STOP"):
                with m.If(tick):
                    m.d.comb += [self.shifted.eq(1), self.done.eq(line), self.broken.eq(~line)]
                    m.next = "IDLE"
                    with m.If(~line):
                        m.next = "RECOVER"
            with m.State("RECOVER"):
                with m.If(line):
                    m.next = "IDLE"
        return m
