"""What surrounds the link in its bench: a host, memories, a stand-in for the core.

Everything here sleeps until a signal changes, so that the many cycles in which only a bit is on the
line cost no time in Python.
"""
from collections import deque

import cocotb
from cocotb.triggers import ClockCycles, FallingEdge, ReadOnly, RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import REQUEST
from hw.core.spike_memory import SpikeMemory
from hw.link.link import Link
from hw.memory.port import write_layout
from hw.system.config import SystemConfig

from ..block_bench import BlockBench
from ..payload import unpack
from .link_host import LinkHost
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

    Parameters
    ----------
    patience
        Memory waits up to so many cycles before it takes a request or write, and answers.
    rate
        See :class:`.LinkHost`.

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

    def __init__(self, bench: BlockBench, ports: Ports, patience: int, rate: float):
        self.bench, self.ports, self.dut = bench, ports, bench.dut
        self.patience = patience
        self.config = config(**bench.parameters)
        self.core = self.config.core
        self.host = LinkHost(bench, self.config, rate)
        self.memory = bytearray(bench.random.randbytes(MEMORY_BYTES))
        self.spikes = bench.random.randbytes(self.core.spike_words * self.core.word_bits // 8)
        self.starts: list[int] = []
        self.writes, self.rest, self._rested = 0, 5, False
        self.log = bench.driver("words", 0.3 if patience else 0.0)
        ports.write("idle", 1)
        ports.write("quiet", 0)
        ports.write("memory", {"request": {"ready": 0}, "write": {"ready": 0},
                               "response": {"valid": 0}})
        for task in (self._serve_requests, self._serve_writes, self._serve_spikes, self._start,
                     self._stop):
            ports.start(task())

    @property
    def size(self) -> int:
        """Bytes of a memory word."""
        return self.core.memory_bits // 8

    async def _taken(self, name: str, shape):
        """Let the link offer a payload for a while, then take it; what it was."""
        valid, payload = (getattr(self.dut, f"memory__{name}__{part}")
                          for part in ("valid", "payload"))
        await ReadOnly()
        while not valid.value:  # it may rise and fall within an instant, as its causes change
            await RisingEdge(valid)
            await ReadOnly()
        offered = int(payload.value)
        await RisingEdge(self.dut.clk)
        for wait in reversed(range(self.bench.random.randint(1, self.patience + 1))):
            self.ports.write("memory", {name: {"ready": int(wait == 0)}})
            await RisingEdge(self.dut.clk)
            assert valid.value and int(payload.value) == offered, f"{name} was withdrawn"
        self.ports.write("memory", {name: {"ready": 0}})
        return unpack(shape, offered)

    async def _serve_requests(self):
        while True:
            request = await self._taken("request", REQUEST)
            assert request["length"] == 1 and request["address"] + self.size <= MEMORY_BYTES
            if self.patience:
                await ClockCycles(self.dut.clk, self.bench.random.randint(1, self.patience))
            word = self.memory[request["address"]:][:self.size]
            self.ports.write("memory", {"response": {
                "valid": 1, "payload": int.from_bytes(word, "little")}})
            await RisingEdge(self.dut.clk)
            assert self.ports.read("memory.response.ready")
            self.ports.write("memory", {"response": {"valid": 0}})

    async def _serve_writes(self):
        while True:
            write = await self._taken("write", write_layout(self.core))
            address = write["address"]
            assert address % self.size == 0 and address + self.size <= MEMORY_BYTES
            self.memory[address:address + self.size] = write["data"].to_bytes(self.size, "little")
            self.writes += 1

    async def _serve_spikes(self):
        enable = self.dut.spike_read__enable
        size = self.core.word_bits // 8
        asked = deque([None] * (SpikeMemory.latency(self.core) - 1))
        while True:
            if not enable.value and not any(asked):
                await RisingEdge(enable)
            await RisingEdge(self.dut.clk)
            asked.append(None)
            if enable.value:
                asked[-1] = self.spikes[self.ports.read("spike_read.address") * size:][:size]
            if word := asked.popleft():
                self.ports.write("spike_word", int.from_bytes(word, "little"))

    async def _start(self):
        while True:
            await RisingEdge(self.dut.start)
            await RisingEdge(self.dut.clk)
            assert self._rested, "started a core that was not at rest"
            self._rested = False
            self.starts.append(self.ports.read("program"))
            self.ports.write("idle", 0)

    async def _stop(self):
        while True:
            await RisingEdge(self.dut.stop)
            await ClockCycles(self.dut.clk, self.rest)
            self.ports.write("idle", 1)
            self.ports.write("quiet", 1)
            self._rested = True
            if self.dut.stop.value:
                await FallingEdge(self.dut.stop)
            await RisingEdge(self.dut.clk)
            self.ports.write("quiet", 0)

    async def end_run(self, words=()):
        """Log these words, then be idle."""
        await RisingEdge(self.dut.clk)
        await self.log.send(words)
        self.ports.write("idle", 1)
        await ClockCycles(self.dut.clk, 4)


def link_test(patience: int = 5, rate: float = 1.0):
    """A test that gets a :class:`World`; it must end within 2 million cycles."""
    def wrap(function):
        @cocotb.test(timeout_time=20, timeout_unit="ms", name=function.__name__)
        async def test(dut):
            bench = await BlockBench.start(dut, component)
            with Ports(bench) as ports:
                await function(World(bench, ports, patience, rate))
        return test
    return wrap
