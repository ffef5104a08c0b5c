"""The order in which a convolution visits the pixels of a tile."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import HEADER, Drain, address_bits, command_layout, index_bits, sub_bits, tile_layout

__all__ = ["PixelWalk", "pixel_layout"]


def pixel_layout(config: CoreConfig) -> data.StructLayout:
    """A pixel met by a tap."""
    return data.StructLayout({
        "source": address_bits(config),  # source pixel index
        "dest": address_bits(config),    # destination pixel index, on the last tile
        "index": index_bits(config),     # partial sum
        "outside": 1,                    # the tap lies outside the source: a word of zeros
        "swap": 1,                       # first pixel of its tile
        "first_tile": 1,                 # its partial sum starts
        "last_tile": 1,                  # its partial sum drains
        "swap_params": 1,                # the first that drains in its pass
        "end": 1,                        # last pixel of the command
        "sub": sub_bits(config),
    })


class PixelWalk(wiring.Component):
    """Visits the pixels of each tile row by row.

    Every pixel has a partial sum of its own, except in the head's product, which sums over pixels:
    there one starts with the first pixel of a pass and drains with the last.

    A tile starts only when its weights are ready and the previous tile's have been taken over;
    a last tile also needs the pass's parameters. This is the only stall of the datapath: whatever
    follows has a fixed latency.

    Timing: one pixel per cycle, one cycle after a tile is taken; consecutive tiles follow without
    a gap when their weights are ready and a tile lasts seven cycles or more.

    Members
    -------
    As :class:`.spike_reader.SpikeReader`, and ``pixels : Out(stream.Signature(pixel_layout))``.
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
            "pixels": Out(stream.Signature(pixel_layout(config))),
            "stalled": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        tile = Signal(tile_layout(config))
        pass_pixel = Signal(address_bits(config))
        sub = Signal(sub_bits(config))
        row = Signal(command.rows.shape())
        column = Signal(command.columns.shape())
        source, source_row = Signal(address_bits(config)), Signal(address_bits(config))
        index, index_row = Signal(index_bits(config)), Signal(index_bits(config))
        first = Signal()
        pixel = self.pixels.payload

        row_end = column == tile.columns
        tile_end = row_end & (row == tile.rows)
        gather = command.drain == Drain.LOGITS
        m.d.comb += [
            pixel.source.eq(source), pixel.index.eq(index),
            pixel.dest.eq(pass_pixel + index),
            pixel.outside.eq((tile.outside.top & (row == 0))
                             | (tile.outside.bottom & (row == tile.rows))
                             | (tile.outside.left & (column == 0))
                             | (tile.outside.right & row_end)),
            pixel.swap.eq(first),
            pixel.first_tile.eq(tile.first & (first | ~gather)),
            pixel.last_tile.eq(tile.last & (tile_end | ~gather)),
            pixel.swap_params.eq(tile.last & Mux(gather, tile_end, first)),
            pixel.end.eq(tile.end & tile_end), pixel.sub.eq(sub),
        ]

        tile_pending = Signal()
        params_pending = Signal()
        with m.If(self.swapped):
            m.d.sync += tile_pending.eq(0)
        with m.If(self.params_swapped):
            m.d.sync += params_pending.eq(0)

        advance = self.pixels.valid & self.pixels.ready
        free = ~self.pixels.valid | (advance & tile_end)
        fed = self.tile_valid & ~tile_pending & (
            ~self.tiles.p.last | (self.params_valid & ~params_pending & ~self.hold))
        m.d.comb += [
            self.tiles.ready.eq(free & fed),
            self.stalled.eq(self.tiles.valid & ~self.pixels.valid & ~fed),
        ]
        with m.If(self.tiles.ready & self.tiles.valid):
            arriving = self.tiles.payload
            m.d.sync += [
                tile.eq(arriving), self.pixels.valid.eq(1), first.eq(1),
                row.eq(0), column.eq(0),
                source.eq(arriving.origin), source_row.eq(arriving.origin),
                index.eq(arriving.index), index_row.eq(arriving.index),
                tile_pending.eq(1),
            ]
            with m.If(arriving.last):
                m.d.sync += [params_pending.eq(1), pass_pixel.eq(self.header.pixel),
                             sub.eq(self.header.sub)]
        with m.Elif(advance):
            m.d.sync += first.eq(0)
            with m.If(tile_end):
                m.d.sync += self.pixels.valid.eq(0)
            with m.Elif(row_end):
                m.d.sync += [
                    column.eq(0), row.eq(row + 1),
                    source.eq(source_row + command.row_step),
                    source_row.eq(source_row + command.row_step),
                ]
            with m.Else():
                m.d.sync += [column.eq(column + 1), source.eq(source + command.column_step)]
            with m.If(~gather):
                with m.If(row_end):
                    m.d.sync += [index.eq(index_row + command.columns),
                                 index_row.eq(index_row + command.columns)]
                with m.Else():
                    m.d.sync += index.eq(index + 1)
        return m
