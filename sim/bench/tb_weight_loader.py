"""Weight loader: tiles and parameters arrive whole and in order, whatever stalls."""
from dataclasses import dataclass, field

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from hw.compiler.packing import pack_pass, pack_tiles
from hw.config import CoreConfig
from hw.core.layouts import HEADER
from hw.core.weight_loader import WeightLoader

from ..block_bench import BlockBench
from ..coverage import Coverage
from .memories import cycle_now
from .ports import Ports, block_test, random_value

COVERAGE = Coverage(passes=(1, 2, 3), tiles=(1, 2, 5))


def component(**config) -> WeightLoader:
    return WeightLoader(CoreConfig(**config))


@dataclass
class Program:
    """The memory words of a stream, and what the loader must show."""
    words: list[int] = field(default_factory=list)
    params: list[dict] = field(default_factory=list)
    tiles: list[int] = field(default_factory=list)
    last_of_pass: list[bool] = field(default_factory=list)

    def add(self, bench: BlockBench, passes: int, tiles: int) -> None:
        """Append passes of random weights."""
        config = bench.component.config
        rng = np.random.default_rng(bench.random.getrandbits(64))
        top, limit = 1 << config.weight_bits - 1, 1 << config.param_bits - 1
        for _ in range(passes):
            header = random_value(bench.random, HEADER) | {"tiles": tiles}
            bias, threshold = rng.integers(-limit, limit, (2, config.pass_channels)).tolist()
            self.params.append({"header": header, "bias": bias, "threshold": threshold})
            self.stream(config, pack_pass(config, header, bias, threshold))
            shape = (tiles, config.pass_channels, config.word_channels)
            for k, tile in enumerate(pack_tiles(config, rng.integers(-top, top, shape))):
                self.stream(config, tile.tobytes())
                # The tile without the rest of its last memory word.
                self.tiles.append(int.from_bytes(tile.tobytes()[:config.tile_bits // 8], "little"))
                self.last_of_pass.append(k == tiles - 1)
        COVERAGE.hit(passes=passes, tiles=tiles)

    def stream(self, config: CoreConfig, data: bytes) -> None:
        size = config.memory_bits // 8
        self.words += [int.from_bytes(data[k:k + size], "little")
                       for k in range(0, len(data), size)]


class Consumer:
    """Plays array and neurons: takes tiles and parameters, and checks them in every cycle."""

    def __init__(self, bench: BlockBench, ports: Ports, program: Program, patience: float):
        self.bench, self.ports, self.program, self.patience = bench, ports, program, patience
        self.tile_swaps: list[int] = []
        self.tile_arrivals: list[int] = []
        self.params_swaps: list[int] = []

    async def consume(self) -> None:
        """Until everything has been taken."""
        ports, program = self.ports, self.program
        swap = swap_params = tile_seen = 0
        while len(self.tile_swaps) < len(program.tiles) or (
                len(self.params_swaps) < len(program.params)):
            await RisingEdge(self.bench.dut.clk)
            tile_valid, params_valid = ports.read("tile_valid"), ports.read("params_valid")
            assert tile_valid >= swap and params_valid >= swap_params, "withdrawn"
            if tile_valid:
                if not tile_seen:
                    self.tile_arrivals.append(cycle_now())
                assert ports.read("tile") == program.tiles[len(self.tile_swaps)], \
                    f"tile {len(self.tile_swaps)}"
            if params_valid:
                params = program.params[len(self.params_swaps)]
                assert ports.read("header") == params["header"]
            self.check_current()
            if swap:
                self.tile_swaps.append(cycle_now())
            if swap_params:
                self.params_swaps.append(cycle_now())
            tile_seen = tile_valid and not swap
            swap = int(tile_valid and not swap and self.bench.random.random() >= self.patience)
            swap_params = int(params_valid and not swap_params
                              and self.bench.random.random() >= self.patience)
            ports.write("swap", swap)
            ports.write("swap_params", swap_params)

    def check_current(self) -> None:
        """Parameters taken over in an earlier cycle stay until the next are."""
        if self.params_swaps and self.params_swaps[-1] < cycle_now():
            params = self.program.params[len(self.params_swaps) - 1]
            got = {"header": self.ports.read("current"), "bias": self.ports.read("bias"),
                   "threshold": self.ports.read("threshold")}
            assert got == params, f"parameters of pass {len(self.params_swaps) - 1}"


async def exchange(bench: BlockBench, program: Program, *, stall: float = 0.0,
                   patience: float = 0.0) -> Consumer:
    with Ports(bench) as ports:
        ports.start(bench.driver("words", stall).send(program.words))
        consumer = Consumer(bench, ports, program, patience)
        await consumer.consume()
    return consumer


@block_test()
@cocotb.parametrize(stall=[0.0, 0.4], patience=[0.0, 0.8])
async def tiles_and_parameters_match(dut, stall, patience):
    """The consumer takes at once, or long after the next ones are ready."""
    bench = await BlockBench.start(dut, component)
    program = Program()
    for passes, tiles in COVERAGE.counts:
        program.add(bench, passes, tiles)
    await exchange(bench, program, stall=stall, patience=patience)


@block_test()
async def a_tile_is_refilled_at_one_memory_word_per_cycle(dut):
    bench = await BlockBench.start(dut, component)
    program = Program()
    program.add(bench, 3, 5)
    consumer = await exchange(bench, program)
    config = bench.component.config
    words = -(-config.tile_bits // config.memory_bits)
    refills = [arrival - swap for swap, arrival, last in zip(
        consumer.tile_swaps, consumer.tile_arrivals[1:], program.last_of_pass, strict=False)
        if not last]
    assert refills == [words + 1] * len(refills) and len(refills) == 12


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
