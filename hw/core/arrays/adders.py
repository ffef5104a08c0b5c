"""Dot products as trees of additions."""
from itertools import pairwise

from amaranth import *
from amaranth.lib import wiring

from ...config import CoreConfig
from .adds import Adds
from .form import LATENCY, form_members
from .gated_adds import GatedAdds

__all__ = ["AdderArray"]

_CHAIN_BITS = 64
"""Additions side by side share a carry chain of about so many bits: chains cost cells to begin
and to end, and time to cross."""


class AdderArray(wiring.Component):
    """Adds the gated weights of each lane and output in a tree.

    ::

        spikes, weights --> pairs --> + --> z --> + --> + --> z --> + --> dots

    The first level, :class:`.GatedAdds`, lifts every sum of a pair above zero. No carry leaves the
    sums of non-negative numbers, so that many of them lie side by side in one long addition, and
    the last one takes off what the first level added: by ``2**(dot_bits - 1)``, which is its
    uppermost bit.

    Timing: latency :py:`LATENCY` cycles, one word per cycle.
    Cost: for each dot product word_channels * weight_bits gates, and adders of ``word_channels *
    (weight_bits + 1)`` bits, counted together.

    Parameters
    ----------
    gated_adds
        Component of the first level: made from pairs and weight bits, ports of
        :func:`.gated_members`.

    Members
    -------
    words, weights, dots
        See :func:`.form_members`.
    """

    def __init__(self, config: CoreConfig, gated_adds=GatedAdds, adds=Adds):
        self.config = config
        self.gated_adds, self.adds = gated_adds, adds
        super().__init__(form_members(config))

    def elaborate(self, platform):
        m = Module()
        config = self.config
        levels = config.word_channels.bit_length() - 1
        # Registers in front of each level, as evenly as they can be spread, and of the result.
        places = [level * LATENCY // levels for level in range(levels)] + [LATENCY]
        delays = [after - before for before, after in pairwise(places)]
        for o in range(config.pass_channels):
            sums = [self.pairs(m, lane, o) for lane in range(config.lanes)]
            for level in range(1, levels):
                sums = [self.delayed(m, row, delays[level - 1], f"sum_{lane}_{o}_{level}")
                        for lane, row in enumerate(sums)]
                sums = self.halved(m, sums, f"adds_{o}_{level}", level == levels - 1)
            for lane, row in enumerate(sums):
                dot, = self.delayed(m, row, delays[-1] - 1, f"dot_{lane}_{o}")
                m.d.sync += self.dots[lane][o].eq(dot)
        return m

    def pairs(self, m, lane, o):
        """Sums of the pairs of one dot product."""
        config = self.config
        width = max(1, _CHAIN_BITS // (config.weight_bits + 2))
        sums = []
        for first in range(0, config.word_channels // 2, width):
            pairs = range(first, min(first + width, config.word_channels // 2))
            adds = self.gated_adds(len(pairs), config.weight_bits)
            m.submodules[f"pairs_{lane}_{o}_{first}"] = adds
            for k, pair in enumerate(pairs):
                channels = (2 * pair, 2 * pair + 1)
                m.d.comb += [adds.spikes[k][j].eq(self.words[lane][c])
                             for j, c in enumerate(channels)]
                m.d.comb += [adds.weights[k][j].eq(Cat(plane[c] for plane in self.weights[o]))
                             for j, c in enumerate(channels)]
            sums += [adds.sums[k] for k in range(len(pairs))]
        return sums

    @staticmethod
    def delayed(m, values, cycles, name):
        for cycle in range(cycles):
            registers = [Signal(value.shape(), name=f"{name}_{k}_{cycle}", reset_less=True)
                         for k, value in enumerate(values)]
            m.d.sync += [register.eq(value)
                         for register, value in zip(registers, values, strict=True)]
            values = registers
        return values

    def halved(self, m, rows, name, lift):
        """Neighbours of each row added, in few long chains."""
        operands = [(lane, row[k], row[k + 1]) for lane, row in enumerate(rows)
                    for k in range(0, len(row), 2)]
        bits = len(operands[0][1])
        width = max(1, _CHAIN_BITS // (bits + 1 + lift))
        result = [[] for _ in rows]
        for first in range(0, len(operands), width):
            part = operands[first:first + width]
            m.submodules[f"{name}_{first}"] = adds = self.adds(len(part), bits, lift)
            for k, (lane, a, b) in enumerate(part):
                m.d.comb += [adds.a[k].eq(a), adds.b[k].eq(b)]
                result[lane].append(adds.sums[k])
        return result
