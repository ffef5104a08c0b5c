"""Neurons against the golden LIF: every chain of lanes, step count and fraction."""
import cocotb
import numpy as np

from hw.config import CoreConfig
from hw.core.layouts import info_layout
from hw.core.neurons import Neurons
from sw.golden.neuron import drive, fire

from ..block_bench import BlockBench
from ..coverage import Coverage
from .ports import block_test, play, random_value

LANES = 4
CHAINS = range(LANES.bit_length())
STEPS = [(chain, steps) for chain in CHAINS for steps in range(1, (1 << chain) + 1)]
COVERAGE = Coverage(mode=STEPS)
CORNERS = Coverage(mode=STEPS, corner=("all-min", "all-max", "threshold-met"))


def component(**config) -> Neurons:
    return Neurons(CoreConfig(lanes=LANES, **config))


class Word:
    """Sums, bias and threshold of one pixel, and the spikes that the golden model gives them."""

    def __init__(self, bench: BlockBench, chain: int, steps: int, fraction: int, kind: str):
        config = bench.component.config
        shape = (LANES, config.pass_channels)
        acc, params = 1 << config.accumulator_bits - 1, 1 << config.param_bits - 1
        rng = np.random.default_rng(bench.random.getrandbits(64))
        # Magnitudes of every size, so that small ones often meet their threshold exactly.
        scale = int(rng.integers(1, config.accumulator_bits + 1))
        low, high = -(acc >> scale - 1), max(1, acc >> scale - 1)
        self.sums = rng.integers(low, high, shape)
        wide = high << fraction
        self.bias = rng.integers(-wide, wide, shape[1])
        self.threshold = rng.integers(-wide // 8, wide, shape[1])
        if kind == "all-min":
            self.sums[:], self.bias[:], self.threshold[:] = -acc, -params, -params
        elif kind == "all-max":
            self.sums[:], self.bias[:], self.threshold[:] = acc - 1, params - 1, params - 1
        x = drive(self.sums[:, :, None, None], self.bias, fraction)
        # (images, T, C, 1, 1); lanes beyond T of an image never spike.
        x = x.reshape(LANES >> chain, 1 << chain, -1, 1, 1)
        if kind == "threshold-met":
            self.threshold = x[0, 0, :, 0, 0] >> 1
        spikes = np.zeros_like(x, np.uint8)
        spikes[:, :steps] = fire(x[:, :steps], self.threshold)
        self.spikes = spikes.reshape(LANES, -1)
        self.info, self.fraction = random_value(bench.random, info_layout(config)), fraction

    def frame(self) -> dict:
        return {"valid": 1, "info": self.info, "sums": (self.sums << self.fraction).tolist(),
                "bias": self.bias.tolist(), "threshold": self.threshold.tolist()}

    def seen(self) -> dict:
        bits = (self.spikes.astype(int) << np.arange(self.spikes.shape[1])).sum(axis=1)
        return {"fired": 1, "fired_info": self.info, "spikes": bits.tolist()}


async def exchange(bench: BlockBench, words: list[Word | None], mode: dict) -> None:
    """Play a word or nothing in each cycle, expect each word's spikes a latency later."""
    latency = Neurons.latency(bench.component.config)
    frames = [{"valid": 0} if word is None else word.frame() for word in words]
    frames[0] |= mode
    frames += [{"valid": 0}] * latency
    seen = await play(bench, frames, ("fired_info", "spikes"), when="fired")
    for cycle, word in enumerate(words):
        expected = {"fired": 0} if word is None else word.seen()
        assert seen[cycle + latency] == expected, f"word of cycle {cycle}"


def mode_of(chain: int, steps: int) -> dict:
    mask = sum(1 << lane for lane in range(LANES) if lane % (1 << chain) < steps)
    return {"chain": chain, "lane_mask": mask}


@block_test()
@cocotb.parametrize(gap=[0.0, 0.5])
async def spikes_match(dut, gap):
    """Without gaps it is one word per cycle."""
    bench = await BlockBench.start(dut, component)
    for chain, steps in STEPS:
        for fraction in range(bench.component.config.fraction_bits + 1):
            words = [None if bench.random.random() < gap else
                     Word(bench, chain, steps, fraction, "random") for _ in range(12)]
            await exchange(bench, words, mode_of(chain, steps))
        COVERAGE.hit(mode=(chain, steps))


@block_test()
async def corners_match(dut):
    bench = await BlockBench.start(dut, component)
    for chain, steps in STEPS:
        for corner in ("all-min", "all-max", "threshold-met"):
            most = bench.component.config.fraction_bits
            words = [Word(bench, chain, steps, most, corner) for _ in range(2)]
            await exchange(bench, words, mode_of(chain, steps))
            CORNERS.hit(mode=(chain, steps), corner=corner)


@block_test()
async def every_mode_was_exercised(dut):
    COVERAGE.check()
    CORNERS.check()
