"""Speed of the golden model against float PyTorch inference of the same network.

One process, one thread, the two in turn; the best of several rounds of each, because other work on
the machine only ever slows down. Processor time is counted. Random weights: the time of neither
depends on their values.
"""
import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # read when numpy is loaded

import argparse
import sys
import time

import numpy as np
import torch

from sw.contract.config import preset
from sw.golden import run
from sw.model import Spikformer
from sw.random_network import random_artefact

CASES = {"digits": 256, "fashion": 32, "cifar-v1-2-256": 8}
"""Preset: images of a round."""
GOAL = 0.5


def seconds(work) -> float:
    """Processor time of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


@torch.no_grad()
def measure(name: str, images: int, rounds: int) -> tuple[float, float]:
    """Images per second of the golden model and of float PyTorch."""
    config = preset(name)
    artefact = random_artefact(config, 0, 1, name)
    source = artefact.graph[0]
    inputs = np.random.default_rng(0).integers(
        0, source.levels + 1, (images, *source.input_shape)).astype(np.uint8)
    model = Spikformer(config).eval()
    works = (lambda: run(artefact, inputs), lambda: model(torch.from_numpy(inputs)))
    times = [[seconds(work) for work in works] for _ in range(rounds)]
    golden, real = (images / min(column) for column in zip(*times, strict=True))
    return golden, real


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of which the best counts")
    args = parser.parse_args()
    torch.set_num_threads(1)
    slow = 0
    for name, images in CASES.items():
        golden, real = measure(name, images, args.rounds)
        slow += golden < GOAL * real
        print(f"{name}: golden {golden:.1f} images/s, float torch {real:.1f} images/s, ratio "
              f"{golden / real:.2f}, goal {GOAL}", flush=True)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
