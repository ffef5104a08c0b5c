"""Sends the sums of the classification head to the host."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import RESULT, address_bits

__all__ = ["Logits"]


class Logits(wiring.Component):
    """``value[image][o] = bias[o] + sum over the lanes of the image of sums[lane][o]``.

    Timing: one lane of one channel per cycle and one result per image and channel: a pass takes
    ``lanes * pass_channels`` cycles and what the result stream stalls. ``busy`` from the cycle
    after ``valid`` until the pass is sent; ``valid`` must not come while it is.
    Cost: one adder, a multiplexer of the sums.

    Members
    -------
    valid : :py:`In(1)`
    end : :py:`In(1)`
        With ``valid``: last pass of the command.
    label : :py:`In(address_bits(config))`
        Label of channel 0.
    sums : :py:`In(signed(accumulator_bits)).array(lanes, pass_channels)`
    bias : :py:`In(signed(param_bits)).array(pass_channels)`
        Both constant while ``busy``.
    chain : :py:`In(2)`
    results : :py:`Out(stream.Signature(RESULT))`
    busy, done : :py:`Out(1)`
        ``done`` when the last result of the command has been taken.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "valid": In(1), "end": In(1), "label": In(address_bits(config)),
            "sums": In(signed(config.accumulator_bits)).array(config.lanes, config.pass_channels),
            "bias": In(signed(config.param_bits)).array(config.pass_channels),
            "chain": In(2),
            "results": Out(stream.Signature(RESULT)),
            "busy": Out(1), "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        # Lanes add at most three bits.
        total = Signal(signed(config.param_bits + 4))
        label = Signal(address_bits(config))
        lane = Signal(range(config.lanes + 1))
        channel = Signal(range(config.pass_channels + 1))
        end = Signal()
        wide, deep = (config.lanes - 1).bit_length(), (config.pass_channels - 1).bit_length()
        chain = self.chain if len(config.chains) > 1 else config.chains[0]
        span = (1 << chain) - 1
        result = self.results.payload
        blocked = self.results.valid & ~self.results.ready

        with m.If(self.results.ready):
            m.d.sync += self.results.valid.eq(0)
        m.d.comb += self.done.eq(self.busy & (channel == config.pass_channels) & ~blocked & end)
        with m.If(self.valid):
            m.d.sync += [
                label.eq(self.label), lane.eq(0), channel.eq(0), end.eq(self.end),
                self.busy.eq(1), total.eq(0),
            ]
        with m.Elif(self.busy & ~blocked):
            with m.If(channel == config.pass_channels):
                m.d.sync += self.busy.eq(0)
            with m.Else():
                now = Signal(total.shape())
                lanes = [Array(pass_[o] for pass_ in self.sums)[lane[:wide]]
                         for o in range(config.pass_channels)]
                m.d.comb += now.eq(total + Array(lanes)[channel[:deep]])
                m.d.sync += [total.eq(now), lane.eq(lane + 1)]
                with m.If((lane & span) == span):
                    m.d.sync += [
                        self.results.valid.eq(1), total.eq(0),
                        result.image.eq(lane >> chain), result.label.eq(label),
                        result.value.eq(now + Array(self.bias)[channel[:deep]]),
                    ]
                with m.If(lane == config.lanes - 1):
                    m.d.sync += [lane.eq(0), channel.eq(channel + 1), label.eq(label + 1)]
        return m
