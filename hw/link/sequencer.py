"""Executes the program of the link."""
from amaranth import *
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import REPLY, SYNC, Kind

from .microcode import MICROCODE, ROWS, Condition, Count, Event, Source
from .program import link_program

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """A row of microcode every other cycle: two registers, a pointer into the frame memory and a
    counter, and questions to everything around. What it does is in :mod:`.program`.

    ::

        row -> ROM -> fields --> pointer -> frame memory --> byte read --> counter, reply, address
          ^            |                         ^                |           |
          |            v                         +- byte received, counter    |
          +-- taken <- condition <--------------------------------------------+

    In its first cycle a row asks its question and does all but two things: frame memory is written
    at the new place of the pointer, and the counter changes, in the second one, in which the row
    that comes next is read.

    Timing: a row every 2 cycles; a byte received is stored at most 5 cycles after ``done``, and
    the first bit of the checksum is its own from 10 cycles after it.
    Cost: a ROM of 256 rows.

    Parameters
    ----------
    limit
        Largest payload of a frame.

    Members
    -------
    byte, done, broken : :py:`In`
        See :class:`.UartReceiver`.
    expired : :py:`In(1)`
        See :class:`.PauseTimer`.
    mismatch : :py:`In(1)`
        The checksum received is wrong.
    clear, emit, replying : :py:`Out(1)`
        The checksum starts anew; the bits on the line are its own; it is that of the reply.
    head : :py:`In(8)`
        Of the checksum.
    address, write, store, frame
        See :class:`.FrameMemory`: ``address``, ``write``, ``byte``, ``data``.
    reply : :py:`Out(stream.Signature(8))`
        To the UART.
    part, load, step, reading, writing : :py:`Out`
    ready, data, spikes, outside, misaligned : :py:`In`
        See :class:`.MemoryAccess`; all but ``reading`` and ``writing`` last one cycle.
    loading : :py:`Out(1)`
        The address of the log is still on its way.
    event : :py:`Out(Event)`
        For one cycle.
    stop : :py:`Out(1)`
        The core is brought to rest.
    running, state : :py:`In`
        See :class:`.RunState`: ``running``, ``byte``.
    index : :py:`Out(3)`
        Of the byte of the state.
    quiet : :py:`In(1)`
        The core is at rest.
    """

    def __init__(self, limit: int):
        self.limit = limit
        super().__init__({
            "byte": In(8), "done": In(1), "broken": In(1), "expired": In(1), "mismatch": In(1),
            "clear": Out(1), "emit": Out(1), "replying": Out(1), "head": In(8),
            "address": Out(10), "write": Out(1), "store": Out(8), "frame": In(8),
            "reply": Out(stream.Signature(8)),
            "part": Out(2), "load": Out(1), "step": Out(1), "reading": Out(1), "writing": Out(1),
            "ready": In(1), "data": In(8), "spikes": In(1), "outside": In(1), "misaligned": In(1),
            "loading": Out(1), "event": Out(3), "stop": Out(1),
            "running": In(1), "state": In(8), "index": Out(3), "quiet": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        row = data.View(MICROCODE, Signal(MICROCODE))
        pointer = Signal(10)
        counter = Signal(10)
        much = Signal()
        second = Signal(init=1)
        arrived, broken = Signal(), Signal()
        first = ~second
        lost = broken | self.expired
        m.d.sync += second.eq(first)
        taken = self.fetch(m, row, second,
                           self.conditions(row, counter, much, pointer, arrived, lost))

        m.d.comb += [
            self.address.eq(pointer),
            self.store.eq(Mux(row.write_count, counter[:8], self.byte)),
            self.part.eq(pointer[:2]), self.index.eq(pointer[:3]),
            self.reply.valid.eq(row.send & first),
            self.reply.payload.eq(self.choose(row)),
            self.event.eq(Mux(first, row.event, Event.NONE)),
            # A row that writes is repeated until memory has taken the word.
            self.writing.eq(row.writing & row.step & (first | taken)),
        ]
        m.d.comb += [getattr(self, name).eq(row[name] & first) for name in (
            "clear", "load", "step")]
        m.d.comb += [getattr(self, name).eq(row[name]) for name in (
            "emit", "replying", "reading", "loading", "stop")]
        with m.If(first):
            m.d.sync += pointer.eq(Mux(row.jump, row.place, pointer + row.advance))
        with m.If(row.take & first):
            m.d.sync += [arrived.eq(0), broken.eq(0)]
        with m.If(self.done):
            m.d.sync += arrived.eq(1)
        with m.If(self.broken):
            m.d.sync += broken.eq(1)
        with m.If(second):
            self.count(m, row, counter, much)
        return m

    def fetch(self, m, row, second, condition):
        """The next row; returns, for the second cycle of a row, whether it goes to its target."""
        rom = memory.Memory(shape=MICROCODE, depth=ROWS, init=[
            {name: int(value) for name, value in fields.items()} for fields in link_program()])
        m.submodules.rom = rom
        read = rom.read_port()
        # Power comes up in the second cycle of a row before row 0, of which nothing is known.
        here = Signal(range(ROWS), init=ROWS - 1)
        taken, awake = Signal(), Signal()
        target = Signal.like(here)
        m.d.comb += [
            read.en.eq(second), read.addr.eq(Mux(taken, target, here + 1)), row.eq(read.data),
            self.write.eq((row.write | row.write_count) & second & awake),
        ]
        m.d.sync += awake.eq(1)
        with m.If(second):
            m.d.sync += here.eq(read.addr)
        with m.Else():
            m.d.sync += [taken.eq(condition),
                         target.eq(row.target | Mux(row.dispatch, self.frame[:3], 0))]
        return taken

    def conditions(self, row, counter, much, pointer, arrived, lost):
        """Whether the row goes to its target."""
        outside = self.outside | (self.spikes & row.writing)
        answers = {
            Condition.NEVER: 0, Condition.ARRIVED: arrived, Condition.LOST: lost,
            Condition.OVER: arrived | lost,
            Condition.SYNC: self.byte == SYNC, Condition.MISMATCH: self.mismatch,
            Condition.ZERO: (counter == 0) & ~much, Condition.CARRY: counter[8],
            Condition.TWICE: counter[9], Condition.TOO_LONG: much | (counter > self.limit),
            Condition.EQUAL: counter[:8] == self.frame, Condition.HELLO: self.frame == Kind.HELLO,
            Condition.FINAL: self.frame[0] & self.frame[2],
            Condition.UNKNOWN: self.frame[3:].any(), Condition.REPLY: self.frame[7],
            Condition.FOURTH: pointer[:2] == 3, Condition.SENT: self.reply.ready,
            Condition.READY: self.ready, Condition.OUTSIDE: outside,
            Condition.REFUSED: outside | self.misaligned, Condition.MISALIGNED: self.misaligned,
            Condition.RUNNING: self.running, Condition.QUIET: self.quiet,
        }
        asked = [answers[condition] for condition in Condition]
        # Codes that no row has give what those half as large do, which is no logic at all.
        for size in (1 << k for k in range(len(row.ask))):
            if len(asked) % (2 * size):
                asked += asked[-size:]
        return choose(asked, row.ask) ^ row.unless

    def choose(self, row):
        """The byte to send."""
        return Mux(row.source == Source.FRAME, self.frame | Mux(row.mark, REPLY, 0),
                   Mux(row.source == Source.MEMORY, self.data,
                       Mux(row.source == Source.RUN, self.state, self.head)))

    def count(self, m, row, counter, much):
        """What becomes of the counter."""
        with m.Switch(row.count):
            with m.Case(Count.LOW):
                m.d.sync += [counter.eq(self.frame), much.eq(0)]
            with m.Case(Count.HIGH):
                m.d.sync += [counter[8:].eq(self.frame[:2]), much.eq(self.frame[2:].any())]
            with m.Case(Count.UP, Count.DOWN):
                m.d.sync += counter.eq(counter + Mux(row.count == Count.UP, 1, -1))


def choose(values: list[Value], index: Value) -> Value:
    """``values[index]``, as a tree of choices between two."""
    if len(values) == 1:
        return Value.cast(values[0])
    return choose([Mux(index[0], values[k + 1], values[k]) for k in range(0, len(values), 2)],
                  index[1:])
