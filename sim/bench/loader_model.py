"""The weight loader and the array behind it, as the readers of spikes see them."""
from cocotb.triggers import RisingEdge

from hw.core.layouts import HEADER

from ..block_bench import BlockBench
from .memories import cycle_now
from .ports import Ports, random_value

__all__ = ["LoaderModel"]


class LoaderModel:
    """Shows when the next tile and the next parameters are ready, after random delays.

    Drives ``tile_valid``, ``params_valid``, ``header`` and ``hold``. The bench tells it with
    :meth:`swap_tile` and :meth:`swap_params` when they were taken over.

    Parameters
    ----------
    headers
        One for each pass.
    slowest
        Most cycles until the next tile or parameters are ready; 0: they always are.
    hold
        Probability, each cycle, that finished sums cannot be taken.
    """

    def __init__(self, bench: BlockBench, ports: Ports, headers: list[dict], slowest: int,
                 hold: float = 0.0):
        self.bench, self.ports, self.headers = bench, ports, headers
        self.slowest, self.hold = slowest, hold
        self.held = False
        self._ready = {"tile": 0, "params": 0}
        self._pulses: dict[str, set[int]] = {"swapped": set(), "params_swapped": set()}
        self._passes = 0
        ports.start(self._show())

    def is_ready(self, what: str) -> bool:
        """Whether the next ``"tile"`` or ``"params"`` are ready in this cycle."""
        return cycle_now() >= self._ready[what]

    def swap_tile(self, cycle: int) -> None:
        """The tile is taken over in this cycle."""
        self._pulses["swapped"].add(cycle)

    def swap_params(self, cycle: int) -> None:
        """The parameters are taken over in this cycle."""
        self._pulses["params_swapped"].add(cycle)

    async def _show(self):
        """After each edge: what the next cycle shows."""
        while True:
            following = cycle_now() + 1
            for what, pulse in (("tile", "swapped"), ("params", "params_swapped")):
                # Not ready from the cycle after it was taken over.
                if following - 1 in self._pulses[pulse]:
                    delay = self.bench.random.randint(0, self.slowest)
                    self._ready[what] = following + delay
                    self._passes += pulse == "params_swapped"
                valid = following >= self._ready[what]
                self.ports.write(f"{what}_valid", int(valid))
                if what == "params":
                    more = valid and self._passes < len(self.headers)
                    self.ports.write("header", self.headers[self._passes] if more else
                                     random_value(self.bench.random, HEADER))
                if pulse in self.bench.component.signature.members:
                    self.ports.write(pulse, int(following in self._pulses[pulse]))
            self.held = self.bench.random.random() < self.hold
            self.ports.write("hold", int(self.held))
            await RisingEdge(self.bench.dut.clk)
