"""Import of published layouts, against a direct computation from their tensors."""
import argparse
import dataclasses
import pathlib

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from sw import data
from sw.cli import main
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.data import Split
from sw.evaluate import evaluate, load_network
from sw.import_checkpoint import import_checkpoint

DIM, DEPTH, CLASSES = 16, 2, 5
# Layout: image, pooled convolutions, suffix of linear layers, dimensions of q and of fc weights,
# bias of q, k, v, heads, scale of the attention, integer threshold that stands for it.
LAYOUTS = {
    "imagenet": ((3, 32, 24), (1, 1, 1, 0), "conv", 3, 4, False, 4, 0.125, 4),
    "cifar": ((3, 16, 16), (0, 0, 1, 1), "linear", 2, 2, True, 2, 0.125, 4),
    "events": ((2, 32, 32), (1, 1, 1, 0), "conv", 3, 3, False, 8, 0.25, 2),
}
MEAN = [120.0, 110.0, 100.0]  # whole pixels, so that a padded pixel is exactly zero
STD = [60.0, 50.0, 70.0]


def published(layout, seed=0):
    """A random state dict with the keys and shapes that the layout is described with."""
    image, _, suffix, q_dims, fc_dims, qkv_bias, *_ = LAYOUTS[layout]
    generator = torch.Generator().manual_seed(seed)
    state = {}

    def random(*shape):
        return torch.randn(shape, generator=generator)

    def norm(key, channels):
        state.update({f"{key}.weight": random(channels) + 0.5, f"{key}.bias": random(channels) + 1,
                      f"{key}.running_mean": random(channels) * 0.3,
                      f"{key}.running_var": random(channels).square() + 0.5,
                      f"{key}.num_batches_tracked": torch.tensor(7)})

    def linear(key, out, inputs, dims, bias):
        state[f"{key}.weight"] = (random(out, inputs) / inputs ** 0.5).reshape(
            out, inputs, *[1] * (dims - 2))
        if bias:
            state[f"{key}.bias"] = random(out)

    widths = [image[0], DIM // 8, DIM // 4, DIM // 2, DIM, DIM]
    for i, name in enumerate(["proj", "proj1", "proj2", "proj3", "rpe"]):
        conv, bn = ((f"proj_conv{name[4:]}", f"proj_bn{name[4:]}") if name != "rpe" else
                    ("rpe_conv", "rpe_bn"))
        state[f"patch_embed.{conv}.weight"] = random(widths[i + 1], widths[i], 3, 3) / 3
        norm(f"patch_embed.{bn}", widths[i + 1])
    for b in range(DEPTH):
        for c in "qkv":
            linear(f"block.{b}.attn.{c}_{suffix}", DIM, DIM, q_dims, qkv_bias)
            norm(f"block.{b}.attn.{c}_bn", DIM)
        linear(f"block.{b}.attn.proj_{suffix}", DIM, DIM, q_dims, True)
        norm(f"block.{b}.attn.proj_bn", DIM)
        for name, (out, inputs) in {"fc1": (4 * DIM, DIM), "fc2": (DIM, 4 * DIM)}.items():
            linear(f"block.{b}.mlp.{name}_{suffix}", out, inputs, fc_dims, True)
            norm(f"block.{b}.mlp.{name}_bn", out)
        for dead in ("norm1", "norm2"):
            state[f"block.{b}.{dead}.weight"], state[f"block.{b}.{dead}.bias"] = random(2, DIM)
    state["head.weight"], state["head.bias"] = random(CLASSES, DIM), random(CLASSES)
    if layout == "events":
        state |= {"pos_embed": random(1, 64, DIM), "norm.weight": random(DIM),
                  "norm.bias": random(DIM)}
    return state


def spikes(x, threshold=1.0):
    """The published neuron over a list of steps: charge by half the difference, hard reset."""
    v, out = torch.zeros_like(x[0]), []
    for step in x:
        v = v + (step - v) / 2
        s = (v >= threshold).to(v)
        v = v * (1 - s)
        out.append(s)
    return out


def compute(layout, state, images):
    """Logits straight from the published tensors in float64, a step at a time in lists."""
    _, pools, suffix, *_, heads, scale, _ = LAYOUTS[layout]
    state = {k: v.double() for k, v in state.items()}

    def norm(x, key):
        s = {f: state[f"{key}.{f}"] for f in ("weight", "bias", "running_mean", "running_var")}
        return F.batch_norm(x, s["running_mean"], s["running_var"], s["weight"], s["bias"])

    def conv(x, key, bn):
        return spikes([norm(F.conv2d(s, state[f"patch_embed.{key}.weight"], padding=1),
                            f"patch_embed.{bn}") for s in x])

    def linear(x, key, name):  # x: steps of (N, tokens, C)
        weight = state[f"{key}.{name}_{suffix}.weight"].flatten(1)
        bias = state.get(f"{key}.{name}_{suffix}.bias")
        return spikes([norm(F.linear(s, weight, bias).mT, f"{key}.{name}_bn").mT for s in x])

    x = images
    for i, tail in enumerate(["", "1", "2", "3"]):
        x = conv(x, f"proj_conv{tail}", f"proj_bn{tail}")
        x = [F.max_pool2d(s, 3, 2, 1) for s in x] if pools[i] else x
    x = [a + b for a, b in zip(x, conv(x, "rpe_conv", "rpe_bn"), strict=True)]
    x = [s.flatten(2).mT for s in x]
    for b in range(DEPTH):
        q, k, v = ([s.unflatten(2, (heads, -1)).transpose(1, 2) for s in
                    linear(x, f"block.{b}.attn", c)] for c in "qkv")
        mixed = [(q_ @ k_.mT * scale @ v_).transpose(1, 2).flatten(2)
                 for q_, k_, v_ in zip(q, k, v, strict=True)]
        y = linear(spikes(mixed, 0.5), f"block.{b}.attn", "proj")
        x = [a + c for a, c in zip(x, y, strict=True)]
        y = linear(linear(x, f"block.{b}.mlp", "fc1"), f"block.{b}.mlp", "fc2")
        x = [a + c for a, c in zip(x, y, strict=True)]
    return F.linear(torch.stack(x).mean((0, 2)), state["head.weight"], state["head.bias"])


def network(layout, **changes):
    image, pools, *_, heads, _, threshold = LAYOUTS[layout]
    return ModelConfig(**{
        "stem": "sps", "image": image, "pools": tuple(map(bool, pools)), "dim": DIM,
        "depth": DEPTH, "heads": heads, "attention_threshold": threshold, "classes": CLASSES,
        "frames": layout == "events", "steps": 3} | changes)


def pixels(layout):
    """How pixels are normalised: events are not."""
    channels = LAYOUTS[layout][0][0]
    return ((MEAN, STD) if channels == 3 else ([0.0] * channels, [1.0] * channels))


def saved(path, content):
    torch.save(content, path)
    return path


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("seed", range(3))
def test_outputs_are_those_of_the_published_tensors(tmp_path, layout, seed):
    config, state = network(layout), published(layout, seed)
    mean, std = pixels(layout)
    path = saved(tmp_path / "a.pth", {"state_dict": state})
    model, dead = import_checkpoint(path, config, mean=mean, std=std)
    model = model.double()
    shape = (4, *model.graph[0].input_shape)
    images = torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(seed),
                           dtype=torch.uint8)
    frames = images.double() if config.frames else images.double()[:, None].expand(
        -1, config.steps, -1, -1, -1)
    entered = (frames - torch.tensor(mean).view(-1, 1, 1)) / torch.tensor(std).view(-1, 1, 1)
    want = compute(layout, state, entered.unbind(1))
    with torch.no_grad():
        got = model(images)
    assert want.std() > 0.01, "a network that computes nothing would prove nothing"
    torch.testing.assert_close(got, want, rtol=0, atol=1e-4)
    assert dead == sorted(k for k in state if "norm" in k or k == "pos_embed")


