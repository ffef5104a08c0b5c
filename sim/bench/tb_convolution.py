"""The synaptic half of the core against the golden convolution, from packed weights to sums."""
import dataclasses
from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from hw.compiler.packing import pack_pass, pack_tiles
from hw.config import CoreConfig
from hw.core.convolution import Convolution
from hw.core.layouts import HEADER
from hw.core.spike_memory import SpikeMemory
from sw.golden.conv import convolve

from ..block_bench import BlockBench
from ..coverage import Coverage
from .conv_case import KERNELS, ConvCase
from .memories import Memory, Recorder
from .ports import Ports, block_test, random_value
from .words import lane_words

SOURCES = ("spikes", "masked", "unmasked", "image")
COVERAGE = Coverage(geometry=KERNELS, source=SOURCES)
CORNERS = Coverage(weights=("all-min", "all-max"), source=SOURCES)


def component(**config) -> Convolution:
    return Convolution(CoreConfig(lanes=4, **config))


@dataclass
class Layer:
    """Values, weights and parameters of a case.

    ``values`` is (lanes, channels, H, W), ``weight`` (passes * Po, channels, kernel, kernel).
    """
    case: ConvCase
    values: np.ndarray
    weight: np.ndarray
    params: list[dict]
    config: CoreConfig

    @classmethod
    def random(cls, bench: BlockBench, case: ConvCase, corner: str | None = None) -> "Layer":
        config = bench.component.config
        rng = np.random.default_rng(bench.random.getrandbits(64))
        steps = 1 << case.chain
        # An image is the same at each step, that is in each lane of the image.
        copies = steps if case.image else 1
        channels = case.groups * config.word_channels
        values = rng.integers(0, 1 << case.planes, (
            4 // copies, channels, case.height, case.width), np.uint16)
        dark = rng.random((case.groups, case.height, case.width)) < 0.3
        values[:, np.repeat(dark, config.word_channels, axis=0)] &= 2
        top = 1 << config.weight_bits - 1
        shape = (case.passes * config.pass_channels, channels, case.kernel, case.kernel)
        weight = rng.integers(-top, top, shape)
        if corner:
            values[:] = (1 << case.planes) - 1
            weight[:] = -top if corner == "all-min" else top - 1
        limit = 1 << config.param_bits - 1
        tiles = len(case.taps_y) * len(case.taps_x) * case.groups
        params = [{"header": random_value(bench.random, HEADER) | {"tiles": tiles},
                   "bias": rng.integers(-limit, limit, config.pass_channels).tolist(),
                   "threshold": rng.integers(-limit, limit, config.pass_channels).tolist()}
                  for _ in range(case.passes)]
        return cls(case, np.repeat(values, copies, axis=0), weight, params, config)

    def lanes_of_word(self, group: int, pixel: int, word: int) -> np.ndarray:
        """Bits (lanes, word_channels) of one spike word."""
        case, wide = self.case, self.config.word_channels
        values = self.values[:, group * wide:][:, :wide].reshape(4, wide, -1)[:, :, pixel]
        if not case.image:
            return values >> word & 1
        slots = np.arange(4) % (1 << case.chain)
        return values >> (word * (1 << case.chain) + slots)[:, None] & 1

    def memory(self) -> dict[int, list[int]]:
        """Spike words by address."""
        case = self.case
        return {case.source + (g * case.pixels + p) * case.words + j:
                lane_words(self.lanes_of_word(g, p, j))
                for g in range(case.groups) for p in range(case.pixels) for j in range(case.words)}

    def masks(self) -> dict[int, int]:
        """Plane masks by address."""
        case = self.case
        values = self.values.reshape(4, case.groups, -1, case.pixels)
        masks = np.bitwise_or.reduce(np.bitwise_or.reduce(values, axis=2), axis=0)
        return {case.source_mask + k: int(mask) for k, mask in enumerate(masks.reshape(-1))}

    def stream(self) -> list[int]:
        """Memory words of parameters and tiles, tap rows, tap columns, word groups."""
        config, case, data = self.config, self.case, b""
        weight = self.weight.reshape(case.passes, config.pass_channels, case.groups, -1,
                                     case.kernel, case.kernel)
        for params, one in zip(self.params, weight, strict=True):
            data += pack_pass(config, params["header"], params["bias"], params["threshold"])
            for ty in case.taps_y:
                for tx in case.taps_x:
                    tiles = one[:, :, :, ty, tx].transpose(1, 0, 2)
                    data += pack_tiles(config, tiles).tobytes()
        size = config.memory_bits // 8
        return [int.from_bytes(data[k:k + size], "little") for k in range(0, len(data), size)]

    def sums(self) -> np.ndarray:
        """(passes, pixels of the band, lanes, pass_channels)."""
        case = self.case
        acc = convolve(self.values, self.weight, stride=case.stride, pad=case.pad)
        acc = acc[:, :, case.first:case.first + case.count]
        if case.gather:
            acc = acc.sum((2, 3), keepdims=True)
        return acc.reshape(4, case.passes, self.config.pass_channels, -1).transpose(1, 3, 0, 2)


def random_case(bench: BlockBench, geometry, source: str) -> ConvCase:
    rng = bench.random
    planes = {"spikes": 1, "masked": rng.randint(2, 5), "unmasked": rng.randint(2, 8),
              "image": rng.randint(1, 8)}[source]
    chain = rng.randrange(3)
    return ConvCase.random(
        rng, geometry, groups=rng.randint(1, 2), passes=rng.randint(1, 2), planes=planes,
        words=-(-planes >> chain) if source == "image" else planes, chain=chain,
        masked=source in ("masked", "image"), image=source == "image",
        residual_words=rng.choice((0, 2)))


async def exchange(bench: BlockBench, layer: Layer, stall: float, hold: float = 0.0) -> None:
    """Every sum of every pass, with the parameters that belong to it, and its latency."""
    case, expected = layer.case, layer.sums()
    words, masks = layer.memory(), layer.masks()
    with Ports(bench) as ports:
        ports.write("command", case.command(bench.component.config))
        memory = Memory(ports, "word_read", "word", lambda address: words.get(address, [0xFF] * 4),
                        SpikeMemory.latency(bench.component.config))
        Memory(ports, "mask_read", "mask", lambda address: masks.get(address, 0xFF))
        ports.start(bench.driver("words", stall).send(layer.stream()))
        sums = Recorder(ports, "valid", "sums", "index", "end", "header", "bias", "threshold")
        ports.write("start", 1)
        await RisingEdge(bench.dut.clk)
        ports.write("start", 0)
        while len(sums.seen) < expected.shape[0] * expected.shape[1]:
            ports.write("hold", int(bench.random.random() < hold))
            await RisingEdge(bench.dut.clk)
        for _ in range(20):
            await RisingEdge(bench.dut.clk)
    assert len(sums.seen) == expected.shape[0] * expected.shape[1]
    for k, (_, got) in enumerate(sums.seen):
        pass_, pixel = divmod(k, expected.shape[1])
        assert got == {"sums": expected[pass_, pixel].tolist(), "index": pixel,
                       "end": int(k == len(sums.seen) - 1), **layer.params[pass_]}, \
            f"pass {pass_}, pixel {pixel} of {case}"
    requests = {cycle for cycle, _ in memory.reads}
    latency = Convolution.latency(bench.component.config)
    assert {cycle - latency for cycle in sums.cycles} <= requests


@block_test()
@cocotb.parametrize(source=SOURCES)
async def sums_match(dut, source):
    bench = await BlockBench.start(dut, component)
    for geometry in KERNELS:
        for stall, hold in ((0.0, 0.0), (0.6, 0.5)):
            await exchange(bench, Layer.random(bench, random_case(bench, geometry, source)),
                           stall, hold)
        COVERAGE.hit(geometry=geometry, source=source)


SAME_SUM = {
    "one-pixel": ConvCase(height=2, width=2, kernel=2, stride=2, planes=6, words=6, masked=True),
    "two-by-two": ConvCase(height=2, width=2, kernel=3, pad=1, count=2, groups=2, planes=3,
                           words=3, masked=True),
}
"""Tiles whose first pixel may be the last one of the tile before."""


@block_test()
@cocotb.parametrize(name=list(SAME_SUM))
async def a_pixel_that_follows_itself_keeps_its_sum(dut, name):
    bench = await BlockBench.start(dut, component)
    for _ in range(20):
        await exchange(bench, Layer.random(bench, SAME_SUM[name]), 0.0)


@block_test()
@cocotb.parametrize(source=SOURCES)
async def sums_over_pixels_match(dut, source):
    """A head's product."""
    bench = await BlockBench.start(dut, component)
    for stall, hold in ((0.0, 0.0), (0.6, 0.5), (0.0, 0.0)):
        case = random_case(bench, KERNELS[0], source)
        case = dataclasses.replace(case, gather=True, first=0, count=case.height, residual_words=0)
        await exchange(bench, Layer.random(bench, case), stall, hold)


@block_test()
@cocotb.parametrize(corner=["all-min", "all-max"])
async def corners_match(dut, corner):
    bench = await BlockBench.start(dut, component)
    for source in SOURCES:
        case = ConvCase(height=2, width=3, kernel=3, stride=1, pad=1, count=2, groups=2,
                        planes=1 if source == "spikes" else 4, words=1 if source == "image" else
                        1 if source == "spikes" else 4, masked=source in ("masked", "image"),
                        image=source == "image")
        await exchange(bench, Layer.random(bench, case, corner), 0.0)
        CORNERS.hit(weights=corner, source=source)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    CORNERS.check()
