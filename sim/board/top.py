"""The design of a simulated board: that of a real one, with the UART's pins as ports."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from hw.boards.board import Board, Memory
from hw.memory.block import BlockMemory
from hw.memory.sdram import Sdram
from hw.memory.sdram_phase import ECP5_PADS, clock_phase
from hw.memory.spram import SpramMemory
from hw.system.config import SystemConfig
from hw.system.system import System

from ..sdram import SdramModel

__all__ = ["SimulatedTop"]


class SimulatedTop(wiring.Component):
    """System, memory, and the pins of a board.

    Timing: that of :class:`hw.system.system.System` and of the memory.

    Parameters
    ----------
    board
        Whose kind of memory is used; None for block RAM.

    Members
    -------
    rx, tx
        UART.
    alive, busy, error
        LEDs.
    """

    def __init__(self, config: SystemConfig, board: Board | None = None):
        self.config, self.board = config, board
        super().__init__({"rx": In(1), "tx": Out(1), "alive": Out(1), "busy": Out(1),
                          "error": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.system = system = System(self.config)
        m.submodules.memory = memory = self._memory(m)
        connect(m, system.memory, memory.port)
        m.d.comb += [system.rx.eq(self.rx), self.tx.eq(system.tx), self.alive.eq(system.alive),
                     self.busy.eq(system.busy), self.error.eq(system.error)]
        return m

    def _memory(self, m):
        config, board = self.config, self.board
        if board is not None and board.memory is Memory.SDRAM:
            delay = clock_phase(board.sdram.timing, config.clock, ECP5_PADS).pad_delay
            controller = Sdram(config.core, board.sdram, config.clock, pad_delay=delay)
            m.submodules.chip = chip = SdramModel(board.sdram, config.clock, pad_delay=delay)
            connect(m, controller.pins, chip.pins)
            return controller
        if board is not None and board.memory is Memory.SPRAM:
            return SpramMemory(config.core, config.memory_bytes)
        return BlockMemory(config.core, config.memory_bytes * 8 // config.core.memory_bits)
