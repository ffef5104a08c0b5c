"""Executes the program of the link."""
from amaranth import *
from amaranth.lib import data, memory, stream, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import REPLY, SYNC, Kind

from .microcode import MICROCODE, ROWS, Condition, Count, Source
from .program import link_program

__all__ = ["Sequencer"]


class Sequencer(wiring.Component):
    """A row of microcode per cycle: two registers, a pointer into the frame memory and a counter,
    and questions to everything around. What it does is in :mod:`.program`.

    ::

        row -> ROM -> fields --> pointer -> frame memory --> byte read --> counter, reply, address
          ^            |                         ^                |           |
          |            v                         +- byte received, counter    |
          +------- condition <------------------------------------------------+

    Timing: a row per cycle; a byte received is stored at most 5 cycles after ``done``, and the
    next one has to be at least 10 cycles away, 40 with the smallest divisor.
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
        See :class:`.MemoryAccess`.
    loading : :py:`Out(1)`
        The address of the log is still on its way.
    event : :py:`Out(Event)`
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
            "loading": Out(1), "event": Out(3), "running": In(1), "state": In(8), "index": Out(3),
            "quiet": In(1),
        })

    def elaborate(self, platform):
        m = Module()
        row = data.View(MICROCODE, Signal(MICROCODE))
        pointer = Signal(10)
        counter = Signal(10)
        much = Signal()
        awake = Signal()
        arrived, broken = Signal(), Signal()
        m.d.sync += awake.eq(1)
        self.fetch(m, row, awake, self.conditions(
            row, counter, much, pointer, arrived, broken | self.expired))

        m.d.comb += [
            self.address.eq(Mux(row.jump, row.place, pointer + row.advance)),
            # Whatever the ROM shows when power comes up, nothing is written.
            self.write.eq((row.write | row.write_count) & awake),
            self.store.eq(Mux(row.write_count, counter[:8], self.byte)),
            self.part.eq(pointer[:2]), self.index.eq(pointer[:3]),
            self.reply.valid.eq(row.send),
            self.reply.payload.eq(self.choose(row)),
        ]
        m.d.comb += [getattr(self, name).eq(row[name]) for name in (
            "clear", "emit", "replying", "load", "step", "reading", "writing", "loading", "event")]
        m.d.sync += pointer.eq(self.address)
        with m.If(row.take):
            m.d.sync += [arrived.eq(0), broken.eq(0)]
        with m.If(self.done):
            m.d.sync += arrived.eq(1)
        with m.If(self.broken):
            m.d.sync += broken.eq(1)
        self.count(m, row, counter, much)
        return m

    def fetch(self, m, row, awake, taken):
        """The next row."""
        rom = memory.Memory(shape=MICROCODE, depth=ROWS, init=[
            {name: int(value) for name, value in fields.items()} for fields in link_program()])
        m.submodules.rom = rom
        read = rom.read_port()
        here = Signal(range(ROWS))
        target = row.target | Mux(row.dispatch, self.frame[:3], 0)
        m.d.comb += [
            read.en.eq(1), read.addr.eq(Mux(awake, Mux(taken, target, here + 1), 0)),
            row.eq(read.data),
        ]
        m.d.sync += here.eq(read.addr)

    def conditions(self, row, counter, much, pointer, arrived, lost):
        """Whether the row goes to its target."""
        outside = self.outside | (self.spikes & self.writing)
        answers = {
            Condition.NEVER: 0, Condition.ARRIVED: arrived, Condition.LOST: lost,
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
