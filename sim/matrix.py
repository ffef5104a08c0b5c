"""Random networks over the corners of the kit, on cores of many shapes."""
from dataclasses import dataclass

import numpy as np

from hw.config import CoreConfig
from sw.contract.config import ModelConfig
from sw.random_config import random_config
from sw.random_network import random_artefact, random_images

from .core_bench import ExternalMemory
from .network_bench import NetworkBench, NetworkRun

__all__ = ["CASES", "CORES", "MEMORIES", "Case", "extra_cases", "run_case"]

CORES = {
    "8x2": CoreConfig(word_channels=8, pass_channels=2, queries=8, memory_bits=16,
                      accumulator_bits=20, spike_words=8192, mask_words=4096),
    "4x1": CoreConfig(images=1, word_channels=4, pass_channels=1, neuron_lanes=4, queries=1,
                      side=63, channels=1023, memory_bits=16, memory_space=24, counter_bits=24,
                      accumulator_bits=20, spike_words=16384, mask_words=8192, prefetch_words=16),
    "16x4-8-lanes": CoreConfig(lanes=8, images=4, word_channels=16, pass_channels=4,
                               neuron_lanes=2, queries=1, side=127, accumulator_bits=22,
                               spike_words=16384, mask_words=4096),
    "16x8-w8": CoreConfig(word_channels=16, pass_channels=8, weight_bits=8, queries=4,
                          accumulator_bits=25, spike_words=16384, psum_words=64, mask_words=4096,
                          prefetch_words=16),
    "32x8": CoreConfig(accumulator_bits=22, spike_words=16384, mask_words=4096),
    "32x32-2-lanes": CoreConfig(lanes=2, pass_channels=32, memory_bits=64, accumulator_bits=22,
                                spike_words=16384, mask_words=4096, prefetch_words=128),
    "8x8-2-lanes": CoreConfig(lanes=2, word_channels=8, pass_channels=8, memory_bits=8,
                              accumulator_bits=20, spike_words=32768, psum_words=1024,
                              mask_words=8192),
}
"""Cores of the matrix, by name: channels in x channels out."""

MEMORIES = {
    "fast": ExternalMemory(latency=4, interval=1),
    "usual": ExternalMemory(latency=24, interval=1),
    "slow": ExternalMemory(latency=60, interval=4),
}
"""External memories whose timing the cycle prediction knows exactly."""


@dataclass(frozen=True)
class Case:
    """One network on one core with one memory; ``seed`` draws weights and images."""
    seed: int
    core: str
    memory: str
    model: ModelConfig

    def __str__(self):
        model = self.model
        size = "x".join(map(str, model.image))
        return (f"{self.seed}-{model.stem}-{size}-d{model.dim}-b{model.depth}-h{model.heads}"
                f"-t{model.steps}{'-frames' if model.frames else ''}-w{model.weight_bits}"
                f"-{model.residual}-{self.core}-{self.memory}")


def _case(seed: int, core: str, memory: str, stem: str, image: tuple[int, int, int], dim: int,
          depth: int, heads: int, steps: int, **more) -> Case:
    fixed = {"weight_bits": 4, "attention_threshold": 2, "expansion": 2, "mlp_ratio": 2}
    return Case(seed, core, memory, ModelConfig(
        stem=stem, image=image, dim=dim, depth=depth, heads=heads, steps=steps, **fixed | more))


_W8 = {"weight_bits": 8, "head_bits": 8}
_POOLED = {"pools": (True, True, False, True)}

