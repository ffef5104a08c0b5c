"""Random small configurations: odd shapes for bring-up and fuzzing."""
import numpy as np

from sw.contract.bounds import FLOAT32_INTEGERS
from sw.contract.config import ModelConfig
from sw.contract.graph import Conv, build_graph
from sw.counts import operations

__all__ = ["macs", "random_config"]

_DIMS = (16, 24, 32, 48, 64, 80, 96)
_LEAST_PRODUCTS = 16
"""Channels of a head times tokens; with fewer, attention rarely reaches any threshold."""


def macs(config: ModelConfig) -> int:
    """Dense multiply-accumulates of one image, all steps."""
    return sum(operations(node, config.steps) for node in build_graph(config))


def random_config(rng: np.random.Generator, max_macs: int = 20_000_000) -> ModelConfig:
    """Draw until a configuration needs at most ``max_macs`` per image.

    Both stems, T of 1, 2 and 4, W of 4 and 8, 1 to 3 blocks, 1 to 8 heads, widths that are no
    powers of two, images from 8 to 40 pixels, mostly not square, 1 or 3 channels, both residual
    forms, F of 0 to 4.
    """
    while True:
        config = _draw(rng)
        if macs(config) <= max_macs and _products(config) >= _LEAST_PRODUCTS and _is_exact(config):
            return _with_threshold(rng, config)


def _draw(rng):
    def pick(*values):
        return values[rng.integers(len(values))]

    channels = pick(1, 3)
    bits = pick(1, 4, 5, 8, 8, 8)
    dim = pick(*_DIMS)
    choices = {
        "stem": pick("scs", "sps"),
        "image": (channels, int(rng.integers(8, 41)), int(rng.integers(8, 41))),
        "image_bits": bits,
        "dim": dim,
        "depth": pick(1, 1, 2, 3),
        "heads": pick(*(n for n in (1, 2, 3, 4, 5, 6, 8) if dim % n == 0)),
        "steps": pick(1, 2, 4),
        "mlp_ratio": pick(1, 2, 3, 4),
        "residual": pick("add", "iand"),
        "weight_bits": pick(2, 4, 8),
        "head_bits": pick(4, 8),
        "fraction_bits": int(rng.integers(5)),
        "classes": int(rng.integers(2, 21)),
    }
    if choices["stem"] == "scs":
        choices |= {"stages": pick(1, 2, 3), "expansion": pick(1, 2, 4)}
    else:
        pad = rng.integers(1 << bits, size=channels)
        choices |= {"pools": tuple(bool(p) for p in rng.integers(2, size=4)),
                    "pad_value": pick((), tuple(map(int, pad)))}
    return ModelConfig(**choices)


def _products(config):
    channels, height, width = build_graph(config)[-1].in_shape
    return channels * height * width // config.heads


def _is_exact(config):
    """Whether weights of full range leave room for a bias half as large as their sum."""
    sums = (n.in_levels * n.in_shape[0] * n.kernel ** 2 << (n.weight_bits - 1 + n.fraction_bits)
            for n in build_graph(config) if isinstance(n, Conv))
    return 3 * max(sums) <= FLOAT32_INTEGERS


def _with_threshold(rng, config):
    """A threshold that queries, keys and values firing at 20 to 35 % can reach."""
    threshold = max(1, round(_products(config) * rng.uniform(0.2, 0.35) ** 3))
    return ModelConfig(**{**vars(config), "attention_threshold": threshold})
