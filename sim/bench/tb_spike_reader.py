"""Spike reader behind the tile walk: every step, every address, every cycle of a convolution."""
import dataclasses
from dataclasses import dataclass

import cocotb
import numpy as np
from amaranth import *
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped
from cocotb.triggers import ClockCycles, RisingEdge

from hw.config import CoreConfig
from hw.core.layouts import (
    HEADER,
    MASK_PLANES,
    address_bits,
    command_layout,
    read_port,
    step_layout,
    sub_bits,
)
from hw.core.spike_reader import SpikeReader
from hw.core.tile_walk import TileWalk

from ..block_bench import BlockBench
from ..coverage import Coverage
from .conv_case import KERNELS, ConvCase, Tile, Visit
from .loader_model import LoaderModel
from .memories import Memory, Recorder, cycle_now
from .ports import Ports, block_test, random_value

SOURCES = ("spikes", "masked", "unmasked", "image")
COVERAGE = Coverage(geometry=KERNELS, source=SOURCES, residual=(0, 1, 3))
GATHERED = Coverage(source=SOURCES)
CHAINS = Coverage(chain=(0, 1, 2))
PARAMS_DELAY = 5
"""Cycles from a step to the swap of the parameters it asks for."""


class WalkedReader(wiring.Component):
    """Tile walk and spike reader, as the convolution connects them.

    Timing: that of the two, nothing added.
    """

    def __init__(self, config: CoreConfig):
        self.config = config
        super().__init__({
            "command": In(command_layout(config)), "start": In(1),
            "header": In(HEADER), "hold": In(1),
            "tile_valid": In(1), "params_valid": In(1), "params_swapped": In(1),
            "mask_read": Out(read_port(config)), "mask": In(MASK_PLANES),
            "word_read": Out(read_port(config)),
            "step": Out(step_layout(config)), "stalled": Out(1), "skipped": Out(4), "took": Out(1),
        })

    def elaborate(self, platform):
        m = Module()
        m.submodules.walk = walk = TileWalk(self.config)
        m.submodules.reader = reader = SpikeReader(self.config)
        connect(m, walk.tiles, reader.tiles)
        connect(m, reader.mask_read, flipped(self.mask_read))
        connect(m, reader.word_read, flipped(self.word_read))
        m.d.comb += [
            walk.command.eq(self.command), walk.start.eq(self.start),
            reader.swapped.eq(reader.step.swap), self.took.eq(walk.tiles.valid & walk.tiles.ready),
            self.step.eq(reader.step), self.stalled.eq(reader.stalled),
            self.skipped.eq(reader.skipped),
        ]
        for name in ("command", "header", "hold", "tile_valid", "params_valid", "params_swapped",
                     "mask"):
            m.d.comb += getattr(reader, name).eq(getattr(self, name))
        return m


def component(**config) -> WalkedReader:
    return WalkedReader(CoreConfig(**config))


