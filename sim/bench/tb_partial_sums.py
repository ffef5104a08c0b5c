"""Partial sums against the golden convolution of the integers whose planes arrive."""
from dataclasses import dataclass
from itertools import pairwise

import cocotb
import numpy as np

from hw.config import CoreConfig
from hw.core.layouts import step_layout
from hw.core.partial_sums import PartialSums
from sw.golden.conv import convolve

from ..block_bench import BlockBench
from ..coverage import Coverage
from .ports import block_test, play, random_value

COVERAGE = Coverage(tiles=(1, 2, 3), planes=(1, 2, 5), residual=(False, True))
REVISITS = Coverage(pixels=(2, 3, 7))


def component(**config) -> PartialSums:
    return PartialSums(CoreConfig(**config))


@dataclass(frozen=True, kw_only=True)
class Pass:
    """A pass over ``pixels`` pixels of ``planes``-bit values, in ``tiles`` tiles of channels.

    ``skip`` is the probability that a plane of a pixel makes no step, as an all-zero word does.
    """
    tiles: int
    planes: int
    pixels: int
    residual: bool = False
    gap: float = 0.0
    skip: float = 0.0
    kind: str = "random"


def draw(bench: BlockBench, case: Pass):
    """Values (tiles, pixels, lanes, channels) and weights (tiles, pass_channels, channels)."""
    config = bench.component.config
    rng = np.random.default_rng(bench.random.getrandbits(64))
    shape = (case.tiles, case.pixels, config.lanes, config.word_channels)
    top = 1 << config.weight_bits - 1
    values = rng.integers(0, 1 << case.planes, shape, np.uint8)
    weights = rng.integers(-top, top, (case.tiles, config.pass_channels, config.word_channels))
    if case.kind != "random":
        values[:] = (1 << case.planes) - 1
        weights[:] = -top if case.kind == "all-min" else top - 1
    for plane in range(case.planes):
        values[rng.random(shape[:2]) < case.skip] &= ~np.uint8(1 << plane)
    return values, weights


def dot(values: np.ndarray, weights: np.ndarray) -> list:
    """(lanes, pass_channels) of one pixel, (lanes, channels), through the golden convolution."""
    return convolve(values[:, :, None, None], weights[:, :, None, None])[:, :, 0, 0].tolist()


def frames_of(bench: BlockBench, case: Pass, values, weights) -> tuple[list[dict], list[int]]:
    """A frame per cycle, and the frame with the last step of each pixel of the last tile."""
    frames, finished = [], []
    config, rng = bench.component.config, bench.random
    layout = step_layout(config)
    offset = rng.randrange(config.psum_words - case.pixels + 1)
    for tile in range(case.tiles):
        for pixel in range(case.pixels):
            used = [plane for plane in range(case.planes)
                    if (values[tile, pixel] >> plane & 1).any()] or [0]
            for k, plane in enumerate(used):
                while rng.random() < case.gap:
                    frames.append({"step": random_value(rng, layout) | {"valid": 0}})
                step = random_value(rng, layout) | {
                    "valid": 1, "residual": 0, "plane": plane, "first_plane": int(k == 0),
                    "last_plane": int(k == len(used) - 1), "first_tile": int(tile == 0),
                    "last_tile": int(tile == case.tiles - 1), "index": offset + pixel,
                    "swap_params": int(tile == case.tiles - 1 and pixel == 0),
                    "end": int(tile == case.tiles - 1 and pixel == case.pixels - 1)}
                dots = dot(values[tile, pixel] >> plane & 1, weights[tile])
                frames.append({"step": step, "dots": dots})
            if tile == case.tiles - 1:
                finished.append(len(frames) - 1)
                if case.residual:
                    frames.append({"step": random_value(rng, layout) | {"valid": 1, "residual": 1}})
    return frames, finished


async def exchange(bench: BlockBench, case: Pass) -> None:
    """Sums leave two cycles after the last step of a pixel, the parameters swap one before."""
    values, weights = draw(bench, case)
    frames, finished = frames_of(bench, case, values, weights)
    width = bench.component.config.word_channels * case.tiles
    whole_values = values.transpose(1, 2, 0, 3).reshape(case.pixels, -1, width)
    whole_weights = weights.transpose(1, 0, 2).reshape(-1, width)
    idle = {"step": random_value(bench.random, step_layout(bench.component.config)) | {"valid": 0}}
    frames = frames + [idle] * (PartialSums.LATENCY + 1)
    fraction = bench.random.randint(0, bench.component.config.fraction_bits)
    frames = [{"ahead": frames[0]["step"], "fraction": fraction}] + [
        frame | {"ahead": after["step"]} for frame, after in pairwise(frames)]
    finished = [cycle + 1 for cycle in finished]
    seen = await play(bench, frames,
                      ("valid", "end", "swap_params", "sums", "index"))
    answers = {cycle + PartialSums.LATENCY: pixel for pixel, cycle in enumerate(finished)}
    for cycle, got in enumerate(seen):
        pixel = answers.get(cycle)
        assert got["valid"] == (pixel is not None), f"cycle {cycle}"
        assert got["swap_params"] == (answers.get(cycle + 1) == 0), f"cycle {cycle}"
        if pixel is not None:
            expected = [[value << fraction for value in lane]
                        for lane in dot(whole_values[pixel], whole_weights)]
            assert got["sums"] == expected, f"pixel {pixel}"
            assert got["index"] == frames[finished[pixel]]["step"]["index"]
            assert got["end"] == (pixel == case.pixels - 1)
    COVERAGE.hit(tiles=case.tiles, planes=case.planes, residual=case.residual)


@block_test()
@cocotb.parametrize(gap=[0.0, 0.4])
async def sums_match(dut, gap):
    bench = await BlockBench.start(dut, component)
    for tiles, planes, residual in list(COVERAGE.counts):
        for skip in (0.0, 0.6):
            await exchange(bench, Pass(tiles=tiles, planes=planes, residual=residual, gap=gap,
                                       skip=skip, pixels=5))


@block_test()
async def sums_are_revisited_after_two_cycles(dut):
    bench = await BlockBench.start(dut, component)
    for pixels in REVISITS.axes["pixels"]:
        await exchange(bench, Pass(tiles=3, planes=1, pixels=pixels))
        REVISITS.hit(pixels=pixels)


@block_test()
async def corners_match(dut):
    """The largest magnitudes that fit: three tiles of five-bit values, all of them at their end."""
    bench = await BlockBench.start(dut, component)
    for kind in ("all-min", "all-max"):
        await exchange(bench, Pass(tiles=3, planes=5, pixels=3, kind=kind))


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    REVISITS.check()
