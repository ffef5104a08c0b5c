"""One-clock memory of one write and one read port, as block RAM is everywhere."""
from amaranth import *
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["NAME", "SYNTHESIS", "BlockRam"]

NAME = "block_ram"
"""Of the memories whose collisions do not matter."""
SYNTHESIS = f"setparam -set COLLISION_X_MASK 1'1 t:$memrd_v2 r:MEMID=*{NAME} %i"
"""Yosys command that says so, after a design was read."""


class BlockRam(wiring.Component):
    """A memory that promises nothing about an address that is read while it is written.

    What block RAM then returns differs between FPGAs, and hiding the difference costs two
    registers for each bit of a word. Simulations, which have no platform, return the complement of
    the old word, so that whoever looks at it is found out.

    Timing: ``data`` belongs to the read of the cycle before, and holds without ``read``. One read
    and one write per cycle.
    Cost: ``width * depth`` bits, no logic.

    Members
    -------
    read, write : :py:`In(1)`
    read_address, write_address : :py:`In(range(depth))`
    data : :py:`Out(width)`
    write_data : :py:`In(width)`
    """

    def __init__(self, width: int, depth: int):
        self.width, self.depth = width, depth
        address = In(max(1, (depth - 1).bit_length()))
        super().__init__({
            "read": In(1), "read_address": address, "data": Out(width),
            "write": In(1), "write_address": address, "write_data": In(width),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules[NAME] = words = memory.Memory(shape=self.width, depth=self.depth, init=[])
        write, read = words.write_port(), words.read_port()
        m.d.comb += [
            read.en.eq(self.read), read.addr.eq(self.read_address), self.data.eq(read.data),
            write.en.eq(self.write), write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
        ]
        if platform is None:
            collided = Signal()
            with m.If(self.read):
                m.d.sync += collided.eq(
                    self.write & (self.read_address == self.write_address))
            m.d.comb += self.data.eq(Mux(collided, ~read.data, read.data))
        return m
