"""Sums of two weights each, gated by two spikes."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["GatedAdds", "gated_members"]


def gated_members(pairs: int, weight_bits: int) -> dict:
    """Ports of gated additions: two spikes, two weights and one sum for each pair."""
    return {
        "spikes": In(2).array(pairs),
        "weights": In(signed(weight_bits)).array(pairs, 2),
        "sums": Out(weight_bits + 1).array(pairs),
    }


class GatedAdds(wiring.Component):
    """Adds pairs of weights where their spikes are set, lifted above the least possible sum.

    ``sums[k] = 2**weight_bits + sum over j of spikes[k][j] * weights[k][j]``: never negative, so
    that whoever adds them up needs no sign extension.

    Timing: combinational.
    Cost: a gate for each bit of a weight, and weight_bits + 1 bits of an adder for each pair.

    Members
    -------
    spikes : :py:`In(2).array(pairs)`
    weights : :py:`In(signed(weight_bits)).array(pairs, 2)`
    sums : :py:`Out(weight_bits + 1).array(pairs)`
    """

    def __init__(self, pairs: int, weight_bits: int):
        self.pairs, self.weight_bits = pairs, weight_bits
        super().__init__(gated_members(pairs, weight_bits))

    def elaborate(self, platform):
        m = Module()
        # With its sign bit inverted a number is itself plus 2**(weight_bits - 1), unsigned.
        sign = C(1 << self.weight_bits - 1, self.weight_bits)

        def term(k, j):
            gate = self.spikes[k][j].replicate(self.weight_bits)
            return Cat((self.weights[k][j].as_unsigned() & gate) ^ sign, C(0, 1))

        pairs = range(self.pairs)
        m.d.comb += Cat(self.sums).eq(Cat(term(k, 0) for k in pairs)
                                      + Cat(term(k, 1) for k in pairs))
        return m
