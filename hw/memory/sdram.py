"""SDRAM as the core's memory."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from sw.contract.errors import SpikeplaneError

from ..config import CoreConfig
from .port import memory_signature
from .sdram_data import SdramData
from .sdram_intake import SdramIntake
from .sdram_layouts import Command, pins_signature
from .sdram_part import SdramPart
from .sdram_refresh import SdramRefresh
from .sdram_schedule import SdramSchedule

__all__ = ["Sdram"]


class Sdram(wiring.Component):
    """Memory backend on a single data rate SDRAM.

    ::

                 +--------+ segments +----------+ command
        port --->| intake |--------->| schedule |---------> register ---> pins
          ^      +--------+          +----------+
          |           | word          ^ forced
          |       +------+       +---------+
          +-------| data |<-dq   | refresh |
                  +------+       +---------+

    A memory word is a burst of ``memory_bits / data_bits`` columns. What the part demands is kept
    by counters in cycles of ``clock``.

    All pins are driven by registers. The board adds the registers of its pads and makes the part's
    clock, see :py:`hw.memory.sdram_phase`, which also gives ``pad_delay``: how many cycles later
    than CAS latency after a command left this component its data come back to it.

    Timing: see ``docs/decisions/0010-sdram.md``.
    Cost: see there.

    Members
    -------
    port : :py:`In(memory_signature(config))`
        Requests of at least one word; addresses wrap at the capacity. During the startup time
        (200 us) nothing is answered.
    pins : :py:`Out(pins_signature(part))`
    """

    def __init__(self, config: CoreConfig, part: SdramPart, clock: int, *, pad_delay: int = 2):
        self.config, self.part = config, part
        self.beats, rest = divmod(config.memory_bits, part.data_bits)
        if rest or self.beats not in (1, 2, 4, 8):
            raise SpikeplaneError(
                f"SDRAM: memory_bits must be 1, 2, 4 or 8 times the part's {part.data_bits} data "
                f"bits, not {config.memory_bits}; choose another core or part")
        self.cycles = part.cycles(clock)
        self.pad_delay = pad_delay
        super().__init__({"port": In(memory_signature(config)), "pins": Out(pins_signature(part))})

    def elaborate(self, platform):
        m = Module()
        m.submodules.intake = intake = SdramIntake(self.config, self.part)
        m.submodules.schedule = schedule = SdramSchedule(self.part, self.cycles, self.beats)
        m.submodules.refresh = refresh = SdramRefresh(self.part, self.cycles, self.beats)
        m.submodules.data = bus = SdramData(self.config.memory_bits, self.part.data_bits,
                                            self.cycles.cas + self.pad_delay)
        connect(m, wiring.flipped(self.port.request), intake.request)
        connect(m, wiring.flipped(self.port.write), intake.write)
        connect(m, intake.segments, schedule.segments)
        connect(m, bus.response, wiring.flipped(self.port.response))

        pins, command = self.pins, schedule.command
        m.d.comb += [
            schedule.forced.eq(refresh.command), schedule.hold.eq(refresh.hold),
            schedule.room.eq(bus.room),
            refresh.idle.eq(schedule.idle), refresh.closable.eq(schedule.closable),
            refresh.startable.eq(schedule.startable),
            bus.read.eq(command.code == Command.READ), bus.write.eq(command.code == Command.WRITE),
            bus.word.eq(intake.word), intake.written.eq(bus.written),
            bus.dq_i.eq(pins.dq_i), pins.dq_o.eq(bus.dq_o), pins.dq_oe.eq(bus.dq_oe),
            pins.cs.eq(1), pins.cke.eq(1),
        ]
        m.d.sync += [
            Cat(pins.ras, pins.cas, pins.we).eq(command.code.as_value()),
            pins.ba.eq(command.bank), pins.a.eq(command.address),
        ]
        # The data sheets want the masks high until the part has started.
        with m.If(refresh.started):
            m.d.sync += pins.dqm.eq(0)
        return m
