"""A whole system with its memory: what passes between link, core, log and memories."""
import struct

import cocotb
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from hw.compiler.program import Command, encode
from hw.config import CoreConfig
from hw.core.layouts import COMMAND_BITS, Opcode
from hw.memory.block import BlockMemory
from hw.system.config import SystemConfig
from hw.system.system import System
from sw.contract.link import SPIKES, Kind, LogTag, Status

from ..block_bench import BlockBench
from .link_host import LinkHost

MEMORY_BYTES = 4096
IMAGE, PROGRAM, LOG = 0, 1024, 2048
UNKNOWN = 15
"""An opcode that nobody executes."""


def config(**core) -> SystemConfig:
    return SystemConfig(core=CoreConfig(**core), board="bench", clock=4_000_000, baud=1_000_000,
                        memory_bytes=MEMORY_BYTES, version="1", revision="r")


class Board(wiring.Component):
    """System, memory and pins.

    Timing: that of :class:`hw.system.system.System`.
    """

    def __init__(self, config: SystemConfig):
        self.config = config
        super().__init__({"rx": In(1, init=1), "tx": Out(1), "busy": Out(1)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.system = system = System(self.config)
        m.submodules.memory = memory = BlockMemory(
            self.config.core, 8 * MEMORY_BYTES // self.config.core.memory_bits)
        connect(m, system.memory, memory.port)
        m.d.comb += [system.rx.eq(self.rx), self.tx.eq(system.tx), self.busy.eq(system.busy)]
        return m


def component(**core) -> Board:
    return Board(config(**core))


class Program:
    """Loads pixels of one spike word each."""

    def __init__(self, host: LinkHost):
        self.host, self.core = host, host.config.core
        self.word = self.core.word_bits // 8

    async def upload(self, *pixels: int, then: dict | None = None) -> list[bytes]:
        """A program of a LOAD for each number of pixels, and then another command, one that nobody
        knows if it has no opcode; the spike words loaded, from the start of spike memory on."""
        host, memory_word = self.host, self.core.memory_bits // 8
        image = host.random.randbytes(sum(pixels) * self.word)
        commands, dest = [], 0
        for count in pixels:
            commands.append({"opcode": Opcode.LOAD, "dest": dest, "pixels": count,
                             "source_words": 1, "stream_address": IMAGE + dest * self.word,
                             "stream_words": count * self.word // memory_word})
            dest += count
        data = b"".join(
            encode(Command(layer="", fields=fields), self.core)
            for fields in [*commands, *([then] if then else []), {"opcode": Opcode.HALT}])
        if then and "opcode" not in then:
            at = COMMAND_BITS // 8 * len(pixels)
            data = data[:at] + bytes([data[at] | UNKNOWN]) + data[at + 1:]
        for address, part in ((IMAGE, image), (PROGRAM, data)):
            for at in range(0, len(part), 256):
                assert await host.write(address + at, part[at:at + 256]) == Status.OK
        return [image[k:k + self.word] for k in range(0, len(image), self.word)]

    async def finish(self, number: int) -> tuple:
        """Wait for the end of the run; (log words, cycles)."""
        while True:
            flags, run, log_words, cycles, _ = await self.host.status()
            assert run == number
            if not flags:
                return log_words, cycles


async def start(dut) -> tuple[LinkHost, Program]:
    bench = await BlockBench.start(dut, component)
    host = LinkHost(bench, config(**bench.parameters))
    await host.wait(12)  # the line was 0 before
    await host.hello()
    return host, Program(host)


def system_test():
    return cocotb.test(timeout_time=10, timeout_unit="ms")


@system_test()
async def a_program_runs_and_is_logged(dut):
    host, program = await start(dut)
    pixels = (3, 1, 16)
    expected = await program.upload(*pixels)
    for number in (1, 2):
        assert await host.run(number, PROGRAM, LOG) == Status.OK
        log_words, cycles = await program.finish(number)
        assert log_words == 8 * len(pixels)
        status, log = await host.read(LOG, 4 * log_words)
        records = list(struct.iter_unpack("<8I", log))
        assert [record[:2] for record in records] == [
            (LogTag.RECORD | Opcode.LOAD.value << 8, k) for k in range(len(pixels))]
        ends = [record[2] + record[3] for record in records]
        assert 0 < records[0][2] < ends[0] < ends[1] < ends[2] < cycles < ends[2] + 200
        size = len(expected[0])
        status, spikes = await host.read(SPIKES, len(expected) * size)
        assert (status, spikes) == (Status.OK, b"".join(expected))


@system_test()
async def an_abort_ends_whatever_runs(dut):
    """After an abort at any time the next run is right."""
    host, program = await start(dut)
    size = program.word
    for k in range(10):
        # A command that no unit takes never ends, but its words are fetched.
        await program.upload(*[8] * (k % 3), then={
            "stream_address": 0, "stream_words": (0, 5, 500)[k % 3]})
        assert await host.run(100 + k, PROGRAM, LOG) == Status.OK
        if k % 2:
            assert (await host.status())[:2] == (1, 100 + k)
            assert await host.run(5, PROGRAM, LOG) == Status.BUSY
            assert dut.busy.value
        assert await host.ask(Kind.ABORT) == bytes([Status.OK])
        assert (await host.status())[:2] == (0, 0)
        assert not dut.busy.value
        expected = await program.upload(2, 3)
        assert await host.run(k + 1, PROGRAM, LOG) == Status.OK
        assert (await program.finish(k + 1))[0] == 16
        assert await host.read(SPIKES, 5 * size) == (Status.OK, b"".join(expected))


@system_test()
async def a_run_does_not_see_what_the_last_one_left(dut):
    """A wrong program asks for more words than it takes, and ends."""
    host, program = await start(dut)
    for number in (1, 2, 3):
        await program.upload(1, then={
            "opcode": Opcode.POOL, "rows": 1, "columns": 1, "groups": 1, "source_words": 1,
            "dest_words": 1, "dest": 100, "stream_words": 500})
        assert await host.run(number, PROGRAM, LOG) == Status.OK
        await program.finish(number)
        expected = await program.upload(4)
        assert await host.run(number, PROGRAM, LOG) == Status.OK
        await program.finish(number)
        assert await host.read(SPIKES, 4 * program.word) == (Status.OK, b"".join(expected))


@system_test()
async def a_program_of_noise_does_no_harm(dut):
    host, program = await start(dut)
    for k in range(4):
        # Commands that cannot end, requests beyond the memory, or nothing at all.
        assert await host.write(PROGRAM, host.random.randbytes(256)) == Status.OK
        assert await host.run(9, PROGRAM, LOG) == Status.OK
        await host.wait(host.random.randrange(400))
        assert await host.ask(Kind.ABORT) == bytes([Status.OK])
        expected = await program.upload(4)
        assert await host.run(k + 1, PROGRAM, LOG) == Status.OK
        assert (await program.finish(k + 1))[0] == 8
        assert await host.read(SPIKES, 4 * program.word) == (Status.OK, b"".join(expected))
