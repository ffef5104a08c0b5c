import itertools

import numpy as np
import pytest

from sw.contract.bounds import layer_bounds, signed_bits
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Attention, Conv, Head, build_graph
from sw.contract.tensors import weight_specs
from sw.golden.attention import attend
from sw.golden.conv import convolve
from sw.golden.head import logits
from sw.golden.neuron import drive


def network(seed=0, **choices):
    config = ModelConfig(image=(1, 4, 4), dim=8, heads=2, **choices)
    rng = np.random.default_rng(seed)
    graph = build_graph(config)
    tensors = {}
    for name, spec in weight_specs(graph).items():
        low, high = (spec.low, spec.high) if spec.dtype == "int8" else (-3000, 3000)
        tensors[name] = rng.integers(low, high + 1, spec.shape).astype(spec.dtype)
    return config, graph, tensors


def test_signed_bits_is_the_smallest_width():
    for low, high in itertools.combinations_with_replacement(range(-20, 21), 2):
        bits = signed_bits(low, high)
        assert -(1 << (bits - 1)) <= low and high < 1 << (bits - 1)
        if bits > 1:
            assert low < -(1 << (bits - 2)) or high >= 1 << (bits - 2)


@pytest.mark.parametrize("weight_bits", [4, 8], ids="W{}".format)
@pytest.mark.parametrize("stem", ["scs", "sps"])
def test_convolution_reaches_its_bounds_and_no_more(weight_bits, stem):
    config, graph, tensors = network(stem=stem, weight_bits=weight_bits)
    for node in graph:
        if not isinstance(node, Conv):
            continue
        weight, bias = (tensors[f"{node.name}.{t}"] for t in ("weight", "bias"))
        acc, x = [], []
        for channel, sign in itertools.product(range(len(weight)), (-1, 1)):
            # The input that agrees in sign with one channel's weights, over one full window.
            window = (np.sign(weight[channel]) == sign).astype(np.uint8) * node.in_levels
            full = convolve(window, weight)[:, 0, 0]
            acc.append(full)
            x.append(drive(full[:, None, None], bias, node.fraction_bits)[:, 0, 0])
        bounds = layer_bounds(node, tensors, config.steps)
        assert bounds.accumulator == (np.min(acc), np.max(acc))
        assert bounds.drive == (np.min(x), np.max(x))


def test_membrane_width_holds_zero_and_every_drive():
    config, graph, tensors = network(weight_bits=4)
    tensors["stem.0.down.weight"][:] = 7
    tensors["stem.0.down.bias"][:] = 100000
    bounds = layer_bounds(graph[1], tensors, config.steps)
    assert bounds.drive == (100000, (4 * 255 * 7 << 4) + 100000)
    assert bounds.membrane_bits == bounds.drive[1].bit_length() + 1
    assert bounds.accumulator == (0, 4 * 255 * 7)


def test_attention_bound_is_reached_by_all_ones():
    config, graph, tensors = network()
    node = next(n for n in graph if isinstance(n, Attention))
    ones = np.ones((1, 1, *node.shape), np.uint8)
    bounds = layer_bounds(node, tensors, config.steps)
    assert bounds.drive == bounds.accumulator == (0, attend(ones, ones, ones, node.heads).max())


def test_head_bounds_are_reached():
    config, graph, tensors = network()
    node = graph[-1]
    assert isinstance(node, Head)
    weight, bias = tensors["head.weight"], tensors["head.bias"]
    reached = []
    for row, sign in itertools.product(weight, (-1, 1)):
        x = np.zeros((1, config.steps, *node.in_shape), np.uint8)
        x[:, :, np.sign(row) == sign] = node.in_levels
        reached.append(logits(x, weight, bias))
    bounds = layer_bounds(node, tensors, config.steps)
    assert bounds.drive == (np.min(reached), np.max(reached))


@pytest.mark.parametrize("change, message", [
    (lambda t: t["stem.0.expand.bias"].__setitem__(3, 1 << 23),
     r"layer stem.0.expand: V \+ X reaches 1\d{7}, beyond the 2\*\*24"),
    (lambda t: t["block.0.q.threshold"].__setitem__(0, -(1 << 24) - 1),
     r"layer block.0.q: the threshold reaches 16777217, beyond the 2\*\*24"),
    (lambda t: t["block.0.q.threshold"].__setitem__(0, -(1 << 31)),
     "layer block.0.q: the threshold reaches 2147483648"),
    (lambda t: t["head.bias"].__setitem__(0, (1 << 31) - 1),
     "layer head: a logit reaches .* beyond 32 bits"),
], ids=["drive", "threshold", "threshold-min", "logit"])
def test_inexact_layers_are_refused(change, message):
    config, graph, tensors = network()
    change(tensors)
    with pytest.raises(SpikeplaneError, match=message):
        for node in graph:
            layer_bounds(node, tensors, config.steps)


def test_float32_limit_is_inclusive():
    config, graph, tensors = network()
    for name in tensors:
        tensors[name][...] = 0
    tensors["block.0.q.bias"][0] = 1 << 23
    tensors["block.0.q.threshold"][0] = 1 << 24
    assert [layer_bounds(node, tensors, config.steps) for node in graph]
    tensors["block.0.q.bias"][0] += 1
    with pytest.raises(SpikeplaneError, match=r"V \+ X reaches 16777218"):
        [layer_bounds(node, tensors, config.steps) for node in graph]


def test_attention_too_wide_is_refused():
    config = ModelConfig(image=(1, 362, 362), dim=64, heads=1)
    node = next(n for n in build_graph(config) if isinstance(n, Attention))
    assert layer_bounds(node, {}, 4).drive[1] == 181 * 181 * 64
    config = ModelConfig(image=(1, 1024, 1024), dim=64, heads=1)
    node = next(n for n in build_graph(config) if isinstance(n, Attention))
    with pytest.raises(SpikeplaneError, match=r"block.0.attention: V \+ X reaches 33554432"):
        layer_bounds(node, {}, 4)
