"""External memory at the end of a request and a response stream."""
from amaranth.hdl import Shape
from cocotb.triggers import ClockCycles, Event

from ..block_bench import BlockBench
from .memories import cycle_now
from .ports import Ports

__all__ = ["ExternalMemory"]


class ExternalMemory:
    """Answers requests in order, each after a random latency, a word per cycle at best.

    Parameters
    ----------
    request, response
        Names of the component's streams.
    word
        Memory word at a byte address.
    latency
        Smallest and largest cycles from a request to its first word.
    stall
        Probability, each cycle, that either stream is held back.

    Members
    -------
    requests : list of dict
        Everything requested, in order.
    asked, answered : int
        Memory words requested and delivered so far.
    """

    def __init__(self, bench: BlockBench, ports: Ports, request: str, response: str, word,
                 latency: tuple[int, int] = (1, 1), stall: float = 0.0):
        self.requests: list[dict] = []
        self.asked = self.answered = 0
        self._bench, self._word, self._latency = bench, word, latency
        self._size = Shape.cast(bench.shape(f"{response}__payload")).width // 8
        self._monitor = bench.monitor(request, stall)
        self._driver = bench.driver(response, stall)
        self._due: list[int] = []
        self._arrived = Event()
        ports.start(self._take())
        ports.start(self._answer())

    async def _take(self):
        while True:
            await self._monitor.receive(len(self.requests) + 1)
            request = self._monitor.payloads[len(self.requests)]
            self.requests.append(request)
            self.asked += request["length"]
            self._due.append(cycle_now() + self._bench.random.randint(*self._latency))
            self._arrived.set()

    async def _answer(self):
        for k in range(1 << 30):
            while k >= len(self.requests):
                self._arrived.clear()
                await self._arrived.wait()
            if self._due[k] > cycle_now():
                await ClockCycles(self._bench.dut.clk, self._due[k] - cycle_now())
            first = self.requests[k]["address"]
            for word in range(self.requests[k]["length"]):
                await self._driver.send([self._word(first + word * self._size)])
                self.answered += 1
