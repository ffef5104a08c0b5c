"""Memory port: two requesters share one memory, each gets its own words in its own order."""
import cocotb
from cocotb.triggers import RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import REQUEST
from hw.core.memory_port import MemoryPort

from ..block_bench import BlockBench
from ..coverage import Coverage
from ..payload import unpack
from .external import ExternalMemory
from .ports import Ports, block_test

COVERAGE = Coverage(stall=(0.0, 0.5), latency=((1, 1), (20, 60)))
SITUATIONS = Coverage(choice=("fetch-alone", "stream-alone", "fetch-first", "held", "full"))


def component(**config) -> MemoryPort:
    return MemoryPort(CoreConfig(**config))


def word(address: int) -> int:
    return address * 2654435761 % (1 << 32)


def requests(bench: BlockBench, count: int, base: int) -> tuple[list[dict], list[int]]:
    """Requests above a base address, and the words that answer them."""
    lengths = (1, 2, 7, bench.component.longest)
    asked = [{"address": base + 4 * bench.random.randrange(1000),
              "length": bench.random.choice(lengths)} for _ in range(count)]
    return asked, [word(request["address"] + 4 * k)
                   for request in asked for k in range(request["length"])]


async def watch(bench: BlockBench, ports: Ports, external: ExternalMemory) -> None:
    """Every cycle: who may go first, what passes through, how many wait for answers."""
    waiting, finished, sums = False, 0, 0
    fetch, stream = ({name: getattr(bench.dut, f"{port}__{name}") for name in ("valid", "payload")}
                     for port in ("fetch", "stream"))
    while True:
        await RisingEdge(bench.dut.clk)
        while finished < len(external.requests) and (
                external.answered >= sums + external.requests[finished]["length"]):
            sums += external.requests[finished]["length"]
            finished += 1
        pending = len(external.requests) - finished
        assert pending <= bench.component.pending
        if pending == bench.component.pending:
            SITUATIONS.hit(choice="full")
        offered = bool(ports.read("request.valid"))
        either = bool(fetch["valid"].value) + 2 * bool(stream["valid"].value)
        assert not offered or either
        if offered and not waiting:
            chosen = stream if either == 2 else fetch
            SITUATIONS.hit(choice=("fetch-alone", "stream-alone", "fetch-first")[either - 1])
            assert ports.read("request.payload") == unpack(REQUEST, int(chosen["payload"].value))
        if waiting:
            SITUATIONS.hit(choice="held")
        waiting = offered and not ports.read("request.ready")


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5], latency=[(1, 1), (20, 60)])
async def answers_match(dut, stall, latency):
    """The monitors of requests check that an offer is never withdrawn or changed."""
    bench = await BlockBench.start(dut, component)
    fetches, fetched = requests(bench, 40, 0)
    streams, streamed = requests(bench, 40, 1 << 20)
    with Ports(bench) as ports:
        external = ExternalMemory(bench, ports, "request", "response", word, latency, stall)
        ports.start(watch(bench, ports, external))
        to_control, to_reader = (bench.monitor(name, stall) for name in ("fetched", "streamed"))
        # Fetches come now and then, as commands do; the stream asks whenever it can.
        ports.start(bench.driver("fetch", 0.9).send(fetches))
        ports.start(bench.driver("stream", stall).send(streams))
        assert await to_control.receive(len(fetched)) == fetched
        assert await to_reader.receive(len(streamed)) == streamed
    assert sorted(external.requests, key=str) == sorted(fetches + streams, key=str)
    COVERAGE.hit(stall=stall, latency=latency)


@block_test()
async def one_word_per_cycle(dut):
    bench = await BlockBench.start(dut, component)
    streams, streamed = requests(bench, 12, 0)
    with Ports(bench) as ports:
        ExternalMemory(bench, ports, "request", "response", word)
        ports.start(bench.driver("stream").send(streams))
        monitor = bench.monitor("streamed")
        assert await monitor.receive(len(streamed)) == streamed
    first = monitor.cycles[0]
    assert monitor.cycles == list(range(first, first + len(streamed)))


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    SITUATIONS.check()