@pytest.mark.parametrize("wrap", [
    lambda s: s,
    lambda s: {"state_dict": s, "epoch": 3, "args": argparse.Namespace(lr=0.1, data="x")},
    lambda s: {"model": {f"module.{k}": v for k, v in s.items()}, "epoch": 1,
               "optimizer": {"state": {}}, "scaler": {}},
    lambda s: {"state_dict": published("cifar", 9), "state_dict_ema": s},
], ids=["bare", "timm", "mae-distributed", "average"])
def test_containers(tmp_path, wrap, request):
    state = published("cifar")
    path = saved(tmp_path / "a.pth", wrap(state))
    entry = "state_dict_ema" if "average" in request.node.name else None
    model, _ = import_checkpoint(path, network("cifar"), mean=MEAN, std=STD, entry=entry)
    assert torch.equal(model.head.linear.weight, state["head.weight"])


def test_heads_change_the_answer_and_the_mean_is_the_padding(tmp_path):
    path = saved(tmp_path / "a.pth", published("cifar"))
    images = torch.randint(0, 256, (8, 3, 16, 16), dtype=torch.uint8)
    answers = []
    for heads in (1, 8):
        model, _ = import_checkpoint(path, network("cifar", heads=heads),
                                     mean=[119.6, 300.0, 0.0], std=STD)
        assert model.config.pad_value == (120, 255, 0)
        answers.append(model(images))
    assert not torch.equal(*answers)


def _without(key):
    return lambda s: s.pop(key)


