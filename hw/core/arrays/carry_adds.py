"""Several sums in one chain of ECP5 carry cells."""
from amaranth import *
from amaranth.lib import wiring

from .adds import adds_members
from .carry_chain import ADD, STOP, STOP_INVERTED, carry_chain

__all__ = ["CarryAdds"]


class CarryAdds(wiring.Component):
    """:class:`.Adds`, laid out by hand.

    Yosys notices that no carry crosses from one sum to the next, and cuts a long addition into
    short ones, each of which costs two cells to begin and to end; it leaves cells alone.

    Timing: combinational. Cost: ``bits + 1`` half cells for each sum, one more with ``lift``.

    Members
    -------
    a, b, sums
        See :class:`.Adds`.
    """

    def __init__(self, fields: int, bits: int, lift: bool = False):
        self.bits, self.lift = bits, lift
        super().__init__(adds_members(fields, bits))

    def elaborate(self, platform):
        m = Module()
        halves = []
        for a, b, sums in zip(self.a, self.b, self.sums, strict=True):
            halves += [(ADD, (a[bit], C(1, 1), b[bit], C(1, 1)), sums[bit])
                       for bit in range(self.bits)]
            if self.lift:
                halves += [(STOP_INVERTED, (), sums[self.bits]),
                           (STOP, (), Signal(name="stopped"))]
            else:
                halves += [(STOP, (), sums[self.bits])]
        carry_chain(m, halves)
        return m