@dataclass
class Reference:
    """The steps that a case has to make, from its masks and headers."""
    case: ConvCase
    masks: np.ndarray
    headers: list[dict]
    config: CoreConfig

    def planes(self, visit: Visit) -> list[int]:
        """Planes that are read; an unmasked source shows all of them, spikes or not."""
        if visit.source is None:
            return []
        mask = int(self.masks[visit.source]) if self.case.masked else ~0
        return [plane for plane in range(self.case.planes) if mask >> plane & 1]

    def timed(self, tile: Tile, begin: int):
        """(cycle, (step, address)) of a tile that begins in a cycle."""
        cycle, before = begin, None
        for k, visit in enumerate(tile.visits):
            # A partial sum that follows itself rests for a cycle.
            cycle += before == visit.index
            before = visit.index
            for step, address in self.pixel(tile, visit):
                yield cycle, (step | {"swap": int(k == 0 and cycle == begin)}, address)
                cycle += 1

    def pixel(self, tile: Tile, visit: Visit) -> list[tuple[dict, int | None]]:
        case = self.case
        common = {
            "swap": 0, "first_tile": int(visit.starts), "last_tile": int(visit.drains),
            "index": visit.index, "end": int(tile.end and visit is tile.visits[-1]),
            "swap_params": int(visit.swaps_params)}
        if visit.drains:
            common["sub"] = self.headers[tile.pass_]["sub"] % (1 << sub_bits(self.config))
        used = self.planes(visit)
        cycles = []
        for k, plane in enumerate(used or [None]):
            step = common | {
                "valid": int(bool(used) or visit.starts or visit.drains), "residual": 0,
                "first_plane": int(k == 0), "last_plane": int(k >= len(used) - 1),
                "zero": int(not used)}
            address = None
            if used:
                steps = 1 << case.chain
                step |= {"plane": plane, "slot": plane % steps}
                word = plane // steps if case.image else plane
                address = case.source + visit.source * case.words + word
            cycles.append((step, address))
        if tile.last:
            span = 1 << address_bits(self.config)
            dest = (self.headers[tile.pass_]["pixel"] + visit.index) % span
            cycles += [(common | {"valid": 1, "residual": 1},
                        (case.residual + dest * case.residual_words + word) % span)
                       for word in range(case.residual_words)]
        return cycles

    def skipped(self) -> int:
        """Plane words that cost no array cycle."""
        if not self.case.masked:
            return 0
        return sum(self.case.planes - (len(self.planes(visit)) or (visit.starts or visit.drains))
                   for tile in self.case.tiles() for visit in tile.visits
                   if visit.source is not None)


def random_case(bench: BlockBench, geometry, source: str, residual: int, chain: int) -> ConvCase:
    rng = bench.random
    planes = {"spikes": 1, "masked": rng.randint(2, 8), "unmasked": rng.choice((2, 5, 8)),
              "image": rng.randint(1, 8)}[source]
    words = -(-planes >> chain) if source == "image" else planes
    return ConvCase.random(
        rng, geometry, groups=rng.randint(1, 3), passes=rng.randint(1, 3), planes=planes,
        words=words, masked=source in ("masked", "image"), image=source == "image", chain=chain,
        residual_words=residual)


class Watcher:
    """Remembers every cycle's step and address; swaps parameters as the neurons would."""

    def __init__(self, ports: Ports, loader: LoaderModel):
        self.ports, self.loader, self.swaps = ports, loader, 0
        self.steps: dict[int, dict] = {}
        self.addresses: dict[int, int] = {}

    async def watch(self) -> None:
        ports, handle = self.ports, self.ports.bench.dut.step
        while True:
            await RisingEdge(ports.bench.dut.clk)
            now = cycle_now()
            if ports.read("word_read.enable"):
                self.addresses[now + 1] = ports.read("word_read.address")
            if int(handle.value) & 3 == 0:  # neither valid nor a swap
                continue
            step = self.steps[now] = ports.read("step")
            if step["swap"]:
                self.swaps += 1
                self.loader.swap_tile(now)
            if step["valid"] and step["swap_params"] and step["last_plane"] and (
                    not step["residual"]):
                self.loader.swap_params(now + PARAMS_DELAY)


async def exchange(bench: BlockBench, case: ConvCase, slowest: int, hold: float = 0.0):
    """Check every cycle of a walk; returns (cycles that took a tile, steps, stalled cycles)."""
    rng = np.random.default_rng(bench.random.getrandbits(64))
    masks = rng.integers(0, 1 << min(case.planes, MASK_PLANES), case.groups * case.pixels)
    masks[rng.random(len(masks)) < 0.4] = 0
    headers = [random_value(bench.random, HEADER) for _ in range(case.passes)]
    reference = Reference(case, masks, headers, bench.component.config)
    with Ports(bench) as ports:
        ports.write("command", case.command(bench.component.config))
        Memory(ports, "mask_read", "mask", lambda address: int(
            masks[address - case.source_mask])
            if 0 <= address - case.source_mask < len(masks) else (1 << MASK_PLANES) - 1)
        loader = LoaderModel(bench, ports, headers, slowest, hold)
        watcher = Watcher(ports, loader)
        skipped, stalled = Recorder(ports, "skipped", "skipped"), Recorder(ports, "stalled")
        took = Recorder(ports, "took")
        ports.start(watcher.watch())
        ports.write("start", 1)
        await RisingEdge(bench.dut.clk)
        ports.write("start", 0)
        await finished(bench, watcher, reference)
    check(reference, watcher)
    assert sum(values["skipped"] for _, values in skipped.seen) == reference.skipped()
    return took.cycles, watcher.steps, stalled.seen


