"""Several sums of two unsigned numbers, side by side in one long addition."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Adds", "adds_members"]


def adds_members(fields: int, bits: int) -> dict:
    """Ports of additions: ``fields`` sums of two numbers of ``bits`` bits."""
    return {
        "a": In(bits).array(fields), "b": In(bits).array(fields),
        "sums": Out(bits + 1).array(fields),
    }


class Adds(wiring.Component):
    """``sums[k] = a[k] + b[k]``; with ``lift``, minus ``2**bits`` as a signed number.

    Timing: combinational. Cost: one adder of ``bits + 1`` bits for each sum, one more with
    ``lift``.

    Members
    -------
    a, b : :py:`In(bits).array(fields)`
    sums : :py:`Out(bits + 1).array(fields)`
    """

    def __init__(self, fields: int, bits: int, lift: bool = False):
        self.bits, self.lift = bits, lift
        super().__init__(adds_members(fields, bits))

    def elaborate(self, platform):
        m = Module()
        # Taking 2**bits off is inverting the top bit; the bit above it keeps the carry of that
        # from the next field.
        pads = [(C(1, 2), C(0, 2))] if self.lift else [(C(0, 1), C(0, 1))]
        (high, low), = pads
        total = Signal(sum(self.bits + len(high) for _ in self.sums))
        m.d.comb += total.eq(Cat(Cat(a, high) for a in self.a) + Cat(Cat(b, low) for b in self.b))
        for k, field in enumerate(self.sums):
            m.d.comb += field.eq(total.word_select(k, self.bits + len(high)))
        return m
