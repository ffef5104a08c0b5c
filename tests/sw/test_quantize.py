"""The quantized network: integers equal to the golden model's, training as the float one."""
import numpy as np
import pytest
import torch

from sw.contract.artefact import Artefact
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Conv, build_graph
from sw.golden.network import run
from sw.model import ConvNeuron, LinearHead, Spikformer, pad_image
from sw.quantize import QuantConvNeuron, QuantHead, quantize

PIXELS = {"mean": [100.0, 90.0, 120.0], "std": [50.0, 60.0, 70.0]}


def _config(stem, **choices):
    own = {"scs": {"stages": 2, "expansion": 2},
           "sps": {"pools": (False, True, False, True), "pad_value": (100, 90, 120)}}[stem]
    defaults = {"image": (3, 12, 10), "dim": 24, "heads": 3, "attention_threshold": 1}
    return ModelConfig(stem=stem, **(defaults | own | choices))


def _images(config, count=5):
    generator = torch.Generator().manual_seed(11)
    return torch.randint(0, 1 << config.image_bits, (count, *config.image), generator=generator,
                         dtype=torch.uint8)


def _float_network(config, seed=0):
    """A random network with gains of both signs, whose batch statistics are those of its images."""
    torch.manual_seed(seed)
    model = Spikformer(config, **PIXELS)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.weight, std=1.5)
            torch.nn.init.normal_(module.bias, mean=0.6, std=0.7)
            module.momentum = 1.0
    with torch.no_grad():
        model(_images(config))
    return model.eval()


def _quantized(config, seed=0):
    return quantize(_float_network(config, seed)).eval()


@torch.no_grad()
def _taps(model, images):
    taps = {}
    model(images, taps)
    return taps


@pytest.mark.parametrize("stem, choices", [
    ("scs", {"steps": 1, "weight_bits": 4, "fraction_bits": 0}),
    ("scs", {"steps": 2, "weight_bits": 8, "fraction_bits": 1, "residual": "iand"}),
    ("scs", {"steps": 4, "weight_bits": 4, "fraction_bits": 4, "depth": 2}),
    ("scs", {"steps": 4, "weight_bits": 8, "fraction_bits": 2, "head_bits": 8}),
    ("sps", {"steps": 1, "weight_bits": 8, "fraction_bits": 4, "residual": "iand"}),
    ("sps", {"steps": 2, "weight_bits": 4, "fraction_bits": 3, "depth": 2}),
    ("sps", {"steps": 4, "weight_bits": 8, "fraction_bits": 0}),
    ("sps", {"steps": 4, "weight_bits": 4, "fraction_bits": 4, "residual": "iand", "heads": 1}),
    ("sps", {"steps": 2, "weight_bits": 2, "fraction_bits": 4, "head_bits": 2}),
], ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())))
def test_every_layer_equals_the_golden_model(stem, choices):
    config = _config(stem, **choices)
    model, images = _quantized(config), _images(config)
    taps = _taps(model, images)
    golden = run(Artefact(name="random", config=config, tensors=model.integers()), images.numpy())
    assert golden.keys() == taps.keys() - {"image"}
    for name, expected in golden.items():
        assert np.array_equal(taps[name].numpy(), expected), name
        assert expected.any(), f"{name} never fires: the comparison would prove nothing"


def test_training_pass_with_frozen_statistics_computes_the_exported_integers():
    config = _config("scs")
    model, images = _quantized(config), _images(config)
    expected = _taps(model, images)
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    for name, value in _taps(model, images).items():
        assert torch.equal(value, expected[name]), name


def test_training_pass_moves_running_statistics_to_those_of_the_batch():
    config = _config("sps")
    model, images = _quantized(config).train(), _images(config)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0
    trained = _taps(model, images)
    for name, value in _taps(model.eval(), images).items():
        assert torch.equal(value, trained[name]), name


def test_batch_statistics_are_those_of_the_float_layer():
    """In the units and with the sign of the float layer's, for gains of both signs."""
    config = _config("scs", weight_bits=8)
    model, name = _quantized(config).train(), "stem.0.down"
    norm = model.get_submodule(name).bn
    assert (norm.weight < 0).any() and (norm.weight > 0).any()
    expected = norm.running_mean.clone(), norm.running_var.clone()
    norm.momentum = 1.0
    _taps(model, _images(config))
    spread = expected[1].sqrt()
    assert ((norm.running_mean - expected[0]).abs() < 0.05 * spread).all()
    assert ((norm.running_var.sqrt() - spread).abs() < 0.05 * spread).all()


