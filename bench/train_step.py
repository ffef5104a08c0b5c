"""Speed of a training step against SpikingJelly's multi-step LIF in the same network.

Both networks are the kit's, with the same weights and images; in the peer every neuron is
SpikingJelly's node (torch backend, sigmoid surrogate of steepness 4, detached reset); the kit's
are compiled, as by `fused = true` in a recipe. A step is a forward and a backward pass and AdamW.
One process, the two in turn, the best of several rounds. Needs an interpreter that has
SpikingJelly, as `make peer` makes one in .venv-peer.
"""
import argparse
import copy
import importlib.metadata
import itertools
import sys
import time
from unittest import mock

import torch
from spikingjelly.activation_based import surrogate
from spikingjelly.activation_based.neuron import LIFNode

from sw import model as kit
from sw import neuron
from sw.contract.config import preset
from sw.recipe import PRECISIONS

CASES = {"digits": 64, "fashion": 16, "cifar-v1-2-256": 4}
"""Preset: images of a step."""
GOAL = 1.5


def peer_lif(x, threshold, unit, *, floor=False):
    """As :func:`sw.neuron.lif` for one threshold, by SpikingJelly; ``x`` is (N, T, C, H, W)."""
    # Its surrogate sees V - threshold in units of x.
    node = LIFNode(tau=2.0, decay_input=True, v_threshold=float(threshold), v_reset=0.0,
                   surrogate_function=surrogate.Sigmoid(alpha=4.0 * float(unit)),
                   detach_reset=True, step_mode="m", backend="torch")
    return node(x.transpose(0, 1)).transpose(0, 1)


def step(network, optimizer, images, labels, lif, reduced) -> float:
    """One training step with these neurons; returns its loss."""
    with mock.patch.object(kit, "lif", lif):
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            logits = network(images)
        loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def measure(name: str, images: int, rounds: int, reduced: bool) -> tuple[list[float], list[float]]:
    """Best seconds of a step of kit and peer, and the losses of their first steps."""
    torch.manual_seed(0)
    config = preset(name)
    pixels = torch.randint(0, 1 << config.image_bits, (images, *config.image)).float()
    labels = torch.randint(0, config.classes, (images,))
    half = (1 << config.image_bits) / 2
    neuron.fuse()
    first = kit.Spikformer(config, [half] * config.image[0], [half] * config.image[0]).train()
    sides = []
    for network, lif in ((first, kit.lif), (copy.deepcopy(first), peer_lif)):
        optimizer = torch.optim.AdamW(network.parameters(), lr=1e-3)
        sides.append((network, optimizer, pixels, labels, lif, reduced))
    losses = [step(*side) for side in sides]
    times = []
    for _ in range(rounds):
        times.append([])
        for side in sides:
            start = time.process_time()
            step(*side)
            times[-1].append(time.process_time() - start)
    return [min(column) for column in zip(*times, strict=True)], losses


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="of which the best counts")
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(f"spikingjelly {importlib.metadata.version('spikingjelly')}, torch {torch.__version__}, "
          "one thread")
    slow = 0
    for (name, images), precision in itertools.product(CASES.items(), PRECISIONS):
        (ours, theirs), losses = measure(name, images, args.rounds, precision == "bfloat16")
        slow += theirs < GOAL * ours
        print(f"{name}, {precision}: {images} images, kit {ours:.3f} s, peer {theirs:.3f} s, ratio "
              f"{theirs / ours:.2f}, goal {GOAL}; losses {losses[0]:.5f} and {losses[1]:.5f}",
              flush=True)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
