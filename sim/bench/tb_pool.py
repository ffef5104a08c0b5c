"""Pool against the golden max-pooling of spikes."""
import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import address_bits
from hw.core.pool import Pool
from hw.core.spike_memory import SpikeMemory
from sw.golden.pool import pool

from ..block_bench import BlockBench
from ..coverage import Coverage
from .memories import Memory, Recorder
from .ports import Ports, block_test
from .words import lane_words, memory_word, random_bits

SIDES = (1, 2, 3, 6, 7)
COVERAGE = Coverage(height=SIDES, width=SIDES)
DENSITIES = Coverage(density=(0.0, 0.1, 1.0), groups=(1, 2, 3))


def component(**config) -> Pool:
    return Pool(CoreConfig(**config))


def command(height: int, width: int, groups: int, source: int, dest: int, span: int) -> dict:
    """Padding 1: the last tap of a row leaves the source where its width is odd."""
    return {"source": source, "start": span - width - 1, "group_step": height * width,
            "row_step": 2 * width, "width": width, "column_step": 2, "rows": (height + 1) // 2,
            "columns": (width + 1) // 2, "taps_y": 2, "taps_x": 2, "groups": groups, "dest": dest,
            "pads": {"top": 1, "left": 1, "bottom": height % 2, "right": width % 2}}


async def exchange(bench: BlockBench, height: int, width: int, groups: int, density: float):
    """Words around the source are full of ones, which must not be seen."""
    config = bench.component.config
    rng = np.random.default_rng(bench.random.getrandbits(64))
    spikes = random_bits(rng, (groups, config.lanes, config.word_channels, height, width), density)
    span = 1 << address_bits(config)
    source, dest = bench.random.randrange(8, 900), bench.random.randrange(span)
    words = {source + (g * height + y) * width + x: lane_words(spikes[g, :, :, y, x])
             for g in range(groups) for y in range(height) for x in range(width)}
    ones = [(1 << config.word_channels) - 1] * config.lanes
    with Ports(bench) as ports:
        ports.write("command", command(height, width, groups, source, dest, span))
        memory = Memory(ports, "read", "word", lambda address: words.get(address, ones),
                        SpikeMemory.latency(config))
        writes, done = Recorder(ports, "write.enable", "write"), Recorder(ports, "done")
        ports.write("start", 1)
        await RisingEdge(bench.dut.clk)
        ports.write("start", 0)
        while not done.seen:
            await RisingEdge(bench.dut.clk)
        await ClockCycles(bench.dut.clk, 3)
    expected = pool(spikes).transpose(0, 3, 4, 1, 2).reshape(-1, config.lanes, config.word_channels)
    assert [values["write"] for _, values in writes.seen] == [
        {"enable": (1 << config.subs) - 1, "address": (dest + k) % span,
         "data": memory_word(config, word)} for k, word in enumerate(expected)]
    reads = [cycle for cycle, _ in memory.reads]
    assert reads == list(range(reads[0], reads[0] + 9 * len(expected))), "9 cycles per output"
    assert writes.cycles == [cycle + SpikeMemory.latency(config) for cycle in reads[8::9]]
    assert done.cycles == writes.cycles[-1:]


@block_test()
@cocotb.parametrize(height=SIDES)
async def outputs_match(dut, height):
    bench = await BlockBench.start(dut, component)
    for width in SIDES:
        await exchange(bench, height, width, groups=1, density=0.15)
        COVERAGE.hit(height=height, width=width)


@block_test()
async def groups_follow_each_other(dut):
    bench = await BlockBench.start(dut, component)
    for density, groups in DENSITIES.counts:
        await exchange(bench, 3, 4, groups, density)
        DENSITIES.hit(density=density, groups=groups)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    DENSITIES.check()
