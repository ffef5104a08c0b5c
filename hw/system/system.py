"""A core, its link and its log: a wiring list."""
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..core.core import Core
from ..link.link import Link
from ..memory.port import memory_signature
from .config import SystemConfig
from .memory_gate import MemoryGate
from .recorder import Recorder

__all__ = ["System"]


class System(wiring.Component):
    """Everything on a board but clock, reset, pins and memory, in the domain ``sync``.

    ::

        rx, tx <-> Link ------ start, program --> Core -- results, records --> Recorder
                    |  ^                            |                             |
                    |  +----------- log words ------|-----------------------------+
                    +--> MemoryGate <---------------+
                             |
                          memory

    Timing: that of its parts. A run starts and ends with a core that is idle; a core that is not
    is reset when the words it asked for have come.

    Parameters
    ----------
    config
        Of the system.
    core
        A component with the core's ports to use instead, e.g. a mutant or a model of it.

    Members
    -------
    rx : :py:`In(1)`
    tx : :py:`Out(1)`
        The host link.
    memory : :py:`Out(memory_signature(core))`
    alive, busy, error : :py:`Out(1)`
        For lights: blinks; a run is in progress; a frame was dropped since the last good one.
    """

    def __init__(self, config: SystemConfig, core: wiring.Component | None = None):
        self.config = config
        self.core = core or Core(config.core)
        super().__init__({
            "rx": In(1, init=1), "tx": Out(1, init=1),
            "memory": Out(memory_signature(config.core)),
            "alive": Out(1), "busy": Out(1), "error": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        # The link reads its program from block RAM, and stopping reaches everywhere: the core is
        # started and stopped a cycle later.
        start, stop = Signal(), Signal()
        reset = Signal()
        core = self.core
        recorder = Recorder(self.config.core)
        m.submodules.core = ResetInserter(reset)(core)
        m.submodules.recorder = ResetInserter(reset)(recorder)
        m.submodules.link = link = Link(self.config)
        m.submodules.gate = gate = MemoryGate(self.config.core)

        m.d.sync += [start.eq(link.start), stop.eq(link.stop)]
        connect(m, core.request, gate.request)
        connect(m, gate.response, core.response)
        connect(m, core.results, recorder.results)
        connect(m, core.records, recorder.records)
        connect(m, recorder.words, link.words)
        connect(m, link.memory, gate.link)
        connect(m, gate.memory, flipped(self.memory))
        connect(m, link.spike_read, core.spike_read)
        m.d.comb += [
            link.rx.eq(self.rx), self.tx.eq(link.tx),
            core.start.eq(start), core.program.eq(link.program),
            link.spike_word.eq(core.spike_word), link.idle.eq(~start & ~core.busy & recorder.idle),
            gate.stop.eq(stop), reset.eq(gate.stopped), gate.swallow.eq(reset),
            link.quiet.eq(reset & gate.quiet),
            self.alive.eq(link.alive), self.busy.eq(link.running), self.error.eq(link.error),
        ]
        return m
