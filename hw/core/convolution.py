"""From spike memory to finished sums: the synaptic half of the core."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import CoreConfig
from .delay import delayed
from .lane_select import LaneSelect
from .layouts import (
    HEADER,
    MASK_PLANES,
    command_layout,
    index_bits,
    read_port,
    step_layout,
    word_stream,
)
from .partial_sums import PartialSums
from .spike_memory import SpikeMemory
from .spike_reader import SpikeReader
from .synapse_array import SynapseArray
from .tile_walk import TileWalk
from .weight_loader import WeightLoader

__all__ = ["Convolution"]


class Convolution(wiring.Component):
    """A convolution, or a linear layer as a 1x1 convolution, up to its finished sums.

    ::

        TileWalk -> SpikeReader -> (memory) -> LaneSelect -> SynapseArray -> PartialSums -> sums
                        ^                                        ^
                   WeightLoader: tile ready ---------------------+  parameters -> bias, threshold

    Timing: one spike word per cycle; stalls between tiles only, see :class:`.PixelWalk`. A sum
    leaves :py:`latency` cycles after its last word was requested.

    Parameters
    ----------
    array
        Form of the synapse array, see :class:`.SynapseArray`.

    Members
    -------
    command : :py:`In(command_layout(config))`
    start : :py:`In(1)`
    job : :py:`In(stream.Signature(JOB))`
    words : :py:`In(word_stream)`
    hold : :py:`In(1)`
        Finished sums cannot be taken.
    mask_read, word_read : :py:`Out(read_port())`
    mask : :py:`In(MASK_PLANES)`
    word : :py:`In(word_channels).array(lanes)`
    step : :py:`Out(step_layout(config))`
        Of the word that arrives from memory.
    valid, end : :py:`Out(1)`
    sums : :py:`Out(signed(drive_bits)).array(lanes, pass_channels)`
    index : :py:`Out(index_bits(config))`
    header : :py:`Out(HEADER)`
    bias, threshold : :py:`Out(signed(param_bits)).array(pass_channels)`
    compute, stalled : :py:`Out(1)`
    skipped : :py:`Out(4)`
    """

    def __init__(self, config: CoreConfig, array: str = "popcount"):
        self.config = config
        self.array = array
        sums = (config.lanes, config.pass_channels)
        params = Out(signed(config.param_bits)).array(config.pass_channels)
        super().__init__({
            "command": In(command_layout(config)), "start": In(1),
            "words": In(word_stream(config)),
            "hold": In(1),
            "mask_read": Out(read_port(config)), "mask": In(MASK_PLANES),
            "word_read": Out(read_port(config)),
            "word": In(config.word_channels).array(config.lanes),
            "step": Out(step_layout(config)),
            "valid": Out(1), "end": Out(1), "index": Out(index_bits(config)), "header": Out(HEADER),
            "sums": Out(signed(config.drive_bits)).array(*sums),
            "bias": params, "threshold": params,
            "compute": Out(1), "stalled": Out(1), "skipped": Out(4),
        })

    @staticmethod
    def latency(config: CoreConfig) -> int:
        """Cycles from the request of a word to a sum that it completes."""
        return SpikeMemory.latency(config) + SynapseArray.LATENCY + PartialSums.LATENCY

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.tile_walk = tile_walk = TileWalk(config)
        m.submodules.reader = reader = SpikeReader(config)
        m.submodules.lane_select = select = LaneSelect(config)
        m.submodules.array = array = SynapseArray(config, self.array)
        m.submodules.partial_sums = sums = PartialSums(config)
        m.submodules.loader = loader = WeightLoader(config)

        # The reader describes a word one cycle after it asked for it.
        m.d.comb += self.step.eq(delayed(m, reader.step, SpikeMemory.latency(config) - 1))

        connect(m, tile_walk.tiles, reader.tiles)
        connect(m, flipped(self.words), loader.words)
        connect(m, reader.mask_read, flipped(self.mask_read))
        connect(m, reader.word_read, flipped(self.word_read))
        m.d.comb += [
            tile_walk.command.eq(self.command), tile_walk.start.eq(self.start),
            reader.command.eq(self.command), reader.mask.eq(self.mask), reader.hold.eq(self.hold),
            reader.header.eq(loader.header),
            reader.tile_valid.eq(loader.tile_valid), reader.params_valid.eq(loader.params_valid),
            reader.swapped.eq(self.step.swap), reader.params_swapped.eq(sums.swap_params),
            loader.swap.eq(self.step.swap), loader.swap_params.eq(sums.swap_params),
            array.step.eq(self.step), array.tile.eq(loader.tile),
            sums.step.eq(array.dots_step), sums.ahead.eq(array.dots_ahead),
            sums.fraction.eq(self.command.fraction),
            select.image.eq(self.command.image), select.chain.eq(self.command.chain),
            select.zero.eq(self.step.zero), select.slot.eq(self.step.slot),
        ]
        for lane in range(config.lanes):
            m.d.comb += [select.word[lane].eq(self.word[lane]),
                         array.words[lane].eq(select.selected[lane])]
            for o in range(config.pass_channels):
                m.d.comb += [sums.dots[lane][o].eq(array.dots[lane][o]),
                             self.sums[lane][o].eq(sums.sums[lane][o])]
        for o in range(config.pass_channels):
            m.d.comb += [self.bias[o].eq(loader.bias[o]),
                         self.threshold[o].eq(loader.threshold[o])]
        m.d.comb += [
            self.header.eq(loader.current),
            self.valid.eq(sums.valid), self.end.eq(sums.end), self.index.eq(sums.index),
            self.compute.eq(reader.step.valid & ~reader.step.residual),
            self.stalled.eq(reader.stalled), self.skipped.eq(reader.skipped),
        ]
        return m
