"""Memory reader: regions in order, and never more words under way than the queue can hold."""
import cocotb
from cocotb.triggers import RisingEdge

from hw.config import CoreConfig
from hw.core.memory_reader import BURST, MemoryReader

from ..block_bench import BlockBench
from ..coverage import Coverage
from .external import ExternalMemory
from .memories import Recorder
from .ports import Ports, block_test

LENGTHS = (1, 2, BURST - 1, BURST, BURST + 1, 3 * BURST, 100)
COVERAGE = Coverage(words=LENGTHS, stall=(0.0, 0.5))


def component(**config) -> MemoryReader:
    return MemoryReader(CoreConfig(**config))


class Scenario:
    """Random regions, and the words that have to come out."""

    def __init__(self, bench: BlockBench, lengths):
        self.bits = bench.component.config.memory_bits
        size = self.bits // 8
        self.regions, self.words = [], []
        for length in lengths:
            address = bench.random.randrange(0, 1 << 20, size)
            self.regions.append({"address": address, "words": length})
            self.words += [self.word(address + k * size) for k in range(length)]

    def word(self, address: int) -> int:
        """A memory whose words tell where they were read."""
        return address * 2654435761 % (1 << self.bits)


async def exchange(bench: BlockBench, scenario: Scenario, *, stall=0.0, latency=(1, 1)):
    """Returns the recorders of request, response and word transfers."""
    config = bench.component.config
    words = bench.monitor("words", stall)
    with Ports(bench) as ports:
        external = ExternalMemory(bench, ports, "request", "response", scenario.word,
                                  latency, stall)
        requests = Recorder(ports, "request.valid")
        responses = Recorder(ports, "response.valid", "response.ready")
        leaving = Recorder(ports, "words.valid")
        ports.start(bench.driver("regions", stall).send(scenario.regions))
        while len(words.payloads) < len(scenario.words):
            await RisingEdge(bench.dut.clk)
            assert external.asked - len(words.payloads) <= config.prefetch_words
    assert words.payloads == scenario.words
    assert all(1 <= request["length"] <= BURST for request in external.requests)
    assert all(values["response.ready"] for _, values in responses.seen), "a response waited"
    return requests, responses, leaving


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5], latency=[(1, 1), (3, 40)])
async def words_match(dut, stall, latency):
    bench = await BlockBench.start(dut, component)
    lengths = [length for length in LENGTHS for _ in range(2)]
    bench.random.shuffle(lengths)
    await exchange(bench, Scenario(bench, lengths), stall=stall, latency=latency)
    for length in lengths:
        COVERAGE.hit(words=length, stall=stall)


@block_test()
async def one_word_per_cycle(dut):
    """Without stalls, words leave two cycles after they came; with room, bursts have no gap."""
    bench = await BlockBench.start(dut, component)
    requests, responses, leaving = await exchange(bench, Scenario(bench, [200]))
    assert len(responses.cycles) == 200
    assert leaving.cycles == [cycle + 2 for cycle in responses.cycles]
    bursts = bench.component.config.prefetch_words // BURST
    first, begin = responses.cycles[0], requests.cycles[0]
    assert requests.cycles[:bursts] == [begin + 2 * k for k in range(bursts)]
    if bursts > 1:
        assert responses.cycles == list(range(first, first + 200))


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
