"""The board's end of the host link: a wiring list."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..core.layouts import read_port
from ..memory.port import memory_signature
from ..system.config import SystemConfig
from .frame_memory import FrameMemory
from .frame_receiver import FrameReceiver
from .frame_transmitter import FrameTransmitter
from .memory_access import MemoryAccess
from .pause_timer import PauseTimer
from .request_engine import RequestEngine
from .run_state import RunState
from .serial_crc import SerialCrc
from .uart import uart_divisor
from .uart_receiver import UartReceiver
from .uart_transmitter import UartTransmitter

__all__ = ["Link"]


class Link(wiring.Component):
    """Executes the requests of docs/link.md, one at a time.

    ::

        rx -> UartReceiver -> FrameReceiver -> FrameMemory <-> RequestEngine -> RunState
                      |             |                          |         |
                      +-------> SerialCrc <---+                |      MemoryAccess <- log words
                                              |                v         |
        tx <- UartTransmitter <--------- FrameTransmitter <- reply     memory, spikes

    Timing: see :class:`.RequestEngine`.

    Members
    -------
    rx : :py:`In(1)`
    tx : :py:`Out(1)`
    memory : :py:`Out(memory_signature(core))`
    spike_read : :py:`Out(read_port())`
    spike_word : :py:`In(word_bits)`
    start : :py:`Out(1)`
    program : :py:`Out(32)`
        See :class:`hw.core.control.Control`.
    words : :py:`In(stream.Signature(memory_bits))`
        The log.
    idle : :py:`In(1)`
        The core is idle and its log complete.
    stop, quiet : :py:`Out(1)`, :py:`In(1)`
        See :class:`.RequestEngine`.
    alive, running, error : :py:`Out(1)`
        Blinks; a run is in progress; a frame was dropped since the last good one.
    """

    def __init__(self, config: SystemConfig):
        self.config = config
        self.divisor = uart_divisor(config.clock, config.baud)
        core = config.core
        super().__init__({
            "rx": In(1, init=1), "tx": Out(1, init=1),
            "memory": Out(memory_signature(core)),
            "spike_read": Out(read_port()), "spike_word": In(core.word_bits),
            "start": Out(1), "program": Out(32), "idle": In(1),
            "words": In(stream.Signature(core.memory_bits)),
            "stop": Out(1), "quiet": In(1),
            "alive": Out(1), "running": Out(1), "error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.uart_receiver = uart_in = UartReceiver(self.divisor)
        m.submodules.uart_transmitter = uart_out = UartTransmitter(self.divisor)
        m.submodules.timer = timer = PauseTimer(round(config.gap * config.clock))
        m.submodules.crc = crc = SerialCrc()
        m.submodules.frame = frame = FrameMemory(config.limit, config.identity)
        m.submodules.receiver = receiver = FrameReceiver(config.limit, frame.index_bits)
        m.submodules.transmitter = transmitter = FrameTransmitter()
        m.submodules.engine = engine = RequestEngine(config, frame.index_bits)
        m.submodules.access = access = MemoryAccess(config)
        m.submodules.state = state = RunState(config)

        connect(m, engine.reply, transmitter.i)
        connect(m, transmitter.o, uart_out.i)
        connect(m, access.memory, flipped(self.memory))
        connect(m, access.spike_read, flipped(self.spike_read))
        connect(m, flipped(self.words), access.words)
        m.d.comb += [
            uart_in.rx.eq(self.rx), self.tx.eq(uart_out.tx),
            timer.restart.eq(uart_in.done), self.alive.eq(timer.alive),

            receiver.byte.eq(uart_in.byte), receiver.done.eq(uart_in.done),
            receiver.broken.eq(uart_in.broken), receiver.sampled.eq(uart_in.sampled),
            receiver.bit.eq(uart_in.bit), receiver.expired.eq(timer.expired),
            receiver.expected.eq(crc.head[0]), receiver.release.eq(engine.release),

            crc.clear.eq(receiver.begin | transmitter.begin),
            crc.shift.eq(Mux(transmitter.sending, uart_out.shifted, uart_in.sampled)),
            crc.bit.eq(Mux(transmitter.sending, uart_out.bit, uart_in.bit)),
            crc.emit.eq(receiver.check | transmitter.emit), transmitter.head.eq(crc.head),

            frame.write.eq(receiver.write), frame.index.eq(receiver.index),
            frame.byte.eq(uart_in.byte), frame.address.eq(engine.address),
        ]
        self.wire_engine(m, engine, receiver, transmitter, frame)
        self.wire_access(m, engine, access, frame)
        self.wire_state(m, engine, state, frame, receiver.dropped | engine.dropped)
        with m.If(state.dropped):
            m.d.sync += self.error.eq(1)
        with m.Elif(receiver.received):
            m.d.sync += self.error.eq(0)
        return m

    def wire_engine(self, m, engine, receiver, transmitter, frame):
        """To frames and core."""
        m.d.comb += [
            engine.received.eq(receiver.received), engine.length.eq(receiver.length),
            engine.frame.eq(frame.data), engine.sent.eq(transmitter.done),
            engine.quiet.eq(self.quiet), self.stop.eq(engine.stop), self.start.eq(engine.start),
        ]

    def wire_access(self, m, engine, access, frame):
        """To memories."""
        m.d.comb += [
            access.load.eq(engine.load), access.part.eq(engine.part), access.byte.eq(frame.data),
            access.reading.eq(engine.reading), access.writing.eq(engine.writing),
            access.logging.eq(self.running & ~engine.busy), access.step.eq(engine.step),
            access.spike_word.eq(self.spike_word),
            engine.ready.eq(access.ready), engine.data.eq(access.data),
            engine.spikes.eq(access.spikes), engine.outside.eq(access.outside),
            engine.misaligned.eq(access.misaligned), self.program.eq(access.address),
        ]

    def wire_state(self, m, engine, state, frame, dropped):
        """Of the run."""
        m.d.comb += [
            state.start.eq(engine.start), state.idle.eq(self.idle), state.clear.eq(engine.aborted),
            state.logged.eq(self.words.valid & self.words.ready), state.dropped.eq(dropped),
            state.load.eq(engine.number), state.number.eq(frame.data),
            state.turn.eq(engine.turn), state.index.eq(engine.index),
            engine.state.eq(state.byte), engine.running.eq(state.running),
            self.running.eq(state.running),
        ]
