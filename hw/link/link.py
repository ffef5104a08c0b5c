"""The board's end of the host link: a wiring list."""
from amaranth import *
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..core.layouts import read_port
from ..memory.port import memory_signature
from ..system.config import SystemConfig
from .frame_memory import FrameMemory
from .memory_access import MemoryAccess
from .microcode import Event
from .pause_timer import PauseTimer
from .run_state import RunState
from .sequencer import Sequencer
from .serial_crc import SerialCrc
from .uart import uart_divisor
from .uart_receiver import UartReceiver
from .uart_transmitter import UartTransmitter

__all__ = ["Link"]


class Link(wiring.Component):
    """Executes the requests of docs/link.md, one at a time.

    ::

        rx -> UartReceiver ----> Sequencer <-> FrameMemory
                  |   +--> PauseTimer ^ | ^
                  v                   | | +--> RunState
              SerialCrc <-------------+ |
                  ^                     +----> MemoryAccess <- log words
                  |                     |           |
        tx <- UartTransmitter <-- reply +      memory, spikes

    Timing: a reply starts at most ``8 * limit + 400`` cycles after its request was received, plus
    what memory takes for the words written, or the core to come to rest.
    Cost: 1.1 KiB of frame memory, 1.5 KiB of program.

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
        Bring the core to rest and keep it there; that is done.
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
            "spike_read": Out(read_port(core)), "spike_word": In(core.word_bits),
            "start": Out(1), "program": Out(32), "idle": In(1),
            "words": In(stream.Signature(core.memory_bits)),
            "stop": Out(1), "quiet": In(1),
            "alive": Out(1), "running": Out(1), "error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.receiver = receiver = UartReceiver(self.divisor)
        m.submodules.transmitter = transmitter = UartTransmitter(self.divisor)
        m.submodules.timer = timer = PauseTimer(round(config.gap * config.clock))
        m.submodules.crc = crc = SerialCrc()
        m.submodules.frame = frame = FrameMemory(config.limit, config.identity)
        m.submodules.sequencer = sequencer = Sequencer(config.limit)
        m.submodules.access = access = MemoryAccess(config)
        m.submodules.state = state = RunState(config)
        replying = sequencer.replying
        event = {name: sequencer.event == name for name in Event}

        connect(m, sequencer.reply, transmitter.i)
        connect(m, access.memory, flipped(self.memory))
        connect(m, access.spike_read, flipped(self.spike_read))
        connect(m, flipped(self.words), access.words)
        m.d.comb += [
            receiver.rx.eq(self.rx), self.tx.eq(transmitter.tx),
            timer.restart.eq(receiver.done), self.alive.eq(timer.alive),

            crc.clear.eq(sequencer.clear), crc.emit.eq(sequencer.emit),
            crc.shift.eq(Mux(replying, transmitter.shifted, receiver.shifted)),
            crc.bit.eq(Mux(replying, transmitter.bit, receiver.bit)),

            frame.address.eq(sequencer.address), frame.write.eq(sequencer.write),
            frame.byte.eq(sequencer.store),

            state.start.eq(event[Event.START]), state.aborted.eq(event[Event.ABORTED]),
            state.idle.eq(self.idle), state.logged.eq(self.words.valid & self.words.ready),
            state.index.eq(sequencer.index),

            self.start.eq(event[Event.START]), self.program.eq(access.address),
            self.stop.eq(sequencer.stop), self.running.eq(state.running),
        ]
        with m.If(event[Event.DROPPED]):
            m.d.sync += self.error.eq(1)
        with m.Elif(event[Event.GOOD]):
            m.d.sync += self.error.eq(0)
        self.wire_sequencer(m, sequencer, receiver, timer, crc, frame, state)
        self.wire_access(m, sequencer, access, frame)
        return m

    def wire_sequencer(self, m, sequencer, receiver, timer, crc, frame, state):
        """What it asks."""
        m.d.comb += [
            sequencer.byte.eq(receiver.byte), sequencer.done.eq(receiver.done),
            sequencer.broken.eq(receiver.broken), sequencer.expired.eq(timer.expired),
            sequencer.mismatch.eq(crc.mismatch), sequencer.head.eq(crc.head),
            sequencer.frame.eq(frame.data), sequencer.running.eq(state.running),
            sequencer.state.eq(state.byte), sequencer.quiet.eq(self.quiet),
        ]

    def wire_access(self, m, sequencer, access, frame):
        """To memories."""
        m.d.comb += [
            access.load.eq(sequencer.load), access.part.eq(sequencer.part),
            access.byte.eq(frame.data), access.step.eq(sequencer.step),
            access.reading.eq(sequencer.reading), access.writing.eq(sequencer.writing),
            access.logging.eq(self.running & ~sequencer.loading),
            access.spike_word.eq(self.spike_word),
            sequencer.ready.eq(access.ready), sequencer.data.eq(access.data),
            sequencer.spikes.eq(access.spikes), sequencer.outside.eq(access.outside),
            sequencer.misaligned.eq(access.misaligned),
        ]
