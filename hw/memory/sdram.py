"""SDRAM as the core's memory."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

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

    A memory word is a burst of ``memory_bits / data_bits`` columns, called beats. What the part
    demands is kept by counters in cycles of ``clock``.

    All pins are driven by registers. The board puts another register into each pad, in both
    directions, and makes the part's clock: :py:`hw.memory.sdram_phase.clock_phase` says with which
    phase, and ``pad_delay``: by how many cycles data come later than CAS latency after READ has
    left this component. In simulation any ``pad_delay`` will do that :py:`sim.sdram.SdramModel`
    has too.

    Timing: a stream of requests of 16 words is read without gaps but for refreshes, which cost
    tRP + tRFC + tRCD + 1 cycles each: with 2 beats at 80 MHz, 8,192 columns in 8,335 cycles (98 %
    of the bus). A single read takes CAS latency + pad_delay + beats + 6 cycles from request to
    response if its row is open; tRCD more if its bank is closed, tRP + tRCD + 1 more if another row
    is open. Words can be written every beats + 4 cycles. Responses that are not taken stop reading
    after 16 words.
    Cost: 650 LUTs and 400 registers of ECP5 at 32 bits, no block RAM.

    Members
    -------
    port : :py:`In(memory_signature(config))`
        Requests of at least one word; addresses wrap at the capacity. During the startup time
        (200 us) nothing is answered.
    pins : :py:`Out(pins_signature(part))`
    """

    def __init__(self, config: CoreConfig, part: SdramPart, clock: int, *, pad_delay: int = 2):
        self.config, self.part = config, part
        self.beats, self.cycles = part.beats(config.memory_bits), part.cycles(clock)
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
