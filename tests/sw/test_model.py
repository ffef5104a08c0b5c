"""The real-valued network: shapes of every node, stems, residual forms, attention, padding."""
import itertools

import pytest
import torch

from sw.contract.config import PRESETS, ModelConfig
from sw.contract.graph import Attention, Head, Image, Residual
from sw.model import Spikformer, attention, pad_image, residual

SCS = ModelConfig(image=(3, 12, 9), dim=24, heads=3, steps=2, stages=2,
                  attention_threshold=1)
SPS = ModelConfig(stem="sps", image=(2, 11, 8), pad_value=(7, 250), dim=16, heads=2, steps=3,
                  attention_threshold=1)


def _images(config, count=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 1 << config.image_bits, (count, *config.image), generator=generator,
                         dtype=torch.uint8)


@pytest.mark.parametrize("config", [SCS, SPS, PRESETS["digits"]], ids=["scs", "sps", "digits"])
def test_taps_are_the_nodes_of_the_graph(config):
    torch.manual_seed(1)
    model, taps = Spikformer(config, [100.0] * config.image[0], [60.0] * config.image[0]), {}
    logits = model(_images(config), taps)
    assert logits.shape == (4, config.classes)
    assert list(taps) == [node.name for node in model.graph]
    for node in model.graph:
        value = taps[node.name]
        if isinstance(node, Head):
            assert value.shape == (4, config.classes)
        else:
            steps = 1 if isinstance(node, Image) else config.steps
            assert value.shape == (4, steps, *node.shape), node.name
            assert torch.equal(value, value.round()) and 0 <= value.min(), node.name
            assert value.max() <= node.levels, node.name


@pytest.mark.parametrize("config", [SCS, SPS], ids=["scs", "sps"])
def test_every_parameter_learns(config):
    torch.manual_seed(2)
    model = Spikformer(config, [128.0] * config.image[0], [70.0] * config.image[0])
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.constant_(module.bias, 0.8)  # fires enough for attention to see spikes
    model(_images(config)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("heads, tokens", [(1, (5, 3)), (4, (5, 3)), (4, (1, 2))],
                         ids=["1 head", "4 heads", "few tokens"])
def test_attention_is_the_loop_over_heads_and_tokens(heads, tokens):
    generator = torch.Generator().manual_seed(heads)
    q, k, v = ((torch.rand(2, 1, 8, *tokens, generator=generator) < 0.6).float()
               for _ in range(3))
    spikes = attention(q, k, v, heads=heads, threshold=2).flatten(3)
    q, k, v = (x.flatten(3) for x in (q, k, v))
    size, count = 8 // heads, tokens[0] * tokens[1]
    for n, head, token in itertools.product(range(2), range(heads), range(count)):
        part = slice(head * size, (head + 1) * size)
        total = sum((q[n, 0, part, token] @ k[n, 0, part, j]) * v[n, 0, part, j]
                    for j in range(count))
        assert torch.equal(spikes[n, 0, part, token], (total // 2 >= 2).float())


def test_residual_forms():
    x, y = torch.tensor([0.0, 0.0, 1.0, 1.0]), torch.tensor([0.0, 1.0, 0.0, 1.0])
    assert residual(x, y, "add").tolist() == [0, 1, 1, 2]
    assert residual(x, y, "iand").tolist() == [0, 0, 1, 0]


def test_pad_image_frames_with_raw_pixels():
    padded = pad_image(torch.ones(1, 2, 1, 1), 1, (7, 0))
    assert padded[0].tolist() == [[[7, 7, 7], [7, 1, 7], [7, 7, 7]],
                                  [[0, 0, 0], [0, 1, 0], [0, 0, 0]]]


def test_iand_streams_stay_binary():
    config = ModelConfig(image=(1, 8, 8), dim=16, heads=2, depth=2, residual="iand")
    torch.manual_seed(3)
    model, taps = Spikformer(config, [128.0], [70.0]), {}
    model(_images(config), taps)
    for node in model.graph:
        if isinstance(node, Residual):
            assert taps[node.name].max() == 1


def test_attention_nodes_have_no_parameters():
    model = Spikformer(SCS)
    names = {name.rsplit(".", 2)[0] for name, _ in model.named_parameters()}
    assert not names & {node.name for node in model.graph if isinstance(node, Attention)}
