"""On-chip memories as the components see them, and records of what outputs did."""
from collections import deque
from collections.abc import Callable

from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time

from .ports import Ports

__all__ = ["Memory", "Recorder", "cycle_now"]


def cycle_now() -> int:
    """Clock edges since the start of the simulation."""
    return round(get_sim_time("ns") / 10)


class Recorder:
    """Remembers outputs in the cycles in which one of them, ``when``, is not zero.

    Members
    -------
    seen : list of (cycle, dict)
        Values of the watched outputs.
    """

    def __init__(self, ports: Ports, when: str, *watch: str):
        self.seen: list[tuple[int, dict]] = []
        ports.start(self._record(ports, when, watch))

    @property
    def cycles(self) -> list[int]:
        """When they were seen."""
        return [cycle for cycle, _ in self.seen]

    async def _record(self, ports, when, watch):
        while True:
            await RisingEdge(ports.bench.dut.clk)
            if ports.read(when):
                self.seen.append((cycle_now(), {name: ports.read(name) for name in watch}))


class Memory:
    """Answers the read port ``read`` in the next cycle, as a synchronous memory does, or later.

    Parameters
    ----------
    lookup
        Value of the input ``data`` for an address.
    latency
        Cycles until the data is there.

    Members
    -------
    reads : list of (cycle, address)
    """

    def __init__(self, ports: Ports, read: str, data: str,
                 lookup: Callable[[int], object], latency: int = 1):
        self.reads: list[tuple[int, int]] = []
        ports.start(self._serve(ports, read, data, lookup, latency))

    async def _serve(self, ports, read, data, lookup, latency):
        # Addresses on their way through the memory, the youngest last.
        asked = deque([None] * (latency - 1))
        while True:
            await RisingEdge(ports.bench.dut.clk)
            address = None
            if ports.read(f"{read}.enable"):
                address = ports.read(f"{read}.address")
                self.reads.append((cycle_now(), address))
            asked.append(address)
            if (address := asked.popleft()) is not None:
                ports.write(data, lookup(address))
