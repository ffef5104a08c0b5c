"""One network at another T: the same spikes while the steps last, logits of that many steps."""
import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sw.contract.config import preset
from sw.contract.errors import SpikeplaneError
from sw.golden import at_steps, run
from sw.random_network import random_artefact

CONFIG = dataclasses.replace(preset("digits"), dim=16, depth=1, attention_threshold=1, steps=4)


@pytest.fixture(scope="module")
def network():
    artefact = random_artefact(CONFIG, seed=3, images=2)
    return dataclasses.replace(artefact, training={
        "dataset": "digits", "seed": 3, "integer_test_accuracy": 0.5, "scores": []})


def test_spikes_of_the_common_steps_are_the_same(network):
    images = network.vectors["image"]
    four = run(network, images)
    for steps in (1, 2, 7):
        other = at_steps(network, steps)
        assert other.config == dataclasses.replace(CONFIG, steps=steps)
        got = run(other, images)
        common = min(4, steps)
        for node in network.graph[1:-1]:
            assert got[node.name].shape[1] == steps
            assert np.array_equal(got[node.name][:, :common], four[node.name][:, :common])
        sums = got[network.graph[-1].inputs[0]].sum(axis=(1, 3, 4), dtype=np.int64)
        assert np.array_equal(got["head"], sums @ other.tensors["head.weight"].astype(int).T
                              + other.tensors["head.bias"])


@given(st.integers(-(1 << 20), 1 << 20), st.integers(1, 64), st.integers(1, 64))
def test_bias_grows_with_the_steps(network, bias, own, steps):
    tensors = network.tensors | {"head.bias": np.full(10, bias, np.int32)}
    base = dataclasses.replace(network, vectors={}, tensors=tensors,
                               config=dataclasses.replace(CONFIG, steps=own))
    got = at_steps(base, steps).tensors["head.bias"]
    assert got.dtype == np.int32
    assert (abs(2 * own * got.astype(int) - 2 * bias * steps) <= own).all()
    assert steps != own or (got == bias).all()


def test_answers_and_accuracies_of_the_other_T_are_left_out(network):
    other = at_steps(network, 2)
    assert other.vectors == {} and other.training == {"dataset": "digits", "seed": 3}


@pytest.mark.parametrize("steps", [0, 65, "two", 1.5])
def test_no_number_of_steps(network, steps):
    with pytest.raises(SpikeplaneError, match="model config: steps must be from 1 to 64, not"):
        at_steps(network, steps)


def test_bias_that_leaves_32_bits_names_the_layer(network):
    tensors = network.tensors | {"head.bias": np.full(10, (1 << 30) - 1, np.int32)}
    large = dataclasses.replace(network, tensors=tensors, vectors={})
    with pytest.raises(SpikeplaneError, match=r"layer head: .*32 bits"):
        at_steps(large, 16)


def test_frames_are_as_many_as_they_are():
    config = dataclasses.replace(CONFIG, frames=True, image=(2, 8, 8), image_bits=3)
    artefact = random_artefact(config, seed=3, images=1)
    with pytest.raises(SpikeplaneError, match="reads 4 frames, one for each time step"):
        at_steps(artefact, 2)
    assert at_steps(artefact, 4).config == config
