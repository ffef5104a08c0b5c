"""The SDRAM chip of a board as the core's memory: controller, pads, and the chip's clock."""
from amaranth import *
from amaranth.lib import io, wiring
from amaranth.lib.wiring import In, connect, flipped

from ..config import CoreConfig
from ..memory.port import memory_signature
from ..memory.sdram import Sdram
from ..memory.sdram_phase import ECP5_PADS, clock_phase
from .board import Board

__all__ = ["SdramMemory"]


class SdramMemory(wiring.Component):
    """Memory backend on the resource ``sdram`` of a platform.

    Every pin has its register in the pad, in the domain ``sync``. The chip's clock is that of the
    domain ``sdram``, which is as late as :func:`hw.memory.sdram_phase.clock_phase` says, and leaves
    through a double-rate register, whose delay is that of the other pads.

    Timing: that of :class:`hw.memory.sdram.Sdram`.

    Members
    -------
    port : :py:`In(memory_signature(config))`
    """

    def __init__(self, board: Board, config: CoreConfig):
        self.phase = clock_phase(board.sdram.timing, board.clock, ECP5_PADS)
        self.controller = Sdram(config, board.sdram, board.clock, pad_delay=self.phase.pad_delay)
        super().__init__({"port": In(memory_signature(config))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.controller = controller = self.controller
        connect(m, flipped(self.port), controller.port)
        pins, chip = controller.pins, platform.request("sdram", 0, dir="-")

        m.submodules.clock = clock = io.DDRBuffer("o", chip.clk, o_domain="sdram")
        m.d.comb += [clock.o[0].eq(1), clock.o[1].eq(0)]
        for name, value in (("clk_en", pins.cke), ("cs", pins.cs), ("ras", pins.ras),
                            ("cas", pins.cas), ("we", pins.we), ("ba", pins.ba), ("a", pins.a),
                            ("dqm", pins.dqm)):
            m.submodules[name] = pad = io.FFBuffer("o", getattr(chip, name))
            m.d.comb += pad.o.eq(value)
        m.submodules.dq = dq = io.FFBuffer("io", chip.dq)
        m.d.comb += [dq.o.eq(pins.dq_o), dq.oe.eq(pins.dq_oe), pins.dq_i.eq(dq.i)]
        return m