def test_head_logits_are_those_of_the_float_head():
    head = build_graph(_config("scs", head_bits=8))[-1]
    torch.manual_seed(6)
    layer, quantized = LinearHead(head), QuantHead(head, steps=4)
    torch.nn.init.normal_(layer.linear.bias, std=3.0)
    quantized.load_float(layer)
    x = torch.randint(0, 3, (7, 4, *head.in_shape)).float()
    logits, integers = quantized(x)
    torch.testing.assert_close(logits, layer(x)[0], rtol=0.01, atol=0.01)
    assert torch.equal(integers, integers.round())


def test_every_parameter_learns():
    config = _config("scs")
    model = _quantized(config).train()
    model(_images(config)).square().sum().backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def _conv_node(**changes):
    values = {"name": "layer", "inputs": ("x",), "shape": (6, 4, 4), "in_shape": (5, 4, 4),
              "in_levels": 1, "kernel": 1, "stride": 1, "pad": 0, "weight_bits": 8,
              "fraction_bits": 4}
    return Conv(**(values | changes))


def test_negative_gain_negates_weights_and_never_overflows():
    layer = QuantConvNeuron(_conv_node(weight_bits=4), steps=2, pad=0).eval()
    layer.weight.data.fill_(1.0)
    layer.log_step.data.fill_(-2.0)  # wants 7.39: beyond 7 for one sign, within -8 for the other
    layer.bn.weight.data.copy_(torch.tensor([1.0, -1, 1, -1, 1, -1]))
    weight = layer.integers()["layer.weight"]
    assert (weight[0::2] == 7).all() and (weight[1::2] == -7).all()
    layer.weight.data.neg_()
    layer.log_step.data.fill_(-3.0)  # wants 20
    weight = layer.integers()["layer.weight"]
    assert (weight[0::2] == -8).all() and (weight[1::2] == 7).all()


def test_fine_steps_follow_the_float_layer():
    """W8 with F = 4 is so fine that few spikes differ from the float layer's."""
    node = _conv_node(kernel=3, pad=1, shape=(32, 8, 8), in_shape=(16, 8, 8), in_levels=2)
    torch.manual_seed(5)
    layer = ConvNeuron(node, 4, node.pad)
    torch.nn.init.normal_(layer.bn.weight, std=1.5)
    torch.nn.init.normal_(layer.bn.bias, mean=0.3, std=0.5)
    x = torch.randint(0, 3, (16, 4, 16, 8, 8)).float()
    layer.bn.momentum = 1.0
    with torch.no_grad():
        layer(x)
        layer.eval()
        quantized = QuantConvNeuron(node, 4, node.pad).eval()
        quantized.load_float(layer, 0.0, 1.0)
        difference = (quantized(x) != layer(x)).float().mean()
    assert difference < 0.01


def test_normalisation_is_folded_into_the_first_layer():
    config = _config("sps")
    model = _float_network(config)
    images = pad_image(_images(config).float(), 1, config.pad_value)
    layer, folded = (m.get_submodule("stem.conv0") for m in (model, quantize(model)))
    with torch.no_grad():
        expected = layer.conv((images - model.mean) / model.std)
        expected -= layer.bn.running_mean.view(-1, 1, 1)
        current = torch.conv2d(images, folded.weight) - folded.bn.running_mean.view(-1, 1, 1)
    torch.testing.assert_close(current, expected, rtol=1e-4, atol=1e-4)


def test_vanishing_gain_is_a_constant_neuron_within_the_clamps():
    layer = QuantConvNeuron(_conv_node(), steps=4, pad=0).eval()
    torch.nn.init.normal_(layer.weight)
    layer.log_step.data.fill_(-4.0)
    layer.bn.weight.data.zero_()
    layer.bn.bias.data.copy_(torch.tensor([3.0, 3, 3, -3, -3, -3]))
    spikes = layer(torch.randint(0, 2, (8, 4, 5, 4, 4)).float())
    assert spikes[:, :, :3].all() and not spikes[:, :, 3:].any()


def test_layer_beyond_float32_is_refused_by_name():
    node = _conv_node(in_levels=255, in_shape=(600, 4, 4))
    layer = QuantConvNeuron(node, steps=4, pad=0).eval()
    layer.weight.data.fill_(1.0)
    layer.log_step.data.fill_(-8.0)
    with pytest.raises(SpikeplaneError, match=r"layer layer: V \+ X reaches \d+, beyond the 2"):
        layer(torch.zeros(1, 1, 600, 4, 4))
