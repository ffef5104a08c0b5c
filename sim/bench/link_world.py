"""What surrounds the link in its bench: a host, memories, a stand-in for the core."""
import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from hw.config import CoreConfig
from hw.link.link import Link
from hw.system.config import SystemConfig

from ..block_bench import BlockBench
from .external import ExternalMemory
from .link_host import LinkHost
from .memories import Memory
from .ports import Ports

__all__ = ["GAP_BITS", "MEMORY_BYTES", "World", "component", "link_test"]

MEMORY_BYTES = 4096 - 64
GAP_BITS = 60
"""The gap time in bit times."""


def config(**core) -> SystemConfig:
    core = {"lanes": 2, "word_channels": 16, "pass_channels": 4, "spike_words": 80,
            "memory_space": 16, **core}
    return SystemConfig(core=CoreConfig(**core), board="bench", clock=4_000_000, baud=1_000_000,
                        memory_bytes=MEMORY_BYTES, gap=GAP_BITS / 1e6, version="1", revision="r")


def component(**core) -> Link:
    return Link(config(**core))


class World:
    """Memory, spike memory and a stand-in for the core around the link; the host in front of it.

    Members
    -------
    memory : bytearray
    starts : list of int
        Program of each start.
    writes : int
        Memory words written.
    rest : int
        Cycles from ``stop`` to ``quiet``.
    """

    def __init__(self, bench: BlockBench, ports: Ports, stall: float, rate: float):
        self.bench, self.ports = bench, ports
        self.config = config(**bench.parameters)
        self.core = self.config.core
        self.host = LinkHost(bench, self.config, rate)
        self.memory = bytearray(bench.random.randbytes(MEMORY_BYTES))
        self.spikes = bench.random.randbytes(self.core.spike_words * self.core.word_bits // 8)
        self.starts: list[int] = []
        self.writes, self.rest, self.idle = 0, 5, True
        ports.write("idle", 1)
        ports.write("quiet", 0)
        ExternalMemory(bench, ports, "memory__request", "memory__response", self.word, (1, 9),
                       stall)
        Memory(ports, "spike_read", "spike_word", self.spike_word)
        self.log = bench.driver("words", stall)
        self._written = bench.monitor("memory__write", stall)
        ports.start(self._take_writes())
        ports.start(self._stand_in())

    @property
    def size(self) -> int:
        """Bytes of a memory word."""
        return self.core.memory_bits // 8

    def word(self, address: int) -> int:
        return int.from_bytes(self.memory[address:address + self.size], "little")

    def spike_word(self, index: int) -> int:
        size = self.core.word_bits // 8
        return int.from_bytes(self.spikes[index * size:][:size], "little")

    async def _take_writes(self):
        while True:
            await self._written.receive(self.writes + 1)
            write = self._written.payloads[self.writes]
            address = write["address"]
            assert address % self.size == 0 and address + self.size <= MEMORY_BYTES
            self.memory[address:address + self.size] = write["data"].to_bytes(self.size, "little")
            self.writes += 1

    async def _stand_in(self):
        stopped = 0
        while True:
            await RisingEdge(self.bench.dut.clk)
            if self.ports.read("start"):
                assert stopped > self.rest, "started a core that was not at rest"
                self.starts.append(self.ports.read("program"))
                self.idle = False
            stopped = stopped + 1 if self.ports.read("stop") else 0
            if stopped:
                self.idle = True
            self.ports.write("quiet", int(stopped > self.rest))
            self.ports.write("idle", int(self.idle))

    async def end_run(self, words=()):
        """Log these words, then be idle."""
        await RisingEdge(self.bench.dut.clk)
        await self.log.send(words)
        self.idle = True
        await ClockCycles(self.bench.dut.clk, 4)


def link_test(stall: float = 0.3, rate: float = 1.0):
    """A test that gets a :class:`World`; it must end within 2 million cycles."""
    def wrap(function):
        @cocotb.test(timeout_time=20, timeout_unit="ms", name=function.__name__)
        async def test(dut):
            bench = await BlockBench.start(dut, component)
            with Ports(bench) as ports:
                await function(World(bench, ports, stall, rate))
        return test
    return wrap
