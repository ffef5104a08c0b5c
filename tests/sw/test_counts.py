"""Published sizes: parameters and operations of every preset of the family."""
import pytest
import torch

from sw.contract.config import PRESETS, preset
from sw.contract.graph import Conv, build_graph
from sw.counts import count
from sw.model import Spikformer

# Millions: parameters as the papers and their code have them, weights, multiply-accumulates of a
# step in all, of the first convolution, other ones, linear layers, attention.
# spikformer.md, sections 1 and 4 (attention as Q (K^T V)).
PUBLISHED = {
    "v2-8-384": (29.111, 29.028, 11340, 7.23, 8500, 2770, 57.80),
    "v2-8-512": (51.545, 51.434, 20150, 9.63, 15110, 4930, 102.76),
    "v2-16-768": (172.279, 171.966, 56510, 14.45, 33990, 22200, 308.28),
    "v1-8-384": (16.816, 16.739, 4720, 65.03, 1820, 2770, 57.80),
    "v1-8-512": (29.689, 29.587, 8360, 86.70, 3240, 4930, 102.76),
    "v1-8-768": (66.339, None, None, None, None, None, None),
    "cifar-v1-4-384": (9.325, 9.281, 927.75, 1.33, 467.14, 452.98, 6.29),
    "cifar-v1-2-256": (2.568, 2.553, 311.27, 0.885, 207.62, 100.66, 2.10),
    "events-v1-2-256": (2.567, 2.553, 375.39, 9.44, 264.24, 100.66, 1.05),
}
# Of single layers, from the same tables: multiply-accumulates, weights.
LAYERS = {
    ("cifar-v1-4-384", "stem.conv2"): (169_869_312, 165_888),
    ("cifar-v1-4-384", "stem.position"): (84_934_656, 1_327_104),
    ("cifar-v1-4-384", "block.0.q"): (9_437_184, 147_456),
    ("cifar-v1-4-384", "block.3.fc2"): (37_748_736, 589_824),
    ("v2-8-512", "block.0.fc1"): (205_520_896, 1_048_576),
    ("v2-8-512", "stem.3.project"): (1_849_688_064, 9_437_184),
    ("v2-8-512", "block.7.proj"): (51_380_224, 262_144),
}


def near(value, millions):
    """Equal in all digits that are published."""
    digits = len(f"{millions}".partition(".")[2]) if millions < 1000 else -1
    return abs(value / 1e6 - millions) <= 0.5001 * 10 ** -digits


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes(name):
    counts = count(preset(name))
    found = (counts.published, counts.weights, counts.operations, counts.first,
             counts.convolutions, counts.linear, counts.attention)
    for value, millions in zip(found, PUBLISHED[name], strict=True):
        assert millions is None or near(value, millions), (value, millions)


@pytest.mark.parametrize("name, layer", LAYERS)
def test_published_layers(name, layer):
    node = next(node for node in build_graph(preset(name)) if node.name == layer)
    assert isinstance(node, Conv)
    weights = node.shape[0] * node.in_shape[0] * node.kernel ** 2
    assert (node.macs, weights) == LAYERS[name, layer]


@pytest.mark.parametrize("name", PRESETS)
def test_parameters_are_those_of_the_model(name):
    with torch.device("meta"):
        model = Spikformer(preset(name))
    assert sum(p.numel() for p in model.parameters()) == count(preset(name)).parameters


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_forward_pass(name):
    """Shapes of the whole network, without its arithmetic."""
    config = preset(name)
    source = build_graph(config)[0]
    with torch.device("meta"):
        model, taps = Spikformer(config).eval(), {}
        logits = model(torch.zeros(2, *source.input_shape), taps)
    assert logits.shape == (2, config.classes)
    for node in build_graph(config)[1:-1]:
        assert taps[node.name].shape == (2, config.steps, *node.shape)


def test_forward_of_the_smallest_published_networks_on_this_cpu():
    for name in ("cifar-v1-2-256", "cifar-v2-2-128"):
        config = preset(name)
        logits = Spikformer(config).eval()(torch.randint(0, 256, (1, *config.image)))
        assert logits.isfinite().all() and logits.shape == (1, 10)