CASES = (
    _case(1, "8x2", "fast", "scs", (1, 8, 8), 48, 1, 4, 4, stages=2, expansion=4),
    _case(2, "8x2", "slow", "scs", (3, 16, 12), 32, 2, 1, 2, stages=3, residual="iand"),
    _case(3, "8x2", "usual", "sps", (1, 9, 14), 48, 1, 8, 1, residual="iand", fraction_bits=0),
    _case(4, "8x2", "fast", "sps", (3, 24, 8), 16, 3, 2, 4, fraction_bits=2, **_POOLED),
    _case(5, "8x2", "slow", "scs", (1, 15, 21), 40, 1, 5, 3, stages=3, image_bits=5),
    _case(26, "4x1", "fast", "scs", (1, 8, 8), 32, 2, 4, 4, stages=2, mlp_ratio=4),
    _case(27, "4x1", "usual", "sps", (1, 16, 12), 16, 1, 1, 3, residual="iand", **_POOLED),
    _case(28, "16x4-8-lanes", "fast", "scs", (3, 12, 16), 64, 1, 2, 4, stages=2),
    _case(29, "16x4-8-lanes", "slow", "sps", (1, 9, 14), 48, 1, 3, 2, fraction_bits=1),
    _case(30, "16x4-8-lanes", "usual", "scs", (1, 8, 8), 32, 2, 4, 7, stages=1),
    _case(31, "8x2", "usual", "scs", (2, 12, 10), 32, 1, 4, 4, stages=2, image_bits=3, frames=True),
    _case(32, "4x1", "fast", "scs", (2, 8, 8), 32, 1, 2, 3, stages=1, image_bits=2, frames=True),
    _case(33, "16x4-8-lanes", "usual", "sps", (1, 9, 14), 48, 1, 3, 2, image_bits=1, frames=True,
          pad_value=(1,)),
    _case(34, "32x8", "slow", "sps", (2, 16, 16), 64, 1, 2, 4, frames=True, **_POOLED),
    _case(35, "8x2", "fast", "scs", (1, 8, 8), 32, 1, 2, 4, stages=2, weight_bits=2),
    _case(36, "16x8-w8", "usual", "sps", (1, 9, 14), 48, 1, 4, 2, weight_bits=2, head_bits=2),
    _case(6, "16x8-w8", "fast", "scs", (3, 12, 20), 80, 1, 8, 4, stages=3, fraction_bits=2, **_W8),
    _case(7, "16x8-w8", "slow", "sps", (1, 17, 13), 48, 2, 6, 2, fraction_bits=1, **_W8, **_POOLED),
    _case(8, "16x8-w8", "usual", "sps", (3, 10, 31), 32, 1, 4, 1, residual="iand", fraction_bits=2,
          image_bits=6, pad_value=(31, 7, 60), **_W8),
    _case(9, "16x8-w8", "fast", "scs", (1, 40, 24), 48, 3, 3, 4, stages=3, residual="iand",
          head_bits=8),
    _case(10, "16x8-w8", "slow", "scs", (1, 8, 11), 96, 2, 8, 1, stages=2, **_W8),
    _case(11, "32x8", "fast", "sps", (3, 32, 32), 96, 1, 8, 4, pools=(True, False, True, True)),
    _case(12, "32x8", "usual", "scs", (3, 24, 40), 80, 2, 5, 2, stages=3),
    _case(13, "32x8", "slow", "scs", (1, 13, 9), 96, 3, 1, 4, stages=2, image_bits=1),
    _case(14, "32x8", "fast", "sps", (1, 20, 33), 64, 1, 8, 1, pad_value=(128,), **_POOLED),
    _case(15, "32x8", "usual", "scs", (3, 8, 8), 128, 1, 2, 3, stages=2, residual="iand"),
    _case(16, "32x32-2-lanes", "fast", "scs", (3, 32, 16), 96, 2, 6, 2,
          stages=3),
    _case(17, "32x32-2-lanes", "slow", "sps", (3, 28, 20), 80, 1, 2, 2, residual="iand",
          **_POOLED),
    _case(18, "32x32-2-lanes", "usual", "sps", (1, 8, 40), 48, 3, 1, 1, **_POOLED),
    _case(19, "32x32-2-lanes", "fast", "scs", (1, 36, 9), 160, 1, 8, 2, stages=3,
          fraction_bits=0),
    _case(20, "32x32-2-lanes", "usual", "scs", (1, 10, 10), 64, 2, 4, 1, mlp_ratio=4),
    _case(21, "8x8-2-lanes", "fast", "scs", (1, 12, 8), 48, 2, 8, 2, stages=2),
    _case(22, "8x8-2-lanes", "slow", "sps", (3, 11, 19), 16, 1, 1, 1, classes=3, **_POOLED),
    _case(23, "8x8-2-lanes", "usual", "scs", (3, 9, 38), 32, 1, 2, 2, stages=3, residual="iand"),
    _case(25, "8x8-2-lanes", "fast", "sps", (1, 16, 16), 24, 3, 3, 1, residual="iand",
          pools=(True, True, True, True), classes=21, attention_threshold=1),
)
"""The fixed cases of the test suite; every lane mode, stem and residual, cores of seven shapes."""


def extra_cases(seed: int, count: int, macs: int = 5_000_000) -> list[Case]:
    """Further random cases; ``macs`` bounds the multiply-accumulates of an image and step."""
    rng = np.random.default_rng(seed)
    cases = []
    while len(cases) < count:
        core = str(rng.choice(list(CORES)))
        config, model = CORES[core], random_config(rng, max_macs=macs)
        bits = max(model.weight_bits, model.head_bits)
        if bits <= config.weight_bits and model.steps <= config.lanes:
            memory = str(rng.choice(list(MEMORIES)))
            cases.append(Case(int(rng.integers(1 << 30)), core, memory, model))
    return cases


def run_case(case: Case, external: ExternalMemory | None = None, jobs: int | None = None,
             ) -> NetworkRun:
    """Simulate a full and a partial batch of random images and compare them.

    Parameters
    ----------
    external
        Replaces the case's memory, e.g. by one with stalls.
    """
    artefact = random_artefact(case.model, case.seed)
    bench = NetworkBench(artefact, CORES[case.core], external=external or MEMORIES[case.memory],
                         seed=case.seed)
    # One image more than the lanes hold: the last run leaves lanes empty.
    images = random_images(np.random.default_rng(case.seed), case.model, bench.program.images + 1)
    return bench.run(images, jobs=jobs)
