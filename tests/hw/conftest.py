"""A design small enough to be built in a test."""
import pytest
from amaranth import *
from amaranth.lib import io, memory

from hw.boards import find_board
from hw.boards.clocking import Clocking
from hw.build.plan import make_plan


class Blink(Elaboratable):
    """A counter and a block RAM behind a board's PLL, seen at one LED."""

    def __init__(self, board):
        self.board = board

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.clocking = Clocking(self.board)
        m.submodules.table = table = memory.Memory(shape=16, depth=256, init=range(256))
        read, write = table.read_port(), table.write_port()
        count = Signal(16)
        resource, number, *part = self.board.leds["alive"]
        led = platform.request(resource, number, dir="-")
        m.submodules.led = buffer = io.Buffer("o", getattr(led, *part) if part else led)
        m.d.sync += count.eq(count + 1)
        m.d.comb += [read.addr.eq(count), write.addr.eq(count[4:]), write.data.eq(count),
                     write.en.eq(count[-1]), buffer.o.eq(read.data.xor())]
        return m


def blink_plan(name, seed=1):
    board = find_board(name)
    return make_plan(board, Blink(board), seed)


@pytest.fixture
def plan_of():
    """``plan_of(board, seed)``: the plan of a small design on a board."""
    return blink_plan
