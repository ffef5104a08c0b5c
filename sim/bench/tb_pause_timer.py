"""Pause timer: never early, at most a sixth late."""
from itertools import pairwise

from cocotb.triggers import ClockCycles, RisingEdge

from hw.link.pause_timer import PauseTimer

from ..block_bench import BlockBench
from .memories import cycle_now
from .ports import Ports, block_test


def component(cycles: int) -> PauseTimer:
    return PauseTimer(cycles)


@block_test()
async def pauses_are_long_enough(dut):
    bench = await BlockBench.start(dut, component)
    gap = bench.parameters["cycles"]
    with Ports(bench) as ports:
        ports.write("restart", 0)
        for _ in range(40):
            await ClockCycles(dut.clk, bench.random.randrange(2 * gap))
            ports.write("restart", 1)
            await RisingEdge(dut.clk)
            ports.write("restart", 0)
            start = cycle_now()
            await RisingEdge(dut.clk)
            while not ports.read("expired"):
                await RisingEdge(dut.clk)
            assert gap <= cycle_now() - start <= 7 * -(-gap // 6) + 1
            await ClockCycles(dut.clk, gap)
            assert ports.read("expired"), "it is over only with the next byte"


@block_test()
async def the_light_blinks(dut):
    bench = await BlockBench.start(dut, component)
    half = 64 * -(-bench.parameters["cycles"] // 6)
    with Ports(bench) as ports:
        ports.write("restart", 0)
        changes, level = [], ports.read("alive")
        while len(changes) < 4:
            await RisingEdge(dut.clk)
            if ports.read("alive") != level:
                level ^= 1
                changes.append(cycle_now())
    assert [after - before for before, after in pairwise(changes)] == [half] * 3
