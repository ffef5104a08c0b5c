import numpy as np
import pytest

from sw.contract.config import PRESETS, preset
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Conv, Head, build_graph
from sw.contract.tensors import TensorSpec, check_tensors, vector_specs, weight_specs

SPECS = {"a": TensorSpec(dtype="int8", shape=(2, 3), low=-8, high=7)}


@pytest.mark.parametrize("name", PRESETS)
def test_every_layer_with_weights_has_its_tensors(name):
    graph = build_graph(preset(name))
    specs = weight_specs(graph)
    names = {f"{n.name}.{t}" for n in graph if isinstance(n, Conv)
             for t in ("weight", "bias", "threshold")}
    names |= {f"{n.name}.{t}" for n in graph if isinstance(n, Head) for t in ("weight", "bias")}
    assert set(specs) == names
    for node in graph:
        if isinstance(node, Conv):
            spec = specs[f"{node.name}.weight"]
            half = 1 << (node.weight_bits - 1)
            assert (spec.low, spec.high, spec.dtype) == (-half, half - 1, "int8")
            assert np.prod(spec.shape) * np.prod(node.shape[1:]) == node.macs


def test_vectors_cover_every_node():
    config = preset("digits")
    graph = build_graph(config)
    specs = vector_specs(graph, config.steps, 5)
    assert list(specs) == [node.name for node in graph]
    assert specs["image"].shape == (5, 1, 8, 8)
    assert specs["image"].high == 31
    assert specs["block.0.residual1"].shape == (5, 4, 64, 4, 4)
    assert specs["block.0.residual1"].high == 3
    assert (specs["head"].shape, specs["head"].dtype) == ((5, 10), "int64")


def test_bytes_of_any_shape_are_exact():
    assert TensorSpec(dtype="int32", shape=(1 << 40, 1 << 40), low=0, high=0).nbytes == 1 << 82


@pytest.mark.parametrize("value", [-8, 7])
def test_extremes_pass(value):
    check_tensors(SPECS, {"a": np.full((2, 3), value, np.int8)}, "tensor")


@pytest.mark.parametrize("tensors, message", [
    ({}, "tensor 'a' is missing"),
    ({"a": np.zeros((2, 3), np.int8), "b": 0}, "tensor 'b' belongs to no layer"),
    ({"a": np.zeros((3, 2), np.int8)}, r"tensor 'a' has shape \(3, 2\), must be \(2, 3\)"),
    ({"a": np.zeros((2, 3), np.uint8)}, "tensor 'a' is uint8, must be int8"),
    ({"a": [[0] * 3] * 2}, "tensor 'a' is list, must be int8"),
    ({"a": np.full((2, 3), -9, np.int8)}, "holds -9 to -9, must be within -8 to 7"),
    ({"a": np.full((2, 3), 8, np.int8)}, "holds 8 to 8, must be within -8 to 7"),
], ids=["missing", "extra", "shape", "sign", "list", "low", "high"])
def test_everything_else_is_refused(tensors, message):
    with pytest.raises(SpikeplaneError, match=message):
        check_tensors(SPECS, tensors, "tensor")
