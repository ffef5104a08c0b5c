"""The accelerator core: a wiring list."""
from amaranth import *
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from ..config import CoreConfig
from .control import Control
from .convolution import Convolution
from .drain import Drain
from .image_loader import ImageLoader
from .layouts import RECORD, REQUEST, RESULT, Opcode, read_port, tap_layout, word_stream
from .memory_port import MemoryPort
from .memory_reader import MemoryReader
from .pool import Pool
from .spike_memory import MaskMemory, SpikeMemory
from .tokens import Tokens

__all__ = ["Core"]

IDENTITY = data.StructLayout({"magic": 32, "digest": 64})
MAGIC = int.from_bytes(b"SPKP", "little")


class Core(wiring.Component):
    """Runs a program of layer commands over spikes in on-chip memory.

    ::

        memory port <-> MemoryPort <-> Control (commands)
                            |              | command
                       MemoryReader --> Convolution --> Drain --> SpikeMemory, MaskMemory
                            |               ^             ^          |
                            +---> ImageLoader, Pool, Tokens <--------+

    Timing: ``hw.compiler.cycles`` predicts the cycles of every command.

    Parameters
    ----------
    array
        Form of the synapse array, see :class:`.SynapseArray`. It changes neither results nor
        cycles.

    Members
    -------
    start, program, busy
        See :class:`.Control`.
    request, response
        The external memory, read only. Responses come in the order of the requests.
    results : :py:`Out(stream.Signature(RESULT))`
        Logits, per image and label; images are numbered by lane group.
    records : :py:`Out(stream.Signature(RECORD))`
        Counters of each command.
    tap : :py:`Out(tap_layout(config))`
        What is written, for comparison; without back-pressure.
    identity : :py:`Out(IDENTITY)`
        Digest of the configuration.
    spike_read : :py:`In(read_port())`
        Of the spike memory, from outside; while not ``busy``.
    spike_word : :py:`Out(word_bits)`
        The word read, in the bit order of :func:`.layouts.write_port`.
    """

    def __init__(self, config: CoreConfig, array: str = "popcount"):
        self.config = config
        self.array = array
        super().__init__({
            "start": In(1), "program": In(32), "busy": Out(1),
            "request": Out(stream.Signature(REQUEST)), "response": In(word_stream(config)),
            "results": Out(stream.Signature(RESULT)),
            "records": Out(stream.Signature(RECORD)),
            "tap": Out(tap_layout(config)),
            "identity": Out(IDENTITY),
            "spike_read": In(read_port(config)), "spike_word": Out(config.word_bits),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.control = control = Control(config)
        m.submodules.port = port = MemoryPort(config)
        m.submodules.memory_reader = memory = MemoryReader(config)
        m.submodules.image_loader = image = ImageLoader(config)
        m.submodules.convolution = conv = Convolution(config, self.array)
        m.submodules.tokens = tokens = Tokens(config)
        m.submodules.drain = drain = Drain(config)
        m.submodules.spikes = spikes = SpikeMemory(config)
        m.submodules.masks = masks = MaskMemory(config)
        command = control.command
        opcode = command.opcode

        connect(m, control.request, port.fetch)
        connect(m, port.fetched, control.words)
        connect(m, memory.request, port.stream)
        connect(m, port.streamed, memory.response)
        connect(m, port.request, flipped(self.request))
        connect(m, flipped(self.response), port.response)
        connect(m, control.regions, memory.regions)
        connect(m, control.records, flipped(self.records))
        connect(m, drain.results, flipped(self.results))

        # A register: it is in front of every word of the stream, none of which comes so soon.
        loading = Signal()
        m.d.sync += loading.eq(opcode == Opcode.LOAD)
        m.d.comb += [
            control.start.eq(self.start), control.program.eq(self.program),
            self.busy.eq(control.busy),
            self.identity.magic.eq(MAGIC), self.identity.digest.eq(int(config.digest, 16)),
            # The stream is weights unless an image is being loaded.
            image.words.payload.eq(memory.words.payload),
            conv.words.payload.eq(memory.words.payload),
            image.words.valid.eq(memory.words.valid & loading),
            conv.words.valid.eq(memory.words.valid & ~loading),
            memory.words.ready.eq(Mux(loading, image.words.ready, conv.words.ready)),
        ]
        for unit in (image, conv, tokens, drain):
            m.d.comb += unit.command.eq(command)
        m.d.comb += [
            image.start.eq(control.begin & loading),
            conv.start.eq(control.begin & (opcode == Opcode.CONV)),
            tokens.start.eq(control.begin & (opcode == Opcode.ATTEND)),
            control.done.eq(image.done | drain.done),
            control.compute.eq(conv.compute), control.skipped.eq(conv.skipped),
            control.stalled.eq(conv.stalled | image.waiting), control.spikes.eq(drain.count),
            conv.hold.eq(drain.hold),
        ]
        # The last one has the shortest way.
        readers = [tokens.read, self.spike_read, conv.word_read]
        writers = [drain.write, image.write]
        if config.pool:
            m.submodules.pool = pool = Pool(config)
            m.d.comb += [
                pool.command.eq(command), pool.start.eq(control.begin & (opcode == Opcode.POOL)),
                *(pool.word[lane].eq(spikes.words[lane]) for lane in range(config.lanes)),
            ]
            readers.insert(0, pool.read)
            writers.append(pool.write)
            with m.If(pool.done):
                m.d.comb += control.done.eq(1)
        self.wire_memories(m, spikes, masks, readers, writers, conv, tokens, drain, image)
        self.wire_drain(m, conv, tokens, drain, spikes)
        self.wire_tap(m, spikes, drain)
        return m

    def wire_memories(self, m, spikes, masks, readers, writers, conv, tokens, drain, image):
        """Each port belongs to the unit of the running command."""
        m.d.comb += [
            spikes.read.enable.eq(Cat(port.enable for port in readers).any()),
            spikes.read.address.eq(readers[0].address),
            spikes.write.enable.eq(writers[0].enable),
            spikes.write.address.eq(writers[0].address),
            spikes.write.data.eq(writers[0].data),
        ]
        for port in readers[1:]:
            with m.If(port.enable):
                m.d.comb += spikes.read.address.eq(port.address)
        for port in writers[1:]:
            with m.If(port.enable.any()):
                m.d.comb += [spikes.write.enable.eq(port.enable),
                             spikes.write.address.eq(port.address),
                             spikes.write.data.eq(port.data)]
        merges = drain.mask_read.enable & drain.command.mask_out
        m.d.comb += [
            masks.read.enable.eq(merges | conv.mask_read.enable),
            masks.read.address.eq(Mux(merges, drain.mask_read.address, conv.mask_read.address)),
            conv.mask.eq(masks.mask), drain.mask.eq(masks.mask),
            masks.write.enable.eq(image.mask_write.enable | drain.mask_write.enable),
            masks.write.address.eq(Mux(image.mask_write.enable, image.mask_write.address,
                                       drain.mask_write.address)),
            masks.write.data.eq(Mux(image.mask_write.enable, image.mask_write.data,
                                    drain.mask_write.data)),
        ]
        m.d.comb += self.spike_word.eq(spikes.word)
        for lane in range(self.config.lanes):
            m.d.comb += [unit.word[lane].eq(spikes.words[lane])
                         for unit in (conv, tokens, drain)]

    def wire_drain(self, m, conv, tokens, drain, spikes):
        """Finished sums and their parameters."""
        config = self.config
        m.d.comb += [
            drain.valid.eq(conv.valid),
            drain.info.pixel.eq(conv.header.pixel + conv.index),
            drain.info.sub.eq(conv.header.sub), drain.info.clear.eq(conv.header.clear),
            drain.info.end.eq(conv.end),
            drain.token_valid.eq(tokens.drain), drain.token_info.eq(tokens.info),
            drain.residual.eq(conv.step.valid & conv.step.residual),
            drain.residual_sub.eq(conv.step.sub),
        ]
        for o in range(config.pass_channels):
            m.d.comb += [drain.bias[o].eq(conv.bias[o]), drain.threshold[o].eq(conv.threshold[o])]
            for lane in range(config.lanes):
                m.d.comb += [drain.sums[lane][o].eq(conv.sums[lane][o]),
                             drain.token_sums[lane][o].eq(tokens.sums[lane][o])]

    def wire_tap(self, m, spikes, drain):
        """What memory and neurons do in this cycle."""
        m.d.comb += [
            self.tap.valid.eq(spikes.write.enable.any() | drain.fired),
            self.tap.enable.eq(spikes.write.enable),
            self.tap.address.eq(spikes.write.address), self.tap.data.eq(spikes.write.data),
            self.tap.fired.eq(drain.fired), self.tap.pixel.eq(drain.fired_info.pixel),
            self.tap.sub.eq(drain.fired_info.sub), self.tap.spikes.eq(Cat(*drain.spikes)),
        ]
