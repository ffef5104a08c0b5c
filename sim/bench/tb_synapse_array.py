"""Synapse array against the golden convolution: random tiles, swaps at any time, corners."""
import numpy as np

from hw.compiler.packing import pack_tiles
from hw.config import CoreConfig
from hw.core.synapse_array import SynapseArray
from sw.golden.conv import convolve

from ..block_bench import BlockBench
from ..coverage import Coverage
from .ports import block_test, play, random_value

COVERAGE = Coverage(weights=("random", "all-min", "all-max"), words=("random", "all-ones", "zeros"))
SWAPS = Coverage(distance=(1, 2, 3, 4, 5))


def component(array: str, **config) -> SynapseArray:
    return SynapseArray(CoreConfig(**config), array)


def random_tile(bench: BlockBench, rng, kind: str) -> np.ndarray:
    config = bench.component.config
    top = 1 << config.weight_bits - 1
    shape = (config.pass_channels, config.word_channels)
    if kind == "random":
        return rng.integers(-top, top, shape)
    return np.full(shape, -top if kind == "all-min" else top - 1)


def random_words(bench: BlockBench, rng, kind: str) -> np.ndarray:
    """(lanes, word_channels) bits."""
    config = bench.component.config
    shape = (config.lanes, config.word_channels)
    if kind == "random":
        return rng.integers(0, 2, shape, np.uint8)
    return np.full(shape, kind == "all-ones", np.uint8)


def integer(bits) -> int:
    return sum(int(bit) << k for k, bit in enumerate(bits))


async def exchange(bench: BlockBench, swaps: list[bool], kind=None) -> None:
    """A word per cycle; where ``swaps`` is set a new tile takes over with it."""
    config = bench.component.config
    rng = np.random.default_rng(bench.random.getrandbits(64))
    frames, expected, tile = [], [], None
    for swap in swaps:
        weights, spikes = kind or (bench.random.choice(COVERAGE.axes["weights"]),
                                   bench.random.choice(COVERAGE.axes["words"]))
        # Without a swap the port shows a tile that must not be taken.
        shown = random_tile(bench, rng, weights)
        if swap:
            tile, tile_kind = shown, weights
        words = random_words(bench, rng, spikes)
        COVERAGE.hit(weights=tile_kind, words=spikes)
        step = random_value(bench.random, bench.shape("step")) | {"swap": int(swap)}
        frames.append({
            "step": step, "words": [integer(word) for word in words],
            "tile": int.from_bytes(pack_tiles(config, shown[None]).tobytes(), "little")})
        dots = convolve(words[:, :, None, None], tile[:, :, None, None])[:, :, 0, 0]
        expected.append({"dots_step": step, "dots": dots.tolist()})
    latency = SynapseArray.LATENCY
    seen = await play(bench, frames + frames[-1:] * latency, ("dots_step", "dots"))
    for cycle, answer in enumerate(expected):
        assert seen[cycle + latency] == answer, f"word of cycle {cycle}"


@block_test()
async def dots_match(dut):
    """One word per cycle, a tile every one to five words."""
    bench = await BlockBench.start(dut, component)
    swaps = []
    while len(swaps) < 300:
        distance = bench.random.randint(1, 5)
        swaps += [True] + [False] * (distance - 1)
        SWAPS.hit(distance=distance)
    await exchange(bench, swaps)


@block_test()
async def corners_match(dut):
    """All ones against all-minimum weights is the dot product of the largest magnitude."""
    bench = await BlockBench.start(dut, component)
    for weights in COVERAGE.axes["weights"]:
        for words in COVERAGE.axes["words"]:
            await exchange(bench, [True, False], (weights, words))


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    SWAPS.check()
