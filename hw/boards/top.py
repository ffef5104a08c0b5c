"""The design of a board: clock and reset, memory, system, pins."""
from amaranth import *
from amaranth.lib import io
from amaranth.lib.wiring import connect

from ..core.core import Core
from ..memory.block import BlockMemory
from ..memory.spram import SpramMemory
from ..system.config import SystemConfig
from ..system.system import System
from .board import Board, Memory
from .clocking import Clocking
from .sdram import SdramMemory

__all__ = ["Top"]


class Top(Elaboratable):
    """A board with its system.

    ::

        uart.rx --> System --> uart.tx, LEDs
                      ^
                      v
                    memory
    """

    def __init__(self, board: Board, config: SystemConfig):
        self.board, self.config = board, config

    def elaborate(self, platform):
        m = Module()
        m.domains.sync = ClockDomain()
        m.submodules.memory = memory = self._memory()
        degrees = None
        if isinstance(memory, SdramMemory):
            m.domains.sdram = ClockDomain(reset_less=True)
            degrees = memory.phase.degrees
        m.submodules.clocking = Clocking(self.board, degrees)
        m.submodules.system = system = System(
            self.config, Core(self.config.core, self.board.array))
        connect(m, system.memory, memory.port)

        uart = platform.request("uart", 0, dir="-")
        m.submodules.rx = rx = io.Buffer("i", uart.rx)
        m.submodules.tx = tx = io.Buffer("o", uart.tx)
        m.d.comb += [system.rx.eq(rx.i), tx.o.eq(system.tx)]
        for name, (resource, number, *part) in self.board.leds.items():
            led = platform.request(resource, number, dir="-")
            m.submodules[name] = buffer = io.Buffer("o", getattr(led, *part) if part else led)
            m.d.comb += buffer.o.eq(getattr(system, name))
        return m

    def _memory(self):
        core = self.config.core
        if self.board.memory is Memory.SDRAM:
            return SdramMemory(self.board, core)
        if self.board.memory is Memory.SPRAM:
            return SpramMemory(core, self.config.memory_bytes)
        return BlockMemory(core, self.config.memory_bytes * 8 // core.memory_bits)
