"""Logits against the golden head: lanes summed, bias added once, results in order."""
import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from hw.config import CoreConfig
from hw.core.logits import Logits
from sw.golden.head import logits

from ..block_bench import BlockBench
from ..coverage import Coverage
from ..stream import StreamMonitor
from .memories import Recorder, cycle_now
from .ports import Ports, block_test

LANES = 4
CHAINS = (0, 1, 2)
COVERAGE = Coverage(chain=CHAINS, kind=("random", "all-min", "all-max"), stall=(0.0, 0.6))


def component(**config) -> Logits:
    return Logits(CoreConfig(lanes=LANES, **config))


class Head:
    """A head of several passes: lane sums to feed, and the golden results."""

    def __init__(self, bench: BlockBench, chain: int, passes: int, kind: str):
        config = bench.component.config
        rng = np.random.default_rng(bench.random.getrandbits(64))
        labels, channels = passes * config.pass_channels, 16
        images, steps = LANES >> chain, 1 << chain
        x = rng.integers(0, 256, (images, steps, channels, 1, 1), np.uint8)
        # 16 * 255 * top < 2 ** (accumulator_bits - 1).
        top = (1 << config.accumulator_bits - 1) // (16 * 255)
        weight = rng.integers(-top, top + 1, (labels, channels))
        limit = 1 << config.param_bits - 1
        self.bias = rng.integers(-limit, limit, labels)
        if kind != "random":
            x[:] = 255
            weight[:], self.bias[:] = (-top, -limit) if kind == "all-min" else (top, limit - 1)
        self.chain, self.passes = chain, passes
        # The sum of a lane is one step's part of the product.
        self.sums = (x[..., 0, 0].astype(int) @ weight.T).reshape(LANES, passes, -1)
        values = logits(x, weight, self.bias)
        wide = config.pass_channels
        self.results = [{"image": image, "label": label, "value": int(values[image, label])}
                        for first in range(0, labels, wide) for label in range(first, first + wide)
                        for image in range(images)]


async def exchange(bench: BlockBench, head: Head, results: StreamMonitor, stall: float) -> None:
    """A pass is given as soon as the one before is sent."""
    wide = bench.component.config.pass_channels
    before, spans = len(results.payloads), []
    with Ports(bench) as ports:
        ports.write("chain", head.chain)
        done = Recorder(ports, "done")
        for k in range(head.passes):
            for name, value in {
                    "valid": 1, "end": int(k == head.passes - 1), "label": k * wide,
                    "sums": head.sums[:, k].tolist(),
                    "bias": head.bias[k * wide:][:wide].tolist()}.items():
                ports.write(name, value)
            await RisingEdge(bench.dut.clk)
            started = cycle_now()
            ports.write("valid", 0)
            ports.write("end", 0)
            await RisingEdge(bench.dut.clk)
            assert ports.read("busy")
            while ports.read("busy"):
                await RisingEdge(bench.dut.clk)
            spans.append(cycle_now() - started - 1)
        await results.receive(before + len(head.results))
    assert results.payloads[before:] == head.results
    assert len(done.seen) == 1
    if not stall:
        assert spans == [Logits.cycles(bench.component.config)] * head.passes


@block_test()
@cocotb.parametrize(stall=[0.0, 0.6])
async def results_match(dut, stall):
    bench = await BlockBench.start(dut, component)
    results = bench.monitor("results", stall)
    for chain in CHAINS:
        for kind in ("random", "all-min", "all-max"):
            await exchange(bench, Head(bench, chain, 4, kind), results, stall)
            COVERAGE.hit(chain=chain, kind=kind, stall=stall)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
