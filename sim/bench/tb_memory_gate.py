"""Memory gate: each requester gets its own words, and a core can be reset at any time."""
import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from hw.config import CoreConfig
from hw.system.memory_gate import MemoryGate

from ..block_bench import BlockBench
from ..coverage import Coverage
from .external import ExternalMemory
from .ports import Ports, block_test

COVERAGE = Coverage(stall=(0.0, 0.5), latency=((1, 1), (20, 60)))
STOPS = Coverage(offered=(False, True), writing=(False, True), due=("none", "some"))


def component(**config) -> MemoryGate:
    return MemoryGate(CoreConfig(**config))


def word(address: int) -> int:
    return address * 2654435761 % (1 << 32)


class Core:
    """Requests as a core does: bursts, no more words under way than its queue holds.

    Members
    -------
    received, expected : list of int
        Words since the last reset.
    asking : bool
        Makes further requests.
    working : bool
        Is not in reset.
    stall : float
        Probability, each cycle, that it does not ask.
    """

    def __init__(self, bench: BlockBench, ports: Ports, stall: float):
        self.bench, self.ports = bench, ports
        self.queue = bench.component.config.prefetch_words
        self.random = bench.random
        self.stall = stall
        self.received: list[int] = []
        self.expected: list[int] = []
        self.asking = self.working = True
        ports.write("request", {"valid": 0})
        ports.write("response", {"ready": 1})
        ports.start(self._run())

    async def _run(self):
        ports, request = self.ports, None
        while True:
            await RisingEdge(self.bench.dut.clk)
            if ports.read("response.valid"):
                self.received.append(ports.read("response.payload"))
            if request is not None and ports.read("request.ready"):
                first, length = request["address"], request["length"]
                self.expected += [word(first + 4 * k) for k in range(length)]
                request = None
            due = len(self.expected) - len(self.received)
            if not self.working:
                request = None
            elif request is None and self.asking and due <= self.queue - 16 and (
                    self.random.random() >= self.stall):
                request = {"address": 4 * self.random.randrange(1 << 16),
                           "length": self.random.choice((1, 2, 16))}
            ports.write("request", {"valid": int(request is not None)} | (
                {} if request is None else {"payload": request}))

    def reset(self):
        """Forget everything, as a core does that is reset."""
        self.working = False
        self.expected.clear()
        self.received.clear()


def start_link(bench: BlockBench, ports: Ports):
    for name in ("stop", "swallow"):
        ports.write(name, 0)
    ports.write("link", {"request": {"valid": 0}, "write": {"valid": 0}})


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5], latency=[(1, 1), (20, 60)])
async def words_reach_who_asked(dut, stall, latency):
    """The link reads while a core asks on, which it does only if its program is wrong."""
    bench = await BlockBench.start(dut, component)
    with Ports(bench) as ports:
        start_link(bench, ports)
        ExternalMemory(bench, ports, "memory__request", "memory__response", word, latency, stall)
        writes = bench.monitor("memory__write", stall)
        core = Core(bench, ports, stall)
        requests, answers = bench.driver("link__request"), bench.monitor("link__response", stall)
        addresses = [4 * bench.random.randrange(1 << 16) for _ in range(30)]
        written = [{"address": 4 * k, "data": bench.random.getrandbits(32)} for k in range(50)]
        ports.start(bench.driver("link__write", stall).send(written))
        for k, address in enumerate(addresses):
            await requests.send([{"address": address, "length": 1}])
            assert (await answers.receive(k + 1))[k] == word(address)
            await ClockCycles(dut.clk, bench.random.randrange(1, 80))
        assert await writes.receive(50) == written
        core.asking = False
        await ClockCycles(dut.clk, 400)
        assert core.received == core.expected and len(core.received) > 100
        assert ports.read("quiet")
    COVERAGE.hit(stall=stall, latency=latency)


@block_test()
async def a_core_can_be_reset_at_any_time(dut):
    bench = await BlockBench.start(dut, component)
    with Ports(bench) as ports:
        start_link(bench, ports)
        external = ExternalMemory(bench, ports, "memory__request", "memory__response", word,
                                  (1, 40), 0.4)
        writes = bench.monitor("memory__write", 0.7)
        core = Core(bench, ports, 0.2)
        requests, answers = bench.driver("link__request"), bench.monitor("link__response")
        sent, k = 0, 0
        writer = bench.driver("link__write")
        for _ in range(120):
            core.working, core.stall = True, bench.random.choice((0.2, 0.99))
            await ClockCycles(dut.clk, bench.random.randrange(1, 60))
            writing = bench.random.random() < 0.5
            if writing:
                cocotb.start_soon(writer.send([{"address": 8 * sent, "data": sent}]))
                sent += 1
                await ClockCycles(dut.clk, 1)
            ports.write("stop", 1)
            await RisingEdge(dut.clk)
            STOPS.hit(offered=bool(ports.read("request.valid")), writing=writing,
                      due="none" if ports.read("quiet") else "some")
            while True:
                await RisingEdge(dut.clk)
                if ports.read("stopped"):
                    break
            # From here on the core is in reset, and what it asked for may still come.
            asked = external.asked
            core.reset()
            ports.write("swallow", 1)
            ports.write("response", {"ready": 0})
            while True:
                await RisingEdge(dut.clk)
                assert ports.read("stopped") and not ports.read("response.valid")
                if ports.read("quiet"):
                    break
            assert external.answered == external.asked == asked
            core.reset()
            ports.write("swallow", 0)
            ports.write("response", {"ready": 1})
            ports.write("stop", 0)
            address = 4 * bench.random.randrange(1 << 16)
            await requests.send([{"address": address, "length": 1}])
            assert (await answers.receive(k + 1))[k] == word(address)
            k += 1
            assert [write["data"] for write in await writes.receive(sent)] == list(range(sent))
    STOPS.check()


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