@pytest.mark.parametrize("spoil, message", [
    (_without("patch_embed.rpe_bn.bias"), r"keys 1 missing: patch_embed.rpe_bn.bias; "),
    (_without("block.1.attn.q_linear.weight"), r"1 missing: block.1.attn.q_conv.weight; "),
    (_without("head.bias"), r"1 missing: head.bias; "),
    (lambda s: s.update({"block.2.attn.q_bn.bias": torch.ones(DIM)}),
     r"1 unknown: block.2.attn.q_bn.bias; "),
    (lambda s: s.update({f"x{i}": torch.ones(1) for i in range(6)}),
     r"6 unknown: x0, x1, x2, x3 and 2 more; "),
    (lambda s: s.update({"head.weight": torch.ones(9, DIM)}),
     r"1 of another shape: head.weight is \(9, 16\), must be \(5, 16\); "),
    (lambda s: s.update({"block.0.mlp.fc1_linear.weight": torch.ones(DIM, 4 * DIM)}),
     r"fc1_linear.weight is \(16, 64\), must be \(64, 16, 1, 1\); "),
    (lambda s: s["block.0.attn.k_bn.running_var"].fill_(float("nan")),
     r"1 not finite: block.0.attn.k_bn.running_var; "),
], ids=["norm", "linear", "head", "block", "many", "classes", "transposed", "nan"])
def test_keys_that_do_not_fit_are_listed(tmp_path, spoil, message):
    state = published("cifar")
    spoil(state)
    with pytest.raises(SpikeplaneError, match=r"a.pth does not fit the network; .*" + message):
        import_checkpoint(saved(tmp_path / "a.pth", state), network("cifar"), mean=MEAN, std=STD)


@pytest.mark.parametrize("content, message", [
    (None, "no checkpoint at"),
    (b"not a checkpoint", "is not a file of torch.save, or is damaged"),
    ({"state_dict": {"a": 1}}, "holds no state dict"),
    ([torch.ones(1)], "holds no state dict"),
    ({}, "holds no state dict"),
    ({"state_dict": {}, "x": pathlib.PurePosixPath("x")},
     r"holds an object pathlib\S*, which is not loaded because it could run code"),
], ids=["missing", "damaged", "numbers", "list", "empty", "object"])
def test_file_that_holds_no_weights_is_refused(tmp_path, content, message):
    path = tmp_path / "a.pth"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(SpikeplaneError, match=message):
        import_checkpoint(path, network("cifar"), mean=MEAN, std=STD)


def test_entry_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    path = saved(tmp_path / "a.pth", {"state_dict": published("cifar"), "epoch": 1})
    with pytest.raises(SpikeplaneError, match="no dictionary 'ema'; it holds epoch, state_dict"):
        import_checkpoint(path, network("cifar"), mean=MEAN, std=STD, entry="ema")


@pytest.mark.parametrize("changes, pixel, message", [
    ({"stem": "scs"}, {}, "stem 'scs' cannot be imported"),
    ({}, {"mean": [1.0]}, "3 numbers each"),
    ({}, {"std": [1.0, 0.0, 1.0]}, "std above 0"),
    ({}, {"mean": [1.0, float("nan"), 1.0]}, "finite"),
], ids=["stem", "channels", "std", "nan"])
def test_network_that_was_not_published_is_refused(tmp_path, changes, pixel, message):
    with pytest.raises(SpikeplaneError, match=message):
        import_checkpoint(tmp_path / "a.pth", network("cifar", **changes),
                          **({"mean": MEAN, "std": STD} | pixel))


@pytest.fixture
def verb(tmp_path, monkeypatch):
    """Runs ``spikeplane import`` on a checkpoint of CIFAR's layout and a test set of 6 images."""
    rng = np.random.default_rng(0)
    images = Split(rng.integers(0, 256, (6, 3, 16, 16), dtype=np.uint8),
                   rng.integers(0, CLASSES, 6), tuple("abcde"))
    monkeypatch.setattr(data, "load", lambda *_: images)
    path = saved(tmp_path / "a.pth", published("cifar"))
    config = dataclasses.asdict(network("cifar"))
    fields = ["stem", "image", "pools", "dim", "depth", "classes", "steps",
              "image_bits"]
    sets = [f"--set={name}={str(config[name]).lower().replace('(', '[').replace(')', ']')}"
            for name in fields]

    def run(*arguments):
        return main(["import", str(path), *sets, "--heads", "2", "--dataset", "cifar10",
                     "--out", str(tmp_path / "run"), *arguments])

    run.images = images
    return run


def test_result_is_evaluated_as_a_trained_network(verb, tmp_path, capsys):
    normal = ["--mean", *(str(m / 255) for m in MEAN), "--std", *(str(s / 255) for s in STD)]
    assert verb(*normal) == 0
    printed = capsys.readouterr().out
    assert "8 keys that the network does not compute with: block.0.norm1.bias" in printed
    model, kept = load_network(tmp_path / "run")
    assert kept["recipe"]["dataset"] == "cifar10" and kept["kind"] == "float"
    score, = evaluate(model, verb.images, [3], "float")
    assert kept["test"] == score.accuracy and f"{score.accuracy:.2%} of 6" in printed
    torch.testing.assert_close(model.mean.flatten().tolist(), MEAN)
    assert main(["quantize", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "q")]) == 1
    assert "was imported, so no recipe is known; give --recipe, or" in capsys.readouterr().err
    assert not (tmp_path / "q").exists()


def test_half_a_normalisation_is_refused_and_leaves_nothing(verb, tmp_path, capsys):
    assert verb("--mean", "0.5", "0.5", "0.5") == 1
    assert "--mean and --std go together" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
