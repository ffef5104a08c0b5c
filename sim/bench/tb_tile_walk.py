"""Tile walk against a walk in plain Python."""
import cocotb
from cocotb.triggers import RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import address_bits
from hw.core.tile_walk import TileWalk

from ..block_bench import BlockBench
from ..coverage import Coverage
from ..stream import StreamMonitor
from .conv_case import KERNELS, ConvCase, Tile
from .memories import Recorder, cycle_now
from .ports import Ports, block_test

SIDES = ("top", "bottom", "left", "right")
COVERAGE = Coverage(geometry=KERNELS, groups=(1, 3), passes=(1, 2))
PADDED = Coverage(side=SIDES, padded=(0, 1))


def component(**config) -> TileWalk:
    return TileWalk(CoreConfig(**config))


def payload(tile: Tile, config: CoreConfig) -> dict:
    """What the stream shows of a tile."""
    first = tile.visits[0]
    return {"first": int(tile.first), "last": int(tile.last), "end": int(tile.end),
            "outside": tile.outside, "origin": first.number % (1 << address_bits(config)),
            "index": first.index, "rows": tile.rows - 1, "columns": tile.columns - 1}


async def exchange(bench: BlockBench, case: ConvCase, tiles: StreamMonitor) -> None:
    """Check every tile of a walk."""
    config = bench.component.config
    command = case.command(config)
    expected, before = [payload(tile, config) for tile in case.tiles()], len(tiles.payloads)
    with Ports(bench) as ports:
        ports.write("command", command)
        ports.write("start", 1)
        await RisingEdge(bench.dut.clk)
        ports.write("start", 0)
        await tiles.receive(before + len(expected))
        for _ in range(4):
            await RisingEdge(bench.dut.clk)
    assert tiles.payloads[before:] == expected
    for side in SIDES:
        PADDED.hit(side=side, padded=command["pads"][side])


@block_test()
@cocotb.parametrize(stall=[0.0, 0.5])
async def tiles_match(dut, stall):
    bench = await BlockBench.start(dut, component)
    tiles = bench.monitor("tiles", stall)
    for geometry, groups, passes in COVERAGE.counts:
        for _ in range(4):
            case = ConvCase.random(bench.random, geometry, groups=groups, passes=passes)
            await exchange(bench, case, tiles)
        COVERAGE.hit(geometry=geometry, groups=groups, passes=passes)


@block_test()
async def one_tile_per_cycle(dut):
    """The first two cycles after ``start``."""
    bench = await BlockBench.start(dut, component)
    tiles = bench.monitor("tiles")
    case = ConvCase.random(bench.random, (3, 1, 1), groups=3, passes=4)
    with Ports(bench) as ports:
        offers = Recorder(ports, "tiles.valid")
        ports.write("command", case.command(bench.component.config))
        ports.write("start", 1)
        await RisingEdge(bench.dut.clk)
        start = cycle_now()
        ports.write("start", 0)
        await tiles.receive(len(case.tiles()))
    assert offers.cycles == [start + 2 + k for k in range(len(case.tiles()))]


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    PADDED.check()
