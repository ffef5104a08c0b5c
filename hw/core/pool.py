"""Max-pooling of spikes: the OR of a window."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .delay import delayed
from .layouts import address_bits, command_layout, read_port, write_port
from .spike_memory import SpikeMemory

__all__ = ["Pool"]


class Pool(wiring.Component):
    """ORs the words of a 3x3 window at stride 2, for every word group and output pixel.

    Taps outside the source are zero. Whole words are written to consecutive addresses.

    Timing: 9 cycles per output word; ``done`` with the last output. Never stalls.

    Members
    -------
    command : :py:`In(command_layout(config))`
        Geometry as for a convolution; ``start`` is the pixel of the top left tap.
    start, done : :py:`In(1)`, :py:`Out(1)`
    read : :py:`Out(read_port())`
    word : :py:`In(word_channels).array(lanes)`
    write : :py:`Out(write_port(config))`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)), "start": In(1), "done": Out(1),
            "read": Out(read_port(config)), "word": In(config.word_channels).array(config.lanes),
            "write": Out(write_port(config)),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        running = Signal()
        groups_left = Signal(command.groups.shape())
        row, column = Signal(command.rows.shape()), Signal(command.columns.shape())
        tap_y, tap_x = Signal(command.taps_y.shape()), Signal(command.taps_x.shape())
        # Source pixel of the window's corner: of the group, of the row, now; and of the tap's row.
        base, row_base, corner, tap_row = (Signal(address_bits(config), name=name) for name in (
            "base", "row_base", "corner", "tap_row"))
        dest = Signal(address_bits(config))

        last_x, last_y = tap_x == command.taps_x, tap_y == command.taps_y
        last_column, last_row = column == command.columns - 1, row == command.rows - 1
        pads = command.pads
        outside = (pads.top & (row == 0) & (tap_y == 0) | pads.bottom & last_row & last_y
                   | pads.left & (column == 0) & (tap_x == 0) | pads.right & last_column & last_x)
        m.d.comb += [self.read.enable.eq(running),
                     self.read.address.eq(command.source + tap_row + tap_x)]

        with m.If(running):
            m.d.sync += tap_x.eq(tap_x + 1)
            with m.If(last_x):
                m.d.sync += [tap_x.eq(0), tap_y.eq(tap_y + 1), tap_row.eq(tap_row + command.width)]
                with m.If(last_y):
                    following = Signal(address_bits(config))
                    m.d.comb += following.eq(corner + command.column_step)
                    m.d.sync += [tap_y.eq(0), column.eq(column + 1)]
                    with m.If(last_column):
                        m.d.comb += following.eq(row_base + command.row_step)
                        m.d.sync += [column.eq(0), row.eq(row + 1), row_base.eq(following)]
                        with m.If(last_row):
                            m.d.comb += following.eq(base + command.group_step)
                            m.d.sync += [row.eq(0), base.eq(following),
                                         groups_left.eq(groups_left - 1),
                                         running.eq(groups_left != 1)]
                    m.d.sync += [corner.eq(following), tap_row.eq(following)]
        with m.If(self.start):
            m.d.sync += [running.eq(1), groups_left.eq(command.groups), dest.eq(command.dest),
                         row.eq(0), column.eq(0), tap_y.eq(0), tap_x.eq(0)]
            m.d.sync += [register.eq(command.start)
                         for register in (base, row_base, corner, tap_row)]

        arrived, inside, first, complete, final = (Signal(name=name) for name in (
            "arrived", "inside", "first", "complete", "final"))
        whole = running & last_y & last_x
        for flag, now in (
                (arrived, running), (inside, ~outside), (first, (tap_y == 0) & (tap_x == 0)),
                (complete, whole),
                (final, whole & last_row & last_column & (groups_left == 1))):
            m.d.comb += flag.eq(delayed(m, now, SpikeMemory.latency(config)))
        window = [Signal(config.word_channels, name=f"window_{lane}")
                  for lane in range(config.lanes)]
        merged = [Signal.like(lane) for lane in window]
        for lane in range(config.lanes):
            m.d.comb += merged[lane].eq(
                Mux(first, 0, window[lane]) | Mux(inside, self.word[lane], 0))
            with m.If(arrived):
                m.d.sync += window[lane].eq(merged[lane])
        m.d.comb += [
            self.write.enable.eq(Mux(complete, (1 << config.subs) - 1, 0)),
            self.write.address.eq(dest), self.done.eq(final),
            self.write.data.eq(Cat(lane.word_select(sub, config.pass_channels)
                                   for sub in range(config.subs) for lane in merged)),
        ]
        with m.If(complete):
            m.d.sync += dest.eq(dest + 1)
        return m
