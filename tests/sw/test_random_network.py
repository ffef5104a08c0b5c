import numpy as np
import pytest

from sw.contract.config import PRESETS, ModelConfig, preset
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Conv
from sw.random_config import random_config
from sw.random_network import LIVELY, firing_rate, random_artefact, random_images


def rates(artefact):
    return {node.name: firing_rate(artefact.vectors[node.name], node.levels)
            for node in artefact.graph[1:-1]}


@pytest.mark.parametrize("seed", range(24))
def test_every_layer_is_lively(seed):
    config = random_config(np.random.default_rng(seed), 4_000_000)
    for name, rate in rates(random_artefact(config, seed)).items():
        assert LIVELY[0] <= rate <= LIVELY[1], name


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_lively(name):
    assert LIVELY == (0.05, 0.5)
    found = rates(random_artefact(preset(name), seed=1))
    assert 0.05 <= min(found.values()) and max(found.values()) <= 0.5


def test_weights_fill_their_range_and_reach_the_corners():
    artefact = random_artefact(preset("digits"), seed=2)
    for node in artefact.graph:
        if isinstance(node, Conv):
            weight = artefact.tensors[f"{node.name}.weight"].reshape(node.shape[0], -1)
            assert set(np.unique(weight)) == set(range(-8, 8))
            assert (weight == -8).all(axis=1).any() and (weight == 7).all(axis=1).any()
            assert (weight < 0).all(axis=1).sum() > 1  # negative-heavy channels
            threshold = artefact.tensors[f"{node.name}.threshold"]
            assert (threshold > 0).mean() > 0.7


def test_channels_fire_at_different_rates():
    artefact = random_artefact(preset("digits"), seed=2)
    by_channel = artefact.vectors["stem.0.expand"].mean(axis=(0, 1, 3, 4))
    assert by_channel.std() > 0.04
    assert len(np.unique(by_channel)) > 10


def test_seed_decides():
    one, same, other = (random_artefact(preset("digits"), seed) for seed in (5, 5, 6))
    assert all(np.array_equal(one.tensors[k], same.tensors[k]) for k in one.tensors)
    assert np.array_equal(one.vectors["image"], same.vectors["image"])
    assert not np.array_equal(one.tensors["block.0.q.weight"], other.tensors["block.0.q.weight"])


def test_images_use_every_bit():
    config = ModelConfig(image=(3, 20, 30), image_bits=6)
    images = random_images(np.random.default_rng(0), config, 4)
    assert images.shape == (4, 3, 20, 30) and images.dtype == np.uint8
    for image in images:
        assert set(np.unique(image)) == set(range(64))


def test_attention_that_cannot_fire_is_refused_with_a_cure():
    config = ModelConfig(image=(1, 8, 8), dim=16, heads=4, attention_threshold=64)
    with pytest.raises(SpikeplaneError, match=(
            r"layer block.0.attention: fires at 0.0%.*set attention_threshold near \d+$")):
        random_artefact(config, seed=0)


def test_inexact_layer_is_refused():
    config = ModelConfig(weight_bits=8, expansion=16)
    with pytest.raises(SpikeplaneError, match=r"layer stem.0.project: V \+ X reaches"):
        random_artefact(config, seed=0)
