"""Sums a tensor over its tokens, for the classification head."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from ..config import CoreConfig
from .layouts import ADDRESS_BITS, COMMAND, INDEX_BITS, read_port, write_port

__all__ = ["TokenSum"]


class TokenSum(wiring.Component):
    """``sum[l][c] = sum over tokens and planes of word[l][c] << plane``, written as bit-planes.

    The sums of a word are accumulated in a :class:`.TokenCounts` bank and leave it lowest bit
    first, ``dest_words`` planes, ready to be read as a tensor of one pixel.

    Timing: a word group takes ``pixels * planes + dest_words + 2`` cycles. Never stalls.

    Members
    -------
    command : :py:`In(COMMAND)`
    start, done : :py:`In(1)`, :py:`Out(1)`
    read : :py:`Out(read_port())`
    clear, add, shift : :py:`Out(1)`
        To the bank; with ``add`` the word read is present.
    addend : :py:`Out(count_bits)`
    low : :py:`In(word_bits)`
        Lowest bit of every count, in the bit order of a spike word.
    write : :py:`Out(write_port(config))`
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(COMMAND), "start": In(1), "done": Out(1),
            "read": Out(read_port()),
            "clear": Out(1), "add": Out(1), "shift": Out(1), "addend": Out(config.count_bits),
            "low": In(config.word_bits),
            "write": Out(write_port(config)),
        })

    def elaborate(self, platform):
        m = Module()
        command = self.command
        source, dest = Signal(ADDRESS_BITS), Signal(ADDRESS_BITS)
        token, plane = Signal(INDEX_BITS), Signal(command.planes.shape())
        groups_left = Signal(command.groups.shape())
        read_plane = Signal.like(plane)
        last_plane = plane == command.planes - 1
        m.d.sync += [self.add.eq(self.read.enable), read_plane.eq(plane)]
        m.d.comb += [
            self.read.address.eq(source), self.addend.eq(1 << read_plane),
            self.write.address.eq(dest), self.write.data.eq(self.low),
        ]

        with m.FSM():
            with m.State("IDLE"):
                with m.If(self.start):
                    m.d.sync += [source.eq(command.source), dest.eq(command.dest),
                                 groups_left.eq(command.groups)]
                    m.next = "CLEAR"
            with m.State("CLEAR"):
                m.d.comb += self.clear.eq(1)
                m.d.sync += [token.eq(0), plane.eq(0)]
                m.next = "SUM"
            with m.State("SUM"):
                m.d.comb += self.read.enable.eq(1)
                m.d.sync += [source.eq(source + 1), plane.eq(plane + 1)]
                with m.If(last_plane):
                    m.d.sync += [plane.eq(0), token.eq(token + 1)]
                    with m.If(token == command.pixels - 1):
                        m.next = "SETTLE"
            with m.State("SETTLE"):
                m.next = "STORE"
            with m.State("STORE"):
                m.d.comb += [self.shift.eq(1),
                             self.write.enable.eq((1 << self.config.subs) - 1)]
                m.d.sync += [dest.eq(dest + 1), plane.eq(plane + 1)]
                with m.If(plane == command.dest_words - 1):
                    m.d.sync += groups_left.eq(groups_left - 1)
                    m.next = "CLEAR"
                    with m.If(groups_left == 1):
                        m.d.comb += self.done.eq(1)
                        m.next = "IDLE"
        return m
