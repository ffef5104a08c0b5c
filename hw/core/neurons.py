"""Time-step-parallel leaky integrate-and-fire neurons."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import INFO

__all__ = ["Neurons"]


class Neurons(wiring.Component):
    """LIF neurons of one pass at one pixel, all lanes in one word.

    ``X = (sum << fraction) + bias; V = (V + X) >> 1; spike = V >= threshold; V = 0 on a spike``,
    the recurrence unrolled over the lanes of an image: lane l continues the membrane of lane l - 1
    unless it starts an image, ``l % 2**chain == 0``. No membrane is stored
    (``spikformer.md`` section 2: the arithmetic shift is exact for integers).

    Timing: latency :py:`lanes + 1` cycles; one word per cycle, never stalls; the membrane moves
    one lane per cycle. ``bias``, ``threshold`` and ``fraction`` are sampled with ``sums``.
    Cost: two adders, one comparison and the skew registers per neuron.

    Members
    -------
    valid : :py:`In(1)`
    info : :py:`In(INFO)`
        Travels with the word.
    sums : :py:`In(signed(accumulator_bits)).array(lanes, pass_channels)`
    bias, threshold : :py:`In(signed(param_bits)).array(pass_channels)`
    fraction : :py:`In(3)`
    chain : :py:`In(2)`
        log2 of the time steps per image; constant while words are in flight.
    lane_mask : :py:`In(lanes)`
        Lanes whose bit is clear never spike.
    fired : :py:`Out(1)`
        ``spikes`` and ``fired_info`` are present.
    spikes : :py:`Out(pass_channels).array(lanes)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        params = signed(config.param_bits)
        super().__init__({
            "valid": In(1),
            "info": In(INFO),
            "sums": In(signed(config.accumulator_bits)).array(config.lanes, config.pass_channels),
            "bias": In(params).array(config.pass_channels),
            "threshold": In(params).array(config.pass_channels),
            "fraction": In(3),
            "chain": In(2),
            "lane_mask": In(config.lanes),
            "fired": Out(1),
            "fired_info": Out(INFO),
            "spikes": Out(config.pass_channels).array(config.lanes),
        })

    @staticmethod
    def latency(config: CoreConfig) -> int:
        """Cycles from ``valid`` to ``fired``."""
        return config.lanes + 1

    def elaborate(self, platform):
        m = Module()
        config = self.config

        def delayed(value, stages, name):
            for stage in range(stages):
                register = Signal(value.shape(), name=f"{name}_{stage}", reset_less=True)
                m.d.sync += register.eq(value)
                value = register
            return value

        valid = self.valid
        for stage in range(self.latency(config)):
            register = Signal(name=f"valid_{stage}")
            m.d.sync += register.eq(valid)
            valid = register
        m.d.comb += self.fired.eq(valid)
        info = delayed(self.info.as_value(), self.latency(config), "info")
        m.d.comb += self.fired_info.as_value().eq(info)

        fired = [[] for _ in range(config.lanes)]
        for o in range(config.pass_channels):
            threshold = delayed(self.threshold[o], 1, f"threshold_{o}")
            membrane = C(0, signed(config.param_bits + 1))
            for lane in range(config.lanes):
                x = Signal(signed(config.param_bits + 1), name=f"x_{lane}_{o}", reset_less=True)
                m.d.sync += x.eq((self.sums[lane][o] << self.fraction) + self.bias[o])
                x = delayed(x, lane, f"x_{lane}_{o}")
                membrane, spike = self.fire(m, x, membrane, threshold, lane, o)
                threshold = delayed(threshold, 1, f"threshold_{lane}_{o}")
                spike &= self.lane_mask[lane]
                fired[lane].append(delayed(spike, config.lanes - 1 - lane, f"late_{lane}_{o}"))
        m.d.comb += [self.spikes[lane].eq(Cat(bits)) for lane, bits in enumerate(fired)]
        return m

    def fire(self, m, x, membrane, threshold, lane, o):
        """One time step of one neuron; returns the registered (membrane, spike)."""
        starts = Const(0)
        for chain in range(4):
            if lane % (1 << chain) == 0:
                starts |= self.chain == chain
        if lane == 0:
            starts = Const(1)
        bits = self.config.param_bits + 1
        potential = Signal(signed(bits), name=f"potential_{lane}_{o}")
        spike = Signal(name=f"spike_{lane}_{o}", reset_less=True)
        after = Signal(signed(bits), name=f"membrane_{lane}_{o}", reset_less=True)
        crosses = potential >= threshold
        m.d.comb += potential.eq((Mux(starts, 0, membrane) + x) >> 1)
        m.d.sync += [spike.eq(crosses), after.eq(Mux(crosses, 0, potential))]
        return after, spike
