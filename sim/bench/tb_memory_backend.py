"""Memory backends on the FPGA: every word read is the one that was written, in order."""
from itertools import pairwise

import cocotb

from hw.config import CoreConfig
from hw.memory.block import BlockMemory
from hw.memory.spram import BLOCK_BYTES, SpramMemory

from ..block_bench import BlockBench
from ..coverage import Coverage
from .ports import Ports, block_test

COVERAGE = Coverage(reads=(0.0, 0.6), writes=(0.0, 0.6), taken=(0.0, 0.6))


def component(kind: str, memory_bits: int = 16, words: int = 0, primitive: bool | None = None):
    config = CoreConfig(memory_bits=memory_bits)
    if kind == "block":
        return BlockMemory(config, words)
    return SpramMemory(config, 3 * BLOCK_BYTES, primitive)


class Backend:
    """The component between streams of requests and writes."""

    def __init__(self, bench: BlockBench, reads: float = 0.0, writes: float = 0.0,
                 taken: float = 0.0):
        self.bench, self.random = bench, bench.random
        self.bits = bench.component.port.response.payload.shape().width
        self.words = bench.parameters.get("words") or 3 * BLOCK_BYTES // 2
        self.size = self.bits // 8
        self.requests = bench.driver("port__request", reads)
        self.writer = bench.driver("port__write", writes)
        self.monitor = bench.monitor("port__response", taken)
        self.contents: dict[int, int] = {}

    async def write(self, words) -> None:
        """Write random values there."""
        values = [(word, self.random.getrandbits(self.bits)) for word in words]
        await self.writer.send({"address": word * self.size, "data": value}
                               for word, value in values)
        self.contents.update(values)

    def request(self, start: int, length: int) -> dict:
        return {"address": start * self.size, "length": length}

    async def check(self, spans) -> None:
        """Read these (start, length), which have been written."""
        count = len(self.monitor.payloads)
        await self.requests.send(self.request(*span) for span in spans)
        expected = [self.contents[word] for start, length in spans
                    for word in range(start, start + length)]
        assert (await self.monitor.receive(count + len(expected)))[count:] == expected


@block_test()
@cocotb.parametrize(reads=[0.0, 0.6], writes=[0.0, 0.6], taken=[0.0, 0.6])
async def words_come_back(dut, reads, writes, taken):
    bench = await BlockBench.start(dut, component)
    backend = Backend(bench, reads, writes, taken)
    # Around the ends of memory, and of the blocks in it.
    last = backend.words - 40
    starts = [0, last, *range(BLOCK_BYTES // 2 - 20, last, BLOCK_BYTES // 2)]
    for start in starts:
        await backend.write(range(start, start + 40))
    for _ in range(3):
        await backend.write(bench.random.choice(starts) + bench.random.randrange(40)
                            for _ in range(20))
        await backend.check([(bench.random.choice(starts) + bench.random.randrange(24),
                              bench.random.choice((1, 2, 16))) for _ in range(8)])
    COVERAGE.hit(reads=reads, writes=writes, taken=taken)


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5])
async def writes_go_on_beside_reads(dut, stall):
    bench = await BlockBench.start(dut, component)
    backend = Backend(bench, stall, stall, stall)
    half = min(backend.words // 2, 200)
    await backend.write(range(half))
    with Ports(bench) as ports:
        ports.start(backend.write(range(half, 2 * half)))
        await backend.check([(bench.random.randrange(half - 16), 16) for _ in range(30)])
    await backend.write(range(half, half + 1))
    assert len(backend.contents) == 2 * half, "writes starved"
    await backend.check([(half, half)])


@block_test()
async def a_word_per_cycle(dut):
    bench = await BlockBench.start(dut, component)
    backend = Backend(bench)
    await backend.write(range(64))
    await backend.check([(0, 16), (16, 16), (32, 32)])
    steps = [after - before for before, after in pairwise(backend.monitor.cycles)]
    # Between requests: the cycle in which the next one is accepted.
    assert [k for k, step in enumerate(steps) if step != 1] == [15, 31]
    assert max(steps) == 2


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
