"""From finished sums to spike memory, or to the host."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import CoreConfig
from . import layouts
from .layouts import (
    MASK_PLANES,
    RESULT,
    command_layout,
    info_layout,
    mask_port,
    read_port,
    write_port,
)
from .logits import Logits
from .neurons import Neurons
from .spike_writer import SpikeWriter

__all__ = ["Drain"]


class Drain(wiring.Component):
    """Neurons and what follows them; sums come from the array or from attention.

    ::

        array sums ----+--> Neurons --> SpikeWriter --> spike memory
        token sums ----'        (residual words) ---^
        array sums --> Logits --> results

    Timing: see the parts. The array's sums need ``hold`` to be clear when they are logits.

    Members
    -------
    command : :py:`In(command_layout(config))`
    valid, info, sums, bias, threshold
        Of the array: :py:`In`.
    token_valid, token_info, token_sums
        Of attention: :py:`In`; bias 0, F = 0, threshold from the command.
    residual : :py:`In(1)`
    word : :py:`In(word_channels).array(lanes)`
    residual_sub : :py:`In(6)`
    write, mask_read, mask, mask_write
        To the memories.
    fired, fired_info, spikes
        Neuron outputs, for taps.
    count : :py:`Out`
    results : :py:`Out(stream.Signature(RESULT))`
    hold, done : :py:`Out(1)`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        shape = (config.lanes, config.pass_channels)
        params = In(signed(config.param_bits)).array(config.pass_channels)
        super().__init__({
            "command": In(command_layout(config)),
            "valid": In(1), "info": In(info_layout(config)),
            "sums": In(signed(config.drive_bits)).array(*shape),
            "bias": params, "threshold": params,
            "token_valid": In(1), "token_info": In(info_layout(config)),
            "token_sums": In(config.count_bits).array(*shape),
            "residual": In(1), "word": In(config.word_channels).array(config.lanes),
            "residual_sub": In(6),
            "write": Out(write_port(config)),
            "mask_read": Out(read_port(config)), "mask": In(MASK_PLANES),
            "mask_write": Out(mask_port(config)),
            "fired": Out(1), "fired_info": Out(info_layout(config)),
            "spikes": Out(config.pass_channels).array(config.lanes),
            "count": Out(range(config.lanes * config.pass_channels + 1)),
            "results": Out(stream.Signature(RESULT)),
            "hold": Out(1), "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        m.submodules.neurons = neurons = Neurons(config)
        m.submodules.writer = writer = SpikeWriter(config)
        m.submodules.logits = logits = Logits(config)
        is_logits = command.drain == layouts.Drain.LOGITS
        attend = command.opcode == layouts.Opcode.ATTEND

        connect(m, logits.results, flipped(self.results))
        connect(m, writer.write, flipped(self.write))
        connect(m, writer.mask_read, flipped(self.mask_read))
        connect(m, writer.mask_write, flipped(self.mask_write))
        m.d.comb += [
            neurons.valid.eq((self.valid & ~is_logits) | self.token_valid),
            neurons.info.eq(Mux(attend, self.token_info, self.info)),
            neurons.chain.eq(command.chain), neurons.lane_mask.eq(command.lane_mask),
            logits.valid.eq(self.valid & is_logits), logits.end.eq(self.info.end),
            logits.label.eq(self.info.pixel), logits.chain.eq(command.chain),
            writer.command.eq(command), writer.mask.eq(self.mask),
            writer.residual.eq(self.residual), writer.residual_sub.eq(self.residual_sub),
            writer.fired.eq(neurons.fired), writer.info.eq(neurons.fired_info),
            self.fired.eq(neurons.fired), self.fired_info.eq(neurons.fired_info),
            self.count.eq(writer.count),
            self.hold.eq(logits.busy | logits.valid), self.done.eq(writer.done | logits.done),
        ]
        for o in range(config.pass_channels):
            m.d.comb += [
                neurons.bias[o].eq(Mux(attend, 0, self.bias[o])),
                neurons.threshold[o].eq(Mux(attend, command.threshold, self.threshold[o])),
                logits.bias[o].eq(self.bias[o]),
            ]
        for lane in range(config.lanes):
            m.d.comb += [
                writer.word[lane].eq(self.word[lane]),
                writer.spikes[lane].eq(neurons.spikes[lane]),
                self.spikes[lane].eq(neurons.spikes[lane]),
            ]
            for o in range(config.pass_channels):
                m.d.comb += [
                    neurons.sums[lane][o].eq(
                        Mux(attend, self.token_sums[lane][o], self.sums[lane][o])),
                    logits.sums[lane][o].eq(self.sums[lane][o]),
                ]
        return m
