"""Sends the sums of the classification head to the host."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import ADDRESS_BITS, RESULT

__all__ = ["Logits"]


class Logits(wiring.Component):
    """``value[image][o] = bias[o] + sum over the lanes of the image of sums[lane][o]``.

    Timing: one lane of one channel per cycle and one result per image and channel: a pass takes
    ``lanes * pass_channels`` cycles and what the result stream stalls. ``busy`` from the cycle
    after ``valid`` until the pass is sent; ``valid`` must not come while it is.
    Cost: one adder, a copy of the sums.

    Members
    -------
    valid : :py:`In(1)`
    end : :py:`In(1)`
        With ``valid``: last pass of the command.
    label : :py:`In(ADDRESS_BITS)`
        Label of channel 0.
    sums : :py:`In(signed(accumulator_bits)).array(lanes, pass_channels)`
    bias : :py:`In(signed(param_bits)).array(pass_channels)`
    chain : :py:`In(2)`
    results : :py:`Out(stream.Signature(RESULT))`
    busy, done : :py:`Out(1)`
        ``done`` when the last result of the command has been taken.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "valid": In(1), "end": In(1), "label": In(ADDRESS_BITS),
            "sums": In(signed(config.accumulator_bits)).array(config.lanes, config.pass_channels),
            "bias": In(signed(config.param_bits)).array(config.pass_channels),
            "chain": In(2),
            "results": Out(stream.Signature(RESULT)),
            "busy": Out(1), "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        width = config.accumulator_bits
        # Channel-major, so that the lanes of a channel leave the shift register in order.
        pairs = [(lane, o) for o in range(config.pass_channels) for lane in range(config.lanes)]
        held = Signal(width * len(pairs), reset_less=True)
        biases = Signal(config.param_bits * config.pass_channels, reset_less=True)
        total = Signal(signed(32))
        label = Signal(ADDRESS_BITS)
        lane = Signal(range(config.lanes + 1))
        channel = Signal(range(config.pass_channels + 1))
        end = Signal()
        span = (1 << self.chain) - 1
        result = self.results.payload
        blocked = self.results.valid & ~self.results.ready

        with m.If(self.results.ready):
            m.d.sync += self.results.valid.eq(0)
        m.d.comb += self.done.eq(self.busy & (channel == config.pass_channels) & ~blocked & end)
        with m.If(self.valid):
            m.d.sync += [
                held.eq(Cat(self.sums[lane][o] for lane, o in pairs)), biases.eq(Cat(*self.bias)),
                label.eq(self.label), lane.eq(0), channel.eq(0), end.eq(self.end),
                self.busy.eq(1), total.eq(0),
            ]
        with m.Elif(self.busy & ~blocked):
            with m.If(channel == config.pass_channels):
                m.d.sync += self.busy.eq(0)
            with m.Else():
                now = total + held[:width].as_signed()
                m.d.sync += [held.eq(held >> width), total.eq(now), lane.eq(lane + 1)]
                with m.If((lane & span) == span):
                    m.d.sync += [
                        self.results.valid.eq(1), total.eq(0),
                        result.image.eq(lane >> self.chain), result.label.eq(label),
                        result.value.eq(now + biases[:config.param_bits].as_signed()),
                    ]
                with m.If(lane == config.lanes - 1):
                    m.d.sync += [lane.eq(0), channel.eq(channel + 1), label.eq(label + 1),
                                 biases.eq(biases >> config.param_bits)]
        return m
