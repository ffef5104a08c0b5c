"""Pixel walk against a walk in plain Python; tiles start only when they are fed."""
from itertools import pairwise

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import HEADER, address_bits, sub_bits
from hw.core.pixel_walk import PixelWalk

from ..block_bench import BlockBench
from ..coverage import Coverage
from ..stream import StreamMonitor
from .conv_case import KERNELS, ConvCase
from .loader_model import LoaderModel
from .memories import Recorder, cycle_now
from .ports import Ports, block_test, random_value
from .tb_tile_walk import payload

STALLS = [(0.0, 0, 0.0), (0.4, 0, 0.0), (0.0, 30, 0.0), (0.3, 30, 0.5)]
COVERAGE = Coverage(geometry=KERNELS, stall=STALLS)
SWAP_DELAY, PARAMS_DELAY = 2, 7
"""Cycles from the first pixel of a tile until its weights, and its parameters, are taken over."""


def component(**config) -> PixelWalk:
    return PixelWalk(CoreConfig(**config))


def expected_pixels(case: ConvCase, headers: list[dict], config: CoreConfig) -> list[dict]:
    """Every payload; ``dest`` and ``sub`` are those of last tiles."""
    pixels, span = [], 1 << address_bits(config)
    for tile in case.tiles():
        for k, visit in enumerate(tile.visits):
            pixel = {"source": visit.number % span, "index": visit.index,
                     "outside": int(visit.source is None), "swap": int(k == 0),
                     "first_tile": int(visit.starts), "last_tile": int(visit.drains),
                     "swap_params": int(visit.swaps_params),
                     "end": int(tile.end and k == len(tile.visits) - 1)}
            if tile.last:
                header = headers[tile.pass_]
                pixel |= {"dest": (header["pixel"] + visit.index) % span,
                          "sub": header["sub"] % (1 << sub_bits(config))}
            pixels.append(pixel)
    return pixels


async def follow(bench: BlockBench, ports: Ports, loader: LoaderModel) -> None:
    """Tell the loader what was taken over; and no tile may start that lacks something."""
    tile_out = params_out = False
    while True:
        await RisingEdge(bench.dut.clk)
        if ports.read("tiles.valid") and ports.read("tiles.ready"):
            assert ports.read("tile_valid") and not tile_out, "the tile's weights are not ready"
            tile_out = True
            if ports.read("tiles.payload")["last"]:
                assert ports.read("params_valid") and not params_out, "parameters are not ready"
                assert not ports.read("hold"), "sums cannot be taken"
                params_out = True
        tile_out &= not ports.read("swapped")
        params_out &= not ports.read("params_swapped")
        if ports.read("pixels.valid") and ports.read("pixels.ready"):
            pixel = ports.read("pixels.payload")
            if pixel["swap"]:
                loader.swap_tile(cycle_now() + SWAP_DELAY)
            if pixel["swap_params"]:
                loader.swap_params(cycle_now() + PARAMS_DELAY)


async def exchange(bench: BlockBench, case: ConvCase, pixels: StreamMonitor,
                   stall: tuple[float, int, float]) -> Recorder:
    """Check every pixel of a walk; returns the record of stalled cycles."""
    slow_tiles, slowest, hold = stall
    config = bench.component.config
    headers = [random_value(bench.random, HEADER) for _ in range(case.passes)]
    expected, before = expected_pixels(case, headers, config), len(pixels.payloads)
    with Ports(bench) as ports:
        ports.write("command", case.command(config))
        loader = LoaderModel(bench, ports, headers, slowest, hold)
        stalled = Recorder(ports, "stalled")
        ports.start(follow(bench, ports, loader))
        ports.start(bench.driver("tiles", slow_tiles).send(
            payload(tile, config) for tile in case.tiles()))
        await pixels.receive(before + len(expected))
        # Until the last swaps are over.
        await ClockCycles(bench.dut.clk, PARAMS_DELAY + 2)
    for k, (pixel, got) in enumerate(zip(expected, pixels.payloads[before:], strict=True)):
        assert {name: got[name] for name in pixel} == pixel, f"pixel {k} of {case}"
    return stalled


@block_test()
@cocotb.parametrize(stall=STALLS)
async def pixels_match(dut, stall):
    bench = await BlockBench.start(dut, component)
    pixels = bench.monitor("pixels", stall[0])
    for geometry in KERNELS:
        for _ in range(3):
            case = ConvCase.random(bench.random, geometry, groups=bench.random.randint(1, 3),
                                   passes=bench.random.randint(1, 3))
            await exchange(bench, case, pixels, stall)
            await exchange(bench, gathering(case), pixels, stall)
        COVERAGE.hit(geometry=geometry, stall=stall)


def gathering(case: ConvCase) -> ConvCase:
    """A head's product over the map of another case."""
    return ConvCase(height=case.height, width=case.width, count=case.height, groups=case.groups,
                    passes=case.passes, gather=True)


@block_test()
async def one_pixel_per_cycle(dut):
    """Tiles whose weights are ready follow each other without a gap."""
    bench = await BlockBench.start(dut, component)
    pixels = bench.monitor("pixels")
    case = ConvCase(height=5, width=4, kernel=3, stride=1, pad=1, count=5, groups=2, passes=2)
    stalled = await exchange(bench, case, pixels, (0.0, 0, 0.0))
    first = pixels.cycles[0]
    assert pixels.cycles == list(range(first, first + len(pixels.cycles)))
    assert not stalled.seen


@block_test()
async def a_tile_that_waits_is_counted(dut):
    """With a slow loader, the gaps between tiles are stalled cycles and the one that takes it."""
    bench = await BlockBench.start(dut, component)
    pixels = bench.monitor("pixels")
    case = ConvCase(height=3, width=3, count=3, groups=12)
    stalled = await exchange(bench, case, pixels, (0.0, 40, 0.0))
    gaps = [after - before - 1 for before, after in pairwise(pixels.cycles) if after > before + 1]
    assert len(stalled.seen) == sum(gap - 1 for gap in gaps) and gaps


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
