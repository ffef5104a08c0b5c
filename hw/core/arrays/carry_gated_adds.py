"""Gated additions in the carry cells of ECP5."""
from amaranth import *
from amaranth.lib import wiring

from .carry_chain import ADD, ADD_INVERTED, STOP, carry_chain
from .gated_adds import gated_members

__all__ = ["CarryGatedAdds"]


class CarryGatedAdds(wiring.Component):
    """:class:`.GatedAdds` with the gates inside of the adder: half a carry cell for each bit.

    All pairs share one chain:

    ::

        | bits 0 .. W-1 of pair 0 | sign, inverted | stop | bits of pair 1 | ...

    The sign of the sum inverted is the sum plus ``2**W``. What the carry out of that bit is does
    not matter, as the next half cell stops it.

    Timing: combinational. Cost: weight_bits + 2 half cells for each pair.

    Members
    -------
    spikes, weights, sums
        See :class:`.GatedAdds`.
    """

    def __init__(self, pairs: int, weight_bits: int):
        self.pairs, self.weight_bits = pairs, weight_bits
        super().__init__(gated_members(pairs, weight_bits))

    def elaborate(self, platform):
        m = Module()
        halves = []
        for spikes, weights, sums in zip(self.spikes, self.weights, self.sums, strict=True):
            def inputs(bit, spikes=spikes, weights=weights):
                return spikes[0], weights[0][bit], spikes[1], weights[1][bit]
            halves += [(ADD, inputs(bit), sums[bit]) for bit in range(self.weight_bits)]
            halves += [(ADD_INVERTED, inputs(self.weight_bits - 1), sums[self.weight_bits]),
                       (STOP, (), Signal(name="stopped"))]
        carry_chain(m, halves)
        return m
