"""Sends the sums of the classification head to the host."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import RESULT, address_bits

__all__ = ["Logits"]


class Logits(wiring.Component):
    """``value[image][o] = bias[o] + sum over the lanes of the image of sums[lane][o]``.

    ::

        sums --lane, channel--> z --> + total of the image --> z --> + bias --> results

    Timing: one lane of one channel per cycle and one result per image and channel: a pass takes
    :py:`cycles` cycles and what the result stream stalls. ``busy`` from the cycle after ``valid``
    until the pass is sent; ``valid`` must not come while it is.
    Cost: two adders, a multiplexer of the sums.

    Members
    -------
    valid : :py:`In(1)`
    end : :py:`In(1)`
        With ``valid``: last pass of the command.
    label : :py:`In(address_bits(config))`
        Label of channel 0.
    sums : :py:`In(signed(drive_bits)).array(lanes, pass_channels)`
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
            "sums": In(signed(config.drive_bits)).array(config.lanes, config.pass_channels),
            "bias": In(signed(config.param_bits)).array(config.pass_channels),
            "chain": In(2),
            "results": Out(stream.Signature(RESULT)),
            "busy": Out(1), "done": Out(1),
        })

    @staticmethod
    def cycles(config: CoreConfig) -> int:
        """Cycles of a pass: its lane sums, and three until the last result is taken."""
        return config.lanes * config.pass_channels + 3

    def elaborate(self, platform):
        m = Module()
        config = self.config
        # Lanes add at most three bits.
        total = Signal(signed(config.param_bits + 4))
        lane = Signal(range(max(2, config.lanes)))
        channel = Signal(range(max(2, config.pass_channels)))
        label = Signal(address_bits(config))
        end, picking = Signal(), Signal()
        chain = self.chain if len(config.chains) > 1 else config.chains[0]
        span = (1 << chain) - 1
        last_lane = lane == config.lanes - 1
        last_channel = channel == config.pass_channels - 1
        moves = ~(self.results.valid & ~self.results.ready)

        tag = data.StructLayout({
            "valid": 1, "first": 1, "complete": 1, "last": 1, "image": RESULT["image"].shape,
            "channel": channel.shape()})
        picked, added, sent_last = Signal(tag), Signal(tag), Signal()
        value = Signal(signed(config.drive_bits))
        with m.If(moves):
            m.d.sync += [
                picked.valid.eq(picking), picked.first.eq((lane & span) == 0),
                picked.complete.eq(picking & ((lane & span) == span)),
                picked.last.eq(picking & last_lane & last_channel),
                picked.image.eq(lane >> chain), picked.channel.eq(channel),
                value.eq(Array(Array(sums)[channel] for sums in self.sums)[lane]),
                added.eq(picked), total.eq(Mux(picked.first, 0, total) + value),
                self.results.valid.eq(added.complete), sent_last.eq(added.last),
                self.results.p.image.eq(added.image),
                self.results.p.label.eq(label + added.channel),
                self.results.p.value.eq(total + Array(self.bias)[added.channel]),
            ]
            with m.If(picking):
                m.d.sync += lane.eq(lane + 1)
                with m.If(last_lane):
                    m.d.sync += [lane.eq(0), channel.eq(channel + 1)]
                    with m.If(last_channel):
                        m.d.sync += [channel.eq(0), picking.eq(0)]
        with m.If(self.valid):
            m.d.sync += [picking.eq(1), label.eq(self.label), end.eq(self.end)]
        m.d.comb += [
            self.busy.eq(picking | picked.valid | added.valid | self.results.valid),
            self.done.eq(sent_last & self.results.ready & end),
        ]
        return m
