"""The smallest network and core worth simulating, for tests of the simulation itself."""
from functools import cache

from hw.config import CoreConfig
from sw.contract.artefact import Artefact
from sw.contract.config import ModelConfig
from sw.random_network import random_artefact

from .matrix import CORES

__all__ = ["SMALL_CORE", "small_artefact"]

SMALL_CORE: CoreConfig = CORES["8x2"]


@cache
def small_artefact() -> Artefact:
    """A random one-block network on 8x8 images, T = 2: two images share the four lanes."""
    config = ModelConfig(image=(1, 8, 8), dim=16, depth=1, heads=2, steps=2, stages=2, expansion=2,
                         mlp_ratio=2, attention_threshold=2)
    return random_artefact(config, 1, images=5, name="small")
