"""The design of a simulated board: that of a real one, with the pins as ports."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from hw.memory.block import BlockMemory
from hw.system.config import SystemConfig
from hw.system.system import System

__all__ = ["SimulatedTop"]


class SimulatedTop(wiring.Component):
    """System, memory, and the pins of a board.

    Timing: that of :class:`hw.system.system.System`.

    Members
    -------
    rx, tx
        UART.
    alive, busy, error
        LEDs.
    """

    def __init__(self, config: SystemConfig):
        self.config = config
        super().__init__({"rx": In(1), "tx": Out(1), "alive": Out(1), "busy": Out(1),
                          "error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.system = system = System(self.config)
        m.submodules.memory = memory = BlockMemory(
            self.config.core, self.config.memory_bytes * 8 // self.config.core.memory_bits)
        connect(m, system.memory, memory.port)
        m.d.comb += [system.rx.eq(self.rx), self.tx.eq(system.tx), self.alive.eq(system.alive),
                     self.busy.eq(system.busy), self.error.eq(system.error)]
        return m
