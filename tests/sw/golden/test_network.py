import dataclasses

import numpy as np
import pytest

from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Attention, Conv, Head, Image, Pool, build_graph
from sw.contract.tensors import vector_specs
from sw.golden import classify, network, run, with_vectors
from sw.random_network import random_artefact, random_images

CONFIGS = {
    "v2-add-T4-W4": ModelConfig(image=(1, 9, 7), dim=16, heads=2, attention_threshold=1),
    "v2-iand-T2-W8": ModelConfig(image=(3, 12, 10), dim=24, heads=3, stages=2, steps=2, depth=2,
                                 residual="iand", weight_bits=8, head_bits=8, fraction_bits=2),
    "v1-add-T1-W8": ModelConfig(stem="sps", image=(3, 11, 8), dim=16, heads=1, steps=1,
                                weight_bits=8, fraction_bits=0, pad_value=(125, 123, 114)),
    "v1-iand-T4-W4": ModelConfig(stem="sps", image=(1, 10, 13), dim=32, heads=4, steps=4, depth=2,
                                 pools=(True, False, True, False), residual="iand"),
}


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=CONFIGS)
def artefact(request):
    return random_artefact(request.param, seed=3, images=3)


def torch_network(artefact, images):
    """The graph in PyTorch, float64, tau = 2 as a real-valued division: no integer arithmetic."""
    torch = pytest.importorskip("torch")
    steps = artefact.config.steps

    def lif(x, threshold):
        v, spikes = torch.zeros_like(x[:, 0]), []
        for step in range(steps):
            v = v + (x[:, step] - v) / 2
            spikes.append((v >= threshold).double())
            v = v * (1 - spikes[-1])
        return torch.stack(spikes, 1)

    tensors = {name: torch.tensor(a, dtype=torch.float64) for name, a in artefact.tensors.items()}
    image = torch.tensor(images, dtype=torch.float64)
    out = {"image": image[:, None].expand(-1, steps, -1, -1, -1)}
    for node in artefact.graph[1:]:
        inputs = [out[name] for name in node.inputs]
        folded = inputs[0].flatten(0, 1)
        if isinstance(node, Conv):
            pad_value = torch.zeros(node.in_shape[0])
            if node.inputs == ("image",):
                pad_value = torch.tensor(artefact.graph[0].pad_value)
            shift = pad_value.double()[:, None, None]
            padded = torch.nn.functional.pad(folded - shift, [node.pad] * 4) + shift
            x = torch.nn.functional.conv2d(padded, tensors[f"{node.name}.weight"],
                                           stride=node.stride).unflatten(0, (-1, steps))
            scale = 2.0 ** -node.fraction_bits
            bias, threshold = (tensors[f"{node.name}.{t}"][:, None, None] * scale
                               for t in ("bias", "threshold"))
            out[node.name] = lif(x + bias, threshold)
        elif isinstance(node, Attention):
            q, k, v = (a.flatten(3).unflatten(2, (node.heads, -1)) for a in inputs)
            product = torch.einsum("nthdi,nthdj,nthej->nthei", q, k, v)
            out[node.name] = lif(product.flatten(2, 3).unflatten(3, node.shape[1:]), node.threshold)
        elif isinstance(node, Pool):
            pooled = torch.nn.functional.max_pool2d(folded, 3, 2, 1)
            out[node.name] = pooled.unflatten(0, (-1, steps))
        elif isinstance(node, Head):
            out[node.name] = (inputs[0].sum((1, 3, 4)) @ tensors["head.weight"].T
                              + tensors["head.bias"])
        else:
            out[node.name] = (inputs[0] + inputs[1] if node.form == "add"
                              else inputs[0] * (1 - inputs[1]))
    return out


def test_every_layer_equals_a_real_valued_torch_network(artefact):
    images = random_images(np.random.default_rng(9), artefact.config, 5)
    want = torch_network(artefact, images)
    got = run(artefact, images)
    assert list(got) == [node.name for node in artefact.graph[1:]]
    for name, array in got.items():
        assert np.array_equal(array, want[name].numpy()), name


def test_outputs_have_the_documented_shapes_and_types(artefact):
    specs = vector_specs(artefact.graph, artefact.config.steps, 3)
    for name, array in run(artefact, artefact.vectors["image"]).items():
        assert (array.dtype.name, array.shape) == (specs[name].dtype, specs[name].shape)


def test_batches_do_not_change_the_answer(artefact, monkeypatch):
    images = random_images(np.random.default_rng(4), artefact.config, 7)
    whole = run(artefact, images)
    monkeypatch.setattr(network, "_BATCH_BYTES", 1)
    single = run(artefact, images)
    assert all(np.array_equal(whole[name], single[name]) for name in whole)


def test_no_images_give_no_outputs(artefact):
    got = run(artefact, artefact.vectors["image"][:0])
    assert {len(array) for array in got.values()} == {0}


def test_known_answers_are_those_of_a_run(artefact):
    images = random_images(np.random.default_rng(6), artefact.config, 1)
    made = with_vectors(artefact, images)
    assert np.array_equal(made.vectors["image"], images)
    assert all(np.array_equal(made.vectors[k], v) for k, v in run(artefact, images).items())


def test_a_changed_weight_changes_the_spikes(artefact):
    """Every layer's weights matter: the vectors would show it."""
    for node in artefact.graph:
        if not isinstance(node, (Conv, Head)):
            continue
        tensors = dict(artefact.tensors)
        tensors[f"{node.name}.weight"] = np.roll(tensors[f"{node.name}.weight"], 1, axis=0)
        changed = run(dataclasses.replace(artefact, tensors=tensors, vectors={}),
                      artefact.vectors["image"])
        assert not np.array_equal(changed[node.name], artefact.vectors[node.name]), node.name


@pytest.mark.parametrize("images, message", [
    (np.zeros((2, 1, 9, 7), np.int64), r"images are int64 of shape \(2, 1, 9, 7\), must be uint8"),
    (np.zeros((2, 9, 7), np.uint8), r"shape \(2, 9, 7\), must be uint8 of shape \(N, 1, 9, 7\)"),
    (np.full((1, 1, 9, 7), 32, np.uint8), "a pixel is 32, must be at most 31"),
], ids=["type", "shape", "range"])
def test_wrong_images_are_refused(images, message):
    config = dataclasses.replace(CONFIGS["v2-add-T4-W4"], image_bits=5)
    with pytest.raises(SpikeplaneError, match=message):
        run(random_artefact(config, seed=0), images)


def test_image_is_no_operation():
    source = build_graph(CONFIGS["v2-add-T4-W4"])[0]
    assert isinstance(source, Image)
    with pytest.raises(TypeError, match="no operation for Image"):
        network.evaluate(source, [], {}, steps=4)


def test_classes_are_those_of_the_logits_in_batches(monkeypatch):
    artefact = random_artefact(next(iter(CONFIGS.values())), 1)
    images = random_images(np.random.default_rng(2), artefact.config, 7)
    expected = run(artefact, images)["head"].argmax(axis=1)
    monkeypatch.setattr(network, "_batch_size", lambda artefact: 3)
    assert np.array_equal(classify(artefact, images), expected)
    assert classify(artefact, images[:0]).shape == (0,)
