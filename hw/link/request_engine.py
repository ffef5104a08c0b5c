"""Executes requests and composes their replies."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from sw.contract.link import REPLY, Kind, Status

from ..system.config import SystemConfig
from .frame_memory import HELLO, IDENTITY
from .frame_transmitter import REPLY_BYTE

__all__ = ["RequestEngine"]

_PAYLOAD = {Kind.HELLO: 4, Kind.IDENTITY: 0, Kind.READ: 6, Kind.RUN: 12, Kind.STATUS: 0,
            Kind.ABORT: 0}
"""Bytes of a request's payload; a WRITE has at least 4."""
_STATUS_BYTES = 16
_HELLO_BYTES = 11


class RequestEngine(wiring.Component):
    """Walks through the frame received, a byte every other cycle, and does what it says.

    WRITE, READ and RUN are walked through twice: first only to check them, then to do them.

    ::

        IDLE -> SEQUENCE -> CHECK -> FIELDS <-> TARGET, LENGTH -> WALK -> VERDICT
          |        |          |        ^           |                         |
          +-> DROP <          +-> REST +-- START <-+  (twice; then)          v
                                   |                  reply: HEADER -> STATUS -> PAYLOAD -> WAIT
                                   +-----------------------^

    Timing: a reply starts at most ``4 * limit + 40`` cycles after its request was received, plus
    what memory takes for the words written, or the core to come to rest.

    Parameters
    ----------
    config
        The system.
    index_bits
        Those of :class:`.FrameMemory`.

    Members
    -------
    received, length, release
        See :class:`.FrameReceiver`.
    dropped : :py:`Out(1)`
        The frame is ignored.
    address, frame
        Read port of :class:`.FrameMemory`: ``address``, ``data``.
    reply : :py:`Out(stream.Signature(REPLY_BYTE))`
    sent : :py:`In(1)`
        The whole reply was sent.
    load, part, reading, writing, step, ready, data, spikes, outside, misaligned
        See :class:`.MemoryAccess`.
    start, running, number, state, turn, index
        See :class:`.RunState`: ``start``, ``running``, ``load``, ``byte``, ``turn``, ``index``.
    busy : :py:`Out(1)`
        The address of the log is still on its way.
    stop : :py:`Out(1)`
        Bring the core to rest and reset it.
    quiet : :py:`In(1)`
        That is done.
    aborted : :py:`Out(1)`
        The run was aborted.
    """

    def __init__(self, config: SystemConfig, index_bits: int):
        self.config = config
        self.index_bits = index_bits
        super().__init__({
            "received": In(1), "length": In(index_bits), "release": Out(1), "dropped": Out(1),
            "address": Out(index_bits + 1), "frame": In(8),
            "reply": Out(stream.Signature(REPLY_BYTE)), "sent": In(1),
            "load": Out(1), "part": Out(2), "reading": Out(1), "writing": Out(1),
            "step": Out(1), "ready": In(1), "data": In(8),
            "spikes": In(1), "outside": In(1), "misaligned": In(1),
            "start": Out(1), "running": In(1), "number": Out(1), "state": In(8), "turn": Out(1),
            "index": Out(4),
            "busy": Out(1), "stop": Out(1), "quiet": In(1), "aborted": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        self.pointer = Signal(self.index_bits, init=(1 << self.index_bits) - 4)
        self.count = Signal(self.index_bits)
        self.kind = Signal(3)
        self.unknown, self.bad, self.checking = Signal(), Signal(), Signal()
        self.status = Signal(Status)
        # Whether `frame` belongs to the pointer.
        self.settled = Signal()
        constants = Signal()
        m.d.comb += [
            self.address.eq(Cat(self.pointer, constants)),
            self.part.eq(self.pointer[:2]), self.index.eq(self.pointer[:4]),
        ]
        m.d.sync += self.settled.eq(1)

        with m.FSM() as fsm:
            self.identify(m)
            self.check(m)
            self.read_fields(m)
            self.control_core(m)
            self.send(m, constants)
        m.d.comb += self.busy.eq(fsm.ongoing("FIELDS") | fsm.ongoing("TARGET"))
        return m

    def go(self, m, pointer):
        """Move the pointer; ``frame`` follows."""
        m.d.sync += [self.pointer.eq(pointer), self.settled.eq(0)]

    def answer(self, m, status):
        """Reply with a status, and nothing else unless ``count`` is set to more."""
        m.d.sync += [self.status.eq(status), self.count.eq(1)]
        self.go(m, -4)
        m.next = "HEADER"

    def identify(self, m):
        """Is it a request, and whose turn is it?"""
        last = Signal(8)
        linked, fresh = Signal(), Signal(init=1)
        distance = (self.frame - last)[:8]
        hello = ~self.unknown & (self.kind == Kind.HELLO)
        settled_before = (self.status != Status.OK) | self.kind.matches(Kind.RUN, Kind.ABORT)
        self.fresh = fresh

        with m.State("IDLE"):
            m.d.sync += [self.kind.eq(self.frame[:3]), self.checking.eq(1), self.bad.eq(0),
                         self.unknown.eq(self.frame[3:].any() | (self.frame[:3] == 0))]
            with m.If(self.received):
                self.go(m, -3)
                m.next = "SEQUENCE"
                with m.If(self.frame[7]):
                    m.next = "DROP"
        with m.State("SEQUENCE"):
            with m.If(self.settled):
                self.go(m, 0)
                with m.If(hello):
                    m.d.sync += [linked.eq(1), last.eq(self.frame)]
                    m.next = "CHECK"
                with m.Elif(linked & (distance == 1)):
                    m.d.sync += [fresh.eq(0), last.eq(self.frame)]
                    m.next = "CHECK"
                with m.Elif(linked & (distance == 0) & settled_before):
                    self.answer(m, self.status)
                with m.Elif(linked & (distance == 0)):
                    m.next = "CHECK"
                with m.Else():
                    m.next = "DROP"
        with m.State("DROP"):
            m.d.comb += [self.dropped.eq(1), self.release.eq(1)]
            self.go(m, -4)
            m.next = "IDLE"

    def check(self, m):
        """What can be said without the payload; then the payload, or the reply."""
        wrong = Signal()
        size = {Kind.HELLO: _HELLO_BYTES, Kind.IDENTITY: 1 + len(self.config.identity),
                Kind.STATUS: _STATUS_BYTES}
        accesses = self.kind.matches(Kind.WRITE, Kind.READ, Kind.RUN)

        with m.State("CHECK"):
            with m.Switch(self.kind):
                with m.Case(Kind.WRITE):
                    m.d.comb += wrong.eq(self.length < 4)
                for kind, length in _PAYLOAD.items():
                    with m.Case(kind):
                        m.d.comb += wrong.eq(self.length != length)
            with m.If(self.unknown):
                self.answer(m, Status.UNKNOWN_KIND)
            with m.Elif(wrong):
                self.answer(m, Status.BAD_LENGTH)
            with m.Elif(accesses & self.running):
                self.answer(m, Status.BUSY)
            with m.Elif(accesses):
                m.next = "FIELDS"
            with m.Else():
                self.answer(m, Status.OK)
                with m.Switch(self.kind):
                    for kind, count in size.items():
                        with m.Case(kind):
                            m.d.sync += self.count.eq(count)
                    with m.Case(Kind.ABORT):
                        m.next = "REST"

    def read_fields(self, m):
        """Addresses, lengths and data in the order of the payload."""
        run, read = self.kind == Kind.RUN, self.kind == Kind.READ
        write = ~run & ~read
        in_length = read & self.pointer[2]
        high = self.index_bits - 8

        with m.State("FIELDS"):
            with m.If(self.settled):
                self.go(m, self.pointer + 1)
                m.d.comb += [
                    self.load.eq(~in_length & ~(run & (self.pointer[2:4] == 0))),
                    self.number.eq(run & (self.pointer[2:4] == 0) & ~self.checking),
                ]
                with m.If(in_length & ~self.pointer[0]):
                    m.d.sync += self.count[:8].eq(self.frame)
                with m.If(in_length & self.pointer[0]):
                    m.d.sync += self.count[8:].eq(self.frame)
                    with m.If(self.frame[high:].any()):
                        m.d.sync += self.bad.eq(1)
                    m.next = "LENGTH"
                with m.If(self.load & (self.part == 3)):
                    m.next = "TARGET"
        with m.State("TARGET"):
            with m.If(self.outside | self.misaligned | (self.spikes & ~read)):
                m.d.sync += self.bad.eq(1)
            m.next = "FIELDS"
            with m.If(write):
                m.next = "WALK"
            with m.If(run & ~self.pointer[2] & ~self.checking):
                m.next = "REST"
            with m.If(run & self.pointer[2]):
                m.next = "VERDICT"
        with m.State("LENGTH"):
            with m.If(self.count >= self.config.limit):
                m.d.sync += self.bad.eq(1)
            m.next = "WALK"
            with m.If(~self.checking):
                # The reply has its status before the bytes.
                self.answer(m, Status.OK)
                m.d.sync += self.count.eq(self.count + 1)
        with m.State("WALK"):
            with m.If(Mux(read, self.count == 0, self.pointer == self.length)):
                with m.If(self.misaligned):
                    m.d.sync += self.bad.eq(1)
                m.next = "VERDICT"
            with m.Elif(self.settled):
                m.d.comb += [self.step.eq(1), self.writing.eq(~self.checking)]
                with m.If(self.outside):
                    m.d.sync += self.bad.eq(1)
                with m.If(self.ready):
                    m.d.sync += self.count.eq(self.count - 1)
                    self.go(m, self.pointer + 1)
        with m.State("VERDICT"):
            m.d.sync += self.checking.eq(0)
            self.go(m, 0)
            m.next = "FIELDS"
            with m.If(self.bad):
                self.answer(m, Status.BAD_ADDRESS)
            with m.Elif(~self.checking):
                self.answer(m, Status.OK)

    def control_core(self, m):
        """A run starts on a core that has just been reset, as an abort leaves it."""
        with m.State("REST"):
            m.d.comb += self.stop.eq(1)
            with m.If(self.quiet):
                m.next = "HEADER"
                with m.If(self.kind == Kind.RUN):
                    m.next = "START"
                with m.Else():
                    m.d.comb += self.aborted.eq(1)
        with m.State("START"):
            m.d.comb += self.start.eq(1)
            m.next = "FIELDS"

    def send(self, m, constants):
        """The reply."""
        reply, taken = self.reply, self.reply.valid & self.reply.ready
        hello, identity, read, state = (
            self.kind == kind for kind in (Kind.HELLO, Kind.IDENTITY, Kind.READ, Kind.STATUS))
        last = self.count == 1

        with m.State("HEADER"):
            m.d.comb += [
                reply.valid.eq(self.settled),
                reply.p.data.eq(Array([self.frame | REPLY, self.frame, self.count[:8],
                                       self.count[8:]])[self.part]),
            ]
            with m.If(taken):
                self.go(m, self.pointer + 1)
                with m.If(self.part == 3):
                    m.next = "STATUS"
        with m.State("STATUS"):
            m.d.comb += [reply.valid.eq(1), reply.p.data.eq(self.status), reply.p.last.eq(last)]
            with m.If(taken):
                m.d.sync += self.count.eq(self.count - 1)
                self.go(m, Mux(identity, IDENTITY, 0))
                m.next = "PAYLOAD"
                with m.If(last):
                    m.next = "WAIT"
        with m.State("PAYLOAD"):
            first = self.pointer[:4] == HELLO + 1
            m.d.comb += [
                self.reading.eq(read), self.step.eq(read & reply.ready),
                constants.eq(identity | (hello & self.pointer[2:4].any())),
                self.turn.eq(state & taken),
                reply.valid.eq(Mux(read, self.ready, self.settled)),
                reply.p.data.eq(Mux(read, self.data, Mux(state, self.state, Mux(
                    hello & first, self.fresh, self.frame)))),
                reply.p.last.eq(last),
            ]
            with m.If(taken):
                m.d.sync += self.count.eq(self.count - 1)
                self.go(m, self.pointer + 1)
                with m.If(last):
                    m.next = "WAIT"
        with m.State("WAIT"):
            with m.If(self.sent):
                m.d.comb += self.release.eq(1)
                self.go(m, -4)
                m.next = "IDLE"
