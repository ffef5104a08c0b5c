"""A training that starts from another: what is taken over, what is recorded, what is refused."""
import dataclasses

import pytest
import torch

from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.model import Spikformer
from sw.train_checkpoint import write
from sw.train_start import before, load_start

TINY = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                   mlp_ratio=1, attention_threshold=1)
OTHER = dataclasses.replace(TINY, classes=3, steps=4)


def earlier(directory, kind="float", config=TINY, **fields):
    """What another training would leave; returns its weights."""
    torch.manual_seed(1)
    model = Spikformer(config, [4.9], [6.0]).state_dict()
    write(directory / "model.pt", {"kind": kind, "config": config.to_dict(), "recipe": {"seed": 9}},
          {"model": model, "epoch": 4, "validation": 0.5, "test": 0.25} | fields)
    return model


def network(config):
    torch.manual_seed(2)
    return Spikformer(config, [1.0], [2.0])


@pytest.mark.parametrize("kind, config, head", [
    ("float", TINY, True), ("float", dataclasses.replace(TINY, steps=4), True),
    ("float", OTHER, False), ("pretrained", TINY, False)])
def test_weights_are_taken_over_and_the_head_of_a_classifier(tmp_path, kind, config, head):
    theirs, model = earlier(tmp_path, kind), network(config)
    fresh = {name: value.clone() for name, value in model.state_dict().items()}
    assert load_start(model, tmp_path) == {
        "kind": kind, "recipe": {"seed": 9}, "epoch": 4, "validation": 0.5, "test": 0.25,
        "started": None}
    assert len(theirs) > 40 and theirs.keys() == fresh.keys()
    for name, value in model.state_dict().items():
        source = theirs if head or not name.startswith("head.") else fresh
        assert torch.equal(value, source[name]), name
    assert not torch.equal(theirs["head.linear.weight"][:3], fresh["head.linear.weight"][:3])


@pytest.mark.parametrize("kind, change, message", [
    ("float", {"dim": 32}, "was trained with dim 16, the network has 32; start from a network of"),
    ("pretrained", {"heads": 4}, "was trained with heads 2, the network has 4"),
    ("quantized", {}, "holds a quantized network; start from the directory given to"),
])
def test_another_network_is_refused(tmp_path, kind, change, message):
    earlier(tmp_path, kind)
    model = network(dataclasses.replace(TINY, **change))
    fresh = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(SpikeplaneError, match=message):
        load_start(model, tmp_path)
    assert all(torch.equal(value, fresh[name]) for name, value in model.state_dict().items())


def test_all_earlier_trainings_are_known(tmp_path):
    first = {"kind": "pretrained", "recipe": {"seed": 1, "ratio": 0.6}, "started": None}
    second = {"kind": "float", "recipe": {"seed": 2}, "started": first}
    earlier(tmp_path, started=second)
    assert before(load_start(network(TINY), tmp_path)) == [
        {"kind": "pretrained", "seed": 1, "ratio": 0.6}, {"kind": "float", "seed": 2},
        {"kind": "float", "seed": 9}]
    assert before(None) == []
