"""Writes spikes, or the residual stream they change, to spike memory."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .block_ram import BlockRam
from .layouts import (
    MASK_PLANES,
    Drain,
    address_bits,
    command_layout,
    info_layout,
    mask_port,
    read_port,
    write_port,
)

__all__ = ["SpikeWriter"]


class SpikeWriter(wiring.Component):
    """Combines the spikes of a pass at a pixel with the residual stream and writes the result.

    The residual is added bit-serially, exactly: plane b of the sum is ``r[b] ^ carry``, the carry
    starts as the spikes, and one plane more than the residual has is written. With ``iand`` the
    single plane is ``r & ~spikes``.

    Timing: the first plane is written in the cycle after ``fired``, one plane per cycle, and the
    mask a cycle after the last; never stalls, because the reader spends at least as many cycles on
    the pixel. Residual words wait in a queue until their spikes arrive, at most :py:`QUEUE` of
    them.
    Cost: QUEUE x lanes x pass_channels bits, a half adder per bit.

    Members
    -------
    command : :py:`In(command_layout(config))`
    residual : :py:`In(1)`
        ``word`` is a residual word; its granule ``residual_sub`` is queued.
    word : :py:`In(word_channels).array(lanes)`
    residual_sub : :py:`In(6)`
    fired : :py:`In(1)`
    info : :py:`In(info_layout(config))`
    spikes : :py:`In(pass_channels).array(lanes)`
    write : :py:`Out(write_port(config))`
    mask_read : :py:`Out(read_port())`
    mask : :py:`In(MASK_PLANES)`
        Mask of the word before this pass.
    mask_write : :py:`Out(mask_port())`
    count : :py:`Out`
        Spikes that fired in the previous cycle.
    done : :py:`Out(1)`
        The last output of the command has been written.
    """

    QUEUE = 32

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)),
            "residual": In(1),
            "word": In(config.word_channels).array(config.lanes),
            "residual_sub": In(6),
            "fired": In(1), "info": In(info_layout(config)),
            "spikes": In(config.pass_channels).array(config.lanes),
            "write": Out(write_port(config)),
            "mask_read": Out(read_port(config)), "mask": In(MASK_PLANES),
            "mask_write": Out(mask_port(config)),
            "count": Out(range(config.lanes * config.pass_channels + 1)),
            "done": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config, command = self.config, self.command
        granule = config.lanes * config.pass_channels

        info = Signal(info_layout(config))
        busy = Signal()
        plane = Signal(command.dest_words.shape())
        head = self.queue(m, granule, Mux(self.fired, command.residual_words != 0,
                                          busy & (plane + 1 < command.residual_words)))
        carry = Signal(granule)
        last = plane == command.dest_words - 1
        spikes = Cat(*self.spikes)

        result = Signal(granule)
        with m.Switch(command.drain):
            with m.Case(Drain.ADD):
                # The plane above the residual's is the carry alone.
                old = Mux(plane == command.residual_words, 0, head)
                m.d.comb += result.eq(old ^ carry)
                m.d.sync += carry.eq(old & carry)
            with m.Case(Drain.IAND):
                m.d.comb += result.eq(head & ~carry)
            with m.Default():
                m.d.comb += result.eq(carry)

        with m.If(busy):
            m.d.sync += plane.eq(plane + 1)
            with m.If(last):
                m.d.sync += busy.eq(0)
        first = Signal(address_bits(config))
        with m.If(self.fired):
            m.d.sync += [busy.eq(1), plane.eq(0), info.eq(self.info), carry.eq(spikes),
                         first.eq(command.dest + self.info.pixel * command.dest_words)]
        counted = sum(self.spikes[lane][o] for lane in range(self.config.lanes)
                      for o in range(self.config.pass_channels))
        m.d.sync += self.count.eq(Mux(self.fired, counted, 0))

        subs = self.config.subs
        m.d.comb += [
            self.write.enable.eq(Mux(busy, Mux(info.clear, (1 << subs) - 1, 1 << info.sub), 0)),
            self.write.address.eq(first + plane),
            self.done.eq(busy & last & info.end),
        ]
        m.d.comb += [self.write.data.word_select(sub, granule).eq(Mux(info.sub == sub, result, 0))
                     for sub in range(subs)]
        self.masks(m, info, busy, plane, last, result)
        return m

    def queue(self, m, granule, pop):
        """Residual granules in order; returns the head, which ``pop`` takes a cycle later. A
        granule is the head two cycles after it was queued; its spikes come later than that."""
        # An empty queue may read the word that is written: its head comes a cycle later.
        m.submodules.queue = queue = BlockRam(granule, self.QUEUE)
        # Of the granule that follows the one taken in this cycle.
        first, last = Signal.like(queue.read_address), Signal.like(queue.write_address)
        with m.If(self.residual):
            m.d.sync += last.eq(last + 1)
        with m.If(pop):
            m.d.sync += first.eq(first + 1)
        m.d.comb += [queue.write.eq(self.residual), queue.write_address.eq(last),
                     queue.read.eq(1), queue.read_address.eq(first)]
        with m.Switch(self.residual_sub):
            for sub in range(self.config.subs):
                # A default, lest the Verilog look like a latch where higher bits are never set.
                with m.Case(sub) if sub < self.config.subs - 1 else m.Default():
                    m.d.comb += queue.write_data.eq(Cat(
                        word.word_select(sub, self.config.pass_channels) for word in self.word))
        return queue.data

    def masks(self, m, info, busy, plane, last, result):
        """Merge this pass's planes into the mask of the word."""
        command = self.command
        # A cycle after its plane: whether a whole granule has a spike is a long way by itself.
        spiking, place, complete = Signal(), Signal.like(plane), Signal()
        old, merged, so_far = (Signal(MASK_PLANES, name=name)
                               for name in ("old", "merged", "so_far"))
        address = Signal(address_bits(self.config))
        m.d.sync += [
            spiking.eq(result != 0), place.eq(plane), complete.eq(busy & last),
            address.eq(command.dest_mask + info.pixel), so_far.eq(merged),
            old.eq(Mux(info.clear, 0, self.mask)),
        ]
        m.d.comb += [
            self.mask_read.enable.eq(self.fired),
            self.mask_read.address.eq(command.dest_mask + self.info.pixel),
            merged.eq(Mux(place == 0, old, so_far) | spiking << place),
            self.mask_write.enable.eq(complete & command.mask_out),
            self.mask_write.address.eq(address), self.mask_write.data.eq(merged),
        ]
