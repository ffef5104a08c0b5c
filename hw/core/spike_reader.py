"""Reads the spike words of a convolution: tiles, pixels, planes."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import (
    HEADER,
    MASK_PLANES,
    address_bits,
    command_layout,
    read_port,
    step_layout,
    tile_layout,
)
from .pixel_walk import PixelWalk, pixel_layout

__all__ = ["SpikeReader"]


class SpikeReader(wiring.Component):
    """Turns pixels into reads of spike memory, one plane word per cycle.

    A pixel costs one cycle for each of its planes that has a spike, at least one. Where a partial
    sum starts or drains the pixel makes a step, if need be of a zero word. On the last tile of a
    pass with a residual the pixel's residual words follow.

    ::

        PixelWalk --pixel--> [mask memory] --> planes --address--> [spike memory]
                                                   \\--step (one cycle later)

    Timing: ``step`` comes one cycle after its word was asked for, four after ``pixels`` took the
    tile.
    Stalls only between tiles, see :class:`PixelWalk`; and for one cycle between two pixels of the
    same partial sum, which must rest for a cycle.

    Members
    -------
    command : :py:`In(command_layout(config))`
    tiles : :py:`In(stream.Signature(tile_layout(config)))`
    header : :py:`In(HEADER)`
        Of the parameters that are ready for the next last tile.
    tile_valid, params_valid : :py:`In(1)`
        The next weight tile, and the next parameters, are ready.
    swapped, params_swapped : :py:`In(1)`
        They have been taken over by the array and by the neurons.
    hold : :py:`In(1)`
        Do not start a last tile: its sums could not be taken.
    mask_read, word_read : :py:`Out(read_port())`
    mask : :py:`In(MASK_PLANES)`
    step : :py:`Out(step_layout(config))`
    stalled : :py:`Out(1)`
        A tile waits for its weights or parameters, and no word is read meanwhile.
    skipped : :py:`Out(4)`
        All-zero plane words passed over in the cycle before.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)),
            "tiles": In(stream.Signature(tile_layout(config))),
            "header": In(HEADER),
            "tile_valid": In(1), "params_valid": In(1),
            "swapped": In(1), "params_swapped": In(1),
            "hold": In(1),
            "mask_read": Out(read_port(config)), "mask": In(MASK_PLANES),
            "word_read": Out(read_port(config)),
            "step": Out(step_layout(config)),
            "stalled": Out(1),
            "skipped": Out(4),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        m.submodules.walk = walk = PixelWalk(config)
        wiring.connect(m, wiring.flipped(self.tiles), walk.tiles)
        for name in ("command", "header", "tile_valid", "params_valid", "swapped",
                     "params_swapped", "hold"):
            m.d.comb += getattr(walk, name).eq(getattr(self, name))

        # The pixel whose mask is being read, and the one whose planes are.
        waiting, busy, fresh, done = Signal(), Signal(), Signal(), Signal()
        ahead, pixel = Signal(pixel_layout(config)), Signal(pixel_layout(config))
        word, residual = Signal(address_bits(config)), Signal(address_bits(config))
        again = Signal()  # they have the same partial sum
        take = ~busy | (done & ~again)
        m.d.comb += [
            self.stalled.eq(walk.stalled & ~waiting & ~busy),
            walk.pixels.ready.eq(~waiting | take),
            self.mask_read.enable.eq(walk.pixels.ready),
            self.mask_read.address.eq(command.source_mask + walk.pixels.p.source),
        ]
        with m.If(walk.pixels.ready):
            m.d.sync += [
                waiting.eq(walk.pixels.valid), ahead.eq(walk.pixels.payload),
                again.eq(Mux(take, walk.pixels.p.index == ahead.index,
                             walk.pixels.p.index == pixel.index)),
            ]

        # Planes left to read, the lowest of them, and whether it is the last: all registers, so
        # that neither the mask memory nor a carry chain is in front of the spike memory. They are
        # found for the pixel that goes on and for the one that comes, before it is known which.
        todo, every = Signal(MASK_PLANES, name="todo"), Signal(MASK_PLANES, name="every")
        plane, last_plane = Signal(range(MASK_PLANES)), Signal()
        m.d.sync += every.eq((1 << command.planes) - 1)
        rest = todo & (todo - 1)
        coming = Mux(ahead.outside, 0, Mux(command.masked, self.mask, every))
        for planes, follow in ((rest, ~take), (coming, take)):
            with m.If(follow):
                m.d.sync += [todo.eq(planes), plane.eq(lowest(planes)),
                             last_plane.eq(planes & (planes - 1) == 0)]

        # After the planes, on the way out, the residual words of the same pixel.
        in_residual = Signal()
        count = Signal(command.residual_words.shape())
        summed, last_word = Signal(), Signal.like(count)
        m.d.sync += [summed.eq(command.residual_words != 0),
                     last_word.eq(command.residual_words - 1)]
        adds = pixel.last_tile & summed
        last_residual = count == last_word
        must = pixel.first_tile | pixel.last_tile
        m.d.comb += done.eq(busy & Mux(in_residual, last_residual, last_plane & ~adds))
        with m.If(busy):
            m.d.sync += fresh.eq(0)
            with m.If(in_residual):
                m.d.sync += [count.eq(count + 1), in_residual.eq(~last_residual)]
            with m.Elif(last_plane & adds):
                m.d.sync += [count.eq(0), in_residual.eq(1), word.eq(residual)]
        with m.If(done):
            m.d.sync += busy.eq(0)
        with m.If(take):
            m.d.sync += [
                busy.eq(waiting), pixel.eq(ahead), fresh.eq(1),
                word.eq(command.source + ahead.source * command.source_words),
                residual.eq(command.residual + ahead.dest * command.residual_words),
            ]

        span = (1 << command.chain) - 1
        m.d.comb += [
            self.word_read.enable.eq(busy),
            self.word_read.address.eq(word + Mux(
                in_residual, count, Mux(command.image, plane >> command.chain, plane))),
        ]
        m.d.sync += [
            self.step.valid.eq(busy & (in_residual | must | (todo != 0))),
            self.step.swap.eq(busy & fresh & pixel.swap),
            self.step.zero.eq(todo == 0),
            self.step.residual.eq(in_residual),
            self.step.slot.eq(plane & span),
            self.step.plane.eq(plane),
            self.step.first_plane.eq(fresh),
            self.step.last_plane.eq(last_plane),
            self.step.first_tile.eq(pixel.first_tile),
            self.step.last_tile.eq(pixel.last_tile),
            self.step.swap_params.eq(pixel.swap_params),
            self.step.end.eq(pixel.end),
            self.step.sub.eq(pixel.sub),
            self.step.index.eq(pixel.index),
        ]
        used = sum(todo[k] for k in range(MASK_PLANES))
        m.d.sync += self.skipped.eq(Mux(busy & fresh & command.masked & ~pixel.outside,
                                        command.planes - Mux(used == 0, must, used), 0))
        return m


def lowest(planes: Value) -> Value:
    """Index of the lowest bit that is set, 0 if there is none."""
    index = Const(0, range(MASK_PLANES))
    for k in reversed(range(MASK_PLANES)):
        index = Mux(planes[k], k, index)
    return index
