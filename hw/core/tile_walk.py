"""The order in which a convolution visits its weight tiles."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import address_bits, command_layout, tile_layout

__all__ = ["TileWalk"]


class TileWalk(wiring.Component):
    """Walks ``for pass: for tap_y: for tap_x: for group``, the order of the weight stream.

    A tap that lies outside the source at a border need not be visited there; on the first and the
    last tile of a pass every output pixel is visited all the same, because partial sums start and
    drain there, and ``outside`` tells which of them read zeros.

    Timing: one tile per cycle, two cycles after ``start``; stalls while ``tiles`` is not taken.

    Members
    -------
    command : :py:`In(command_layout(config))`
        Constant while the walk lasts.
    start : :py:`In(1)`
    tiles : :py:`Out(stream.Signature(tile_layout(config)))`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)), "start": In(1),
            "tiles": Out(stream.Signature(tile_layout(config)))})

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        running = Signal()
        pass_ = Signal(command.passes.shape())
        tap_y = Signal(command.taps_y.shape())
        tap_x = Signal(command.taps_x.shape())
        group = Signal(command.groups.shape())
        # Source pixel of the first output pixel, for (tap_y, 0, 0), (tap_y, tap_x, 0), and now.
        row_base, tap_base, base = (Signal(address_bits(config), name=f"{name}_base")
                                    for name in ("row", "tap", "tile"))

        last_group = group == command.groups - 1
        last_x = tap_x == command.taps_x
        last_y = tap_y == command.taps_y
        first = (tap_y == 0) & (tap_x == 0) & (group == 0)
        last = last_y & last_x & last_group
        last_pass = pass_ == command.passes - 1
        outside = Signal(tile_layout(config)["outside"].shape)
        skip = Signal.like(outside)
        m.d.comb += [
            outside.top.eq(command.pads.top & (tap_y == 0)),
            outside.bottom.eq(command.pads.bottom & last_y),
            outside.left.eq(command.pads.left & (tap_x == 0)),
            outside.right.eq(command.pads.right & last_x),
        ]
        whole = first | last
        m.d.comb += skip.eq(Mux(whole, 0, outside))

        produce = running & (~self.tiles.valid | self.tiles.ready)
        with m.If(self.tiles.ready):
            m.d.sync += self.tiles.valid.eq(0)
        with m.If(produce):
            tile = self.tiles.payload
            m.d.sync += [
                self.tiles.valid.eq(1),
                tile.first.eq(first),
                tile.last.eq(last),
                tile.end.eq(last & last_pass),
                tile.outside.eq(Mux(whole, outside, 0)),
                tile.origin.eq(base + Mux(skip.top, command.row_step, 0)
                               + Mux(skip.left, command.column_step, 0)),
                tile.index.eq(Mux(skip.top, command.columns, 0) + skip.left),
                tile.rows.eq(command.rows - 1 - skip.top - skip.bottom),
                tile.columns.eq(command.columns - 1 - skip.left - skip.right),
            ]
            m.d.sync += [group.eq(group + 1), base.eq(base + command.group_step)]
            with m.If(last_group):
                m.d.sync += [group.eq(0), tap_x.eq(tap_x + 1), tap_base.eq(tap_base + 1),
                             base.eq(tap_base + 1)]
                with m.If(last_x):
                    next_row = row_base + command.width
                    m.d.sync += [tap_x.eq(0), tap_y.eq(tap_y + 1), row_base.eq(next_row),
                                 tap_base.eq(next_row), base.eq(next_row)]
                    with m.If(last_y):
                        m.d.sync += [tap_y.eq(0), row_base.eq(command.start),
                                     tap_base.eq(command.start), base.eq(command.start),
                                     pass_.eq(pass_ + 1), running.eq(~last_pass)]
        with m.If(self.start):
            m.d.sync += [
                running.eq(1), pass_.eq(0), tap_y.eq(0), tap_x.eq(0), group.eq(0),
                row_base.eq(command.start), tap_base.eq(command.start), base.eq(command.start),
            ]
        return m
