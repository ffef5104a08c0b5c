"""Time-step-parallel leaky integrate-and-fire neurons."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import info_layout

__all__ = ["Neurons"]


class Neurons(wiring.Component):
    """LIF neurons of one pass at one pixel, all lanes in one word.

    ``X = sum + bias; V = (V + X) >> 1; spike = V >= threshold; V = 0 on a spike``,
    the recurrence unrolled over the lanes of an image: lane l continues the membrane of lane l - 1
    unless it starts an image, ``l % 2**chain == 0``. No membrane is stored
    (``spikformer.md`` section 2: the arithmetic shift is exact for integers).

    Where the membrane passes a single lane per cycle, that cycle is kept short: the sum of its
    comparison, ``V + X >= 2 threshold``, has ``X - 2 threshold`` from the cycle before.

    Timing: latency :py:`lanes / neuron_lanes + 1` cycles, and one more with a single lane per
    cycle; one word per cycle, never stalls; the membrane passes ``neuron_lanes`` lanes per cycle.
    ``bias`` and ``threshold`` are sampled with ``sums``.
    Cost: two adders, one comparison and the skew registers per neuron; with a single lane per
    cycle, another adder.

    Members
    -------
    valid : :py:`In(1)`
    info : :py:`In(info_layout(config))`
        Travels with the word.
    sums : :py:`In(signed(drive_bits)).array(lanes, pass_channels)`
        In units of ``bias``.
    bias, threshold : :py:`In(signed(param_bits)).array(pass_channels)`
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
            "info": In(info_layout(config)),
            "sums": In(signed(config.drive_bits)).array(config.lanes, config.pass_channels),
            "bias": In(params).array(config.pass_channels),
            "threshold": In(params).array(config.pass_channels),
            "chain": In(2),
            "lane_mask": In(config.lanes),
            "fired": Out(1),
            "fired_info": Out(info_layout(config)),
            "spikes": Out(config.pass_channels).array(config.lanes),
        })

    @staticmethod
    def latency(config: CoreConfig) -> int:
        """Cycles from ``valid`` to ``fired``."""
        return config.lanes // config.neuron_lanes + 1 + Neurons.ahead(config)

    @staticmethod
    def ahead(config: CoreConfig) -> int:
        """Cycles in which a comparison is prepared."""
        return int(config.neuron_lanes == 1)

    def elaborate(self, platform):
        m = Module()
        config = self.config

        # moving[k]: a word is k cycles into the pipeline. Registers move with it only, which saves
        # power, and the time of simulations.
        moving = [self.valid]
        for stage in range(1, self.latency(config) + 1):
            moving.append(Signal(name=f"moving_{stage}"))
            m.d.sync += moving[stage].eq(moving[stage - 1])

        def delayed(value, first, stages, name):
            for stage in range(first, first + stages):
                register = Signal(value.shape(), name=f"{name}_{stage}", reset_less=True)
                with m.If(moving[stage]):
                    m.d.sync += register.eq(value)
                value = register
            return value

        info = delayed(self.info.as_value(), 0, self.latency(config), "info")
        m.d.comb += [self.fired.eq(moving[-1]), self.fired_info.as_value().eq(info)]

        ahead = self.ahead(config)
        fired = [[] for _ in range(config.lanes)]
        for o in range(config.pass_channels):
            threshold = self.threshold[o]
            membrane = C(0, signed(config.param_bits + 1))
            for lane in range(config.lanes):
                stage = lane // config.neuron_lanes
                if lane % config.neuron_lanes == 0:
                    threshold = delayed(threshold, stage, 1, f"threshold_{o}")
                    membrane = delayed(membrane, stage + ahead, min(stage, 1), f"membrane_{o}")
                x = Signal(signed(config.param_bits + 1), name=f"x_{lane}_{o}", reset_less=True)
                with m.If(self.valid):
                    m.d.sync += x.eq(self.sums[lane][o] + self.bias[o])
                x = delayed(x, 1, stage, f"x_{lane}_{o}")
                excess = delayed(x - (threshold << 1), stage + 1, ahead, f"excess_{lane}_{o}")
                x = delayed(x, stage + 1, ahead, f"x_{lane}_{o}")
                membrane, spike = self.fire(m, membrane, (x, excess, threshold), lane, o)
                fired[lane].append(delayed(
                    spike & self.lane_mask[lane], stage + 1 + ahead,
                    config.lanes // config.neuron_lanes - stage, f"spike_{lane}_{o}"))
        m.d.comb += [self.spikes[lane].eq(Cat(bits)) for lane, bits in enumerate(fired)]
        return m

    def fire(self, m, membrane, drive, lane, o):
        """One time step of one neuron; returns (membrane, spike)."""
        x, excess, threshold = drive
        chains = self.config.chains
        starts = Cat(self.chain == chain if len(chains) > 1 else 1
                     for chain in chains if lane % (1 << chain) == 0).any()
        bits = self.config.param_bits + 1
        potential = Signal(signed(bits), name=f"potential_{lane}_{o}")
        spike = Signal(name=f"crosses_{lane}_{o}")
        after = Signal(signed(bits), name=f"after_{lane}_{o}")
        before = Mux(starts, 0, membrane)
        m.d.comb += [
            potential.eq((before + x) >> 1), after.eq(Mux(spike, 0, potential)),
            spike.eq(before + excess >= 0 if self.ahead(self.config) else potential >= threshold),
        ]
        return after, spike
