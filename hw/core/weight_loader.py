"""Cuts the memory stream into the parameters and the weight tiles of each pass."""
from amaranth import *
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import HEADER, params_layout, word_stream

__all__ = ["WeightLoader", "params_words", "tile_words"]


def params_words(config: CoreConfig) -> int:
    """Memory words of a pass's parameters."""
    return -(-params_layout(config).size // config.memory_bits)


def tile_words(config: CoreConfig) -> int:
    """Memory words of a weight tile."""
    return -(-config.tile_bits // config.memory_bits)


class WeightLoader(wiring.Component):
    """Fills the next tile while the array works with the current one.

    A pass in the stream is its parameters (:func:`.layouts.params_layout`), whose header tells how
    many tiles follow, and then these, each starting at a memory word, lowest bits first.

    Timing: one memory word per cycle. A tile is ready one cycle after its last word, and is
    refilled from the cycle after ``swap``; likewise the parameters with ``swap_params``, whose
    current copy changes in the next cycle.
    Cost: tile_bits registers for the next tile, two copies of the parameters.

    Members
    -------
    words : :py:`In(word_stream)`
    tile : :py:`Out(tile_bits)`
    tile_valid : :py:`Out(1)`
    swap : :py:`In(1)`
    header : :py:`Out(HEADER)`
        Of the parameters that are ready.
    params_valid : :py:`Out(1)`
    swap_params : :py:`In(1)`
    current : :py:`Out(HEADER)`
    bias, threshold : :py:`Out(signed(param_bits)).array(pass_channels)`
        Current parameters.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        params = signed(config.param_bits)
        super().__init__({
            "words": In(word_stream(config)),
            "tile": Out(config.tile_bits), "tile_valid": Out(1), "swap": In(1),
            "header": Out(HEADER), "params_valid": Out(1), "swap_params": In(1),
            "current": Out(HEADER),
            "bias": Out(params).array(config.pass_channels),
            "threshold": Out(params).array(config.pass_channels),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        layout = params_layout(config)
        params_count, tile_count = params_words(config), tile_words(config)
        params = Signal(params_count * config.memory_bits, reset_less=True)
        tile = Signal(tile_count * config.memory_bits, reset_less=True)
        ready = data.View(layout, params[:layout.size])
        m.d.comb += [self.tile.eq(tile), self.header.eq(ready.header)]

        with m.If(self.swap):
            m.d.sync += self.tile_valid.eq(0)
        with m.If(self.swap_params):
            m.d.sync += [self.params_valid.eq(0), self.current.eq(ready.header)]
            m.d.sync += [self.bias[o].eq(ready.bias[o]) for o in range(config.pass_channels)]
            m.d.sync += [self.threshold[o].eq(ready.threshold[o])
                         for o in range(config.pass_channels)]

        tiles = Signal(HEADER["tiles"].shape)
        following = (tiles + 1)[:len(tiles)]
        count = Signal(range(max(params_count, tile_count) + 1))
        take = self.words.valid & self.words.ready
        with m.If(take):
            m.d.sync += count.eq(count + 1)
        with m.FSM():
            with m.State("PARAMS"):
                m.d.comb += self.words.ready.eq(~self.params_valid)
                with m.If(take):
                    m.d.sync += params.eq(Cat(params, self.words.payload)[config.memory_bits:])
                    with m.If(count == params_count - 1):
                        m.d.sync += [count.eq(0), self.params_valid.eq(1)]
                        m.next = "TILE"
            with m.State("TILE"):
                m.d.comb += self.words.ready.eq(~self.tile_valid)
                with m.If(take):
                    m.d.sync += tile.eq(Cat(tile, self.words.payload)[config.memory_bits:])
                    with m.If(count == tile_count - 1):
                        m.d.sync += [count.eq(0), tiles.eq(following), self.tile_valid.eq(1)]
                        with m.If(following == ready.header.tiles):
                            m.d.sync += tiles.eq(0)
                            m.next = "PARAMS"
        return m
