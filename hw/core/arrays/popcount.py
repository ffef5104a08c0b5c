"""Dot products as weighted sums of popcounts."""
from amaranth import *
from amaranth.lib import wiring

from ...config import CoreConfig
from .form import form_members

__all__ = ["PopcountArray"]


def repeat(value: int, width: int, total: int) -> int:
    """``value`` in every field of ``width`` bits of a ``total``-bit constant."""
    return sum(value << shift for shift in range(0, total, width))


def widen(packed: Value, width: int, mask: Signal) -> Value:
    """Add neighbouring fields of ``width`` bits into fields of twice the width; ``mask`` selects
    every other field. The upper half of the top field of a mask is zero: without it the sum needs
    no bit beyond those of ``packed``."""
    total = len(packed)
    return ((packed & mask)[:total - width] + (packed[width:] & mask)[:total - width])[:total]


def pack_fields(config: CoreConfig) -> tuple[int, int]:
    """(bits of a lane's field, lanes per machine word) of the packed arithmetic."""
    field = max(config.word_channels, 8 if config.weight_bits == 4 else 16)
    return field, max(1, min(config.lanes, 64 // field))


class PopcountArray(wiring.Component):
    """Counts the spikes under each bit-plane of the weights.

    ``dots[l][o] = sum over b of 2**b * popcount(words[l] & weights[o][b])``, the sign plane
    subtracted. Lanes that fit 64 bits together share one packed addition (fields never overflow
    into each other), which is what makes it fast in simulation.

    Timing: latency :py:`form.LATENCY` cycles, one word per cycle.
    Cost: lanes * word_channels * pass_channels * weight_bits gates, and as many counted.

    Members
    -------
    words, weights, dots
        See :func:`.form_members`.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__(form_members(config))

    def elaborate(self, platform):
        m = Module()
        config = self.config
        field, share = pack_fields(config)

        # Masks are registers that keep their initial value, which synthesis turns into constants:
        # Amaranth splits an operation with a constant into bits, and simulators pay for each.
        masks = {}
        for step in range(field.bit_length() - 1):
            value = repeat((1 << (1 << step)) - 1, 2 << step, field * share)
            masks[step] = Signal(field * share, name=f"mask_{step}", init=value,
                                 reset_less=True)
            m.d.sync += masks[step].eq(masks[step])

        for first in range(0, config.lanes, share):
            lanes = range(first, first + share)
            word = Signal(field * share, name=f"word_{first}")
            m.d.comb += word.eq(Cat(Cat(self.words[lane], C(0, field - config.word_channels))
                                    for lane in lanes))
            for o in range(config.pass_channels):
                planes = [self.weights[o][b] for b in range(config.weight_bits)]
                self.dot(m, word, planes, lanes, o, masks)
        return m

    def dot(self, m, word, planes, lanes, o, masks):
        """One output for all lanes packed in ``word``."""
        config = self.config
        field, share = pack_fields(config)
        total, first = len(word), lanes[0]
        # Width at which a weighted sum of popcounts fits a field: 8 * 15 < 2**8, 16 * 255 < 2**16.
        width = 8 if config.weight_bits == 4 else 16

        counts = []
        for b, plane in enumerate(planes):
            padded = Cat(plane, C(0, field - config.word_channels)).replicate(share)
            level = word & padded
            for step in range(width.bit_length() - 1):
                level = self.name(m, widen(level, 1 << step, masks[step]),
                                  f"bits_{first}_{o}_{b}_{step}")
            count = Signal(total, name=f"count_{first}_{o}_{b}", reset_less=True)
            m.d.sync += count.eq(level)
            counts.append(count)

        # The sign plane is subtracted from a constant, so that no field borrows from its neighbour.
        sign = len(planes) - 1
        offset = repeat(width << sign, width, total)
        weighted = Cat((C(offset, total - 1)
                        - Cat(C(0, sign), counts[sign][:total - 1 - sign]))[:total - 1], C(0, 1))
        for b, count in enumerate(counts[:sign]):
            shifted = Cat(C(0, b), count[:total - b])
            weighted = (weighted[:total - 1] + shifted[:total - 1])[:total]
            weighted = self.name(m, weighted, f"weighted_{first}_{o}_{b}")
        partial = Signal(total, name=f"partial_{first}_{o}", reset_less=True)
        m.d.sync += partial.eq(weighted)

        level = partial
        for step in range(width.bit_length() - 1, field.bit_length() - 1):
            level = self.name(m, widen(level, 1 << step, masks[step]), f"sum_{first}_{o}_{step}")
        for position, lane in enumerate(lanes):
            m.d.sync += self.dots[lane][o].eq(
                level[position * field:][:field] - (field << sign))

    @staticmethod
    def name(m, value, name):
        """Give an intermediate value a signal: flat names keep the generated Verilog readable."""
        signal = Signal(len(value), name=name)
        m.d.comb += signal.eq(value)
        return signal