async def finished(bench: BlockBench, watcher: Watcher, reference: Reference) -> None:
    """Wait for the last tile, and a while."""
    tiles = reference.case.tiles()
    while watcher.swaps < len(tiles):
        await RisingEdge(bench.dut.clk)
    length = len(list(reference.timed(tiles[-1], 0))) + len(tiles[-1].visits)
    await ClockCycles(bench.dut.clk, length + PARAMS_DELAY + 4)


def check(reference: Reference, watcher: Watcher) -> None:
    """Every cycle from the first step of a tile to its last is as expected; between, nothing."""
    steps = dict(watcher.steps)
    begins = [cycle for cycle, step in steps.items() if step["swap"]]
    for begin, tile in zip(begins, reference.case.tiles(), strict=True):
        for cycle, (step, address) in reference.timed(tile, begin):
            got = steps.pop(cycle, {"valid": 0, "swap": 0})
            expected = step if step["valid"] else {name: step[name] for name in ("valid", "swap")}
            assert {name: got[name] for name in expected} == expected, \
                f"cycle {cycle - begin} of {tile} of {reference.case}"
            if address is not None:
                assert watcher.addresses[cycle] == address, f"cycle {cycle - begin} of {tile}"
    assert not steps, "steps outside the walk"
    check_rest(watcher.steps)


def check_rest(steps: dict[int, dict]) -> None:
    """A partial sum is revisited after two cycles or more."""
    last_use = {}
    for cycle, step in steps.items():
        if step["valid"] and step["last_plane"] and not step["residual"]:
            assert cycle - last_use.get(step["index"], -2) >= 2, f"cycle {cycle}"
            last_use[step["index"]] = cycle


@block_test()
@cocotb.parametrize(source=SOURCES, slowest=[0, 25])
async def steps_match(dut, source, slowest):
    bench = await BlockBench.start(dut, component)
    for geometry in KERNELS:
        for residual in (0, 1, 3):
            chain = bench.random.randrange(3)
            case = random_case(bench, geometry, source, residual, chain)
            await exchange(bench, case, slowest, hold=0.3 if slowest else 0.0)
            COVERAGE.hit(geometry=geometry, source=source, residual=residual)
            CHAINS.hit(chain=chain)


@block_test()
@cocotb.parametrize(source=SOURCES, slowest=[0, 25])
async def sums_over_pixels_match(dut, source, slowest):
    """A head's product, where every pixel adds to the same sum."""
    bench = await BlockBench.start(dut, component)
    for _ in range(4):
        case = random_case(bench, KERNELS[0], source, 0, bench.random.randrange(3))
        case = dataclasses.replace(case, gather=True, first=0, count=case.height)
        await exchange(bench, case, slowest, hold=0.3 if slowest else 0.0)
        GATHERED.hit(source=source)


@block_test()
async def one_word_per_cycle(dut):
    """With weights ready, tiles follow each other without a gap, four cycles after the first
    was taken."""
    bench = await BlockBench.start(dut, component)
    case = ConvCase(height=4, width=4, kernel=3, stride=1, pad=1, count=4, groups=3, passes=2,
                    planes=3, words=3, residual_words=2)
    took, steps, stalled = await exchange(bench, case, 0)
    cycles = list(steps)
    assert cycles == list(range(took[0] + 4, took[0] + 4 + len(cycles)))
    assert not stalled


@block_test()
async def a_pixel_that_follows_itself_waits_a_cycle(dut):
    bench = await BlockBench.start(dut, component)
    case = ConvCase(height=2, width=2, kernel=2, stride=2, planes=7, words=7, masked=True)
    for _ in range(10):
        await exchange(bench, case, 0)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    CHAINS.check()
    GATHERED.check()
