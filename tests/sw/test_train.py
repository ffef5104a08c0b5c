"""Training: repeatable, resumable, and refusals in one sentence."""
import dataclasses
import json

import numpy as np
import pytest
import torch

from sw import data, train
from sw.cli import main
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.model import Spikformer
from sw.recipe import Recipe
from sw.train_checkpoint import read, read_model, write
from sw.train_run import Run

TINY = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                   mlp_ratio=1, attention_threshold=1)
RECIPE = Recipe(dataset="digits", epochs=3, warmup=1, frozen=1, seed=7, shift=0.7, noise=0.05)


@pytest.fixture
def few_images(monkeypatch):
    """Splits of at most 128 images."""
    load = data.load

    def few(name, split, *where):
        part = load(name, split, *where)
        return data.Split(part.images[:128], part.labels[:128], part.classes)

    monkeypatch.setattr(data, "load", few)


class Interrupted(Exception):
    pass


def _fit(directory, recipe=RECIPE, stop_after=None):
    torch.manual_seed(recipe.seed)
    lines = []

    def report(line):
        if stop_after is not None and line.startswith(f"epoch {stop_after + 1:3}/"):
            raise Interrupted
        lines.append(line)

    header = {"kind": "float", "preset": "tiny", "config": TINY.to_dict()}
    return train.fit(Spikformer(TINY, [4.9], [6.0]), recipe, directory, header, report), lines


def _assert_same(a, b):
    assert a.keys() == b.keys()
    for name, value in a["model"].items():
        assert torch.equal(value, b["model"][name]), name
    for field in ("epoch", "validation", "test"):
        assert a[field] == b[field]


def test_interrupted_training_goes_on_to_the_same_result(tmp_path, few_images):
    whole, lines = _fit(tmp_path / "whole")
    assert sum(line.startswith("epoch") for line in lines) == 3
    with pytest.raises(Interrupted):
        _fit(tmp_path / "parts", stop_after=2)
    resumed, lines = _fit(tmp_path / "parts")
    assert lines[0].startswith("going on after epoch 2")
    assert sum(line.startswith("epoch") for line in lines) == 1
    _assert_same(whole, resumed)
    _assert_same(whole, read_model(tmp_path / "whole", "float"))


def test_seed_changes_the_result(tmp_path, few_images):
    a, _ = _fit(tmp_path / "a")
    b, _ = _fit(tmp_path / "b", dataclasses.replace(RECIPE, seed=8))
    assert not torch.equal(a["model"]["head.linear.weight"], b["model"]["head.linear.weight"])


def test_other_recipe_in_the_same_directory_is_refused(tmp_path, few_images):
    _fit(tmp_path)
    with pytest.raises(SpikeplaneError, match=r"another recipe \(seed 7, not 8\); remove it"):
        _fit(tmp_path, dataclasses.replace(RECIPE, seed=8))


def test_killed_between_batches_goes_on_to_the_same_result(tmp_path, few_images, killed):
    recipe = dataclasses.replace(RECIPE, batch=16, steps=(1, 2), average=0.9, mixup=0.5,
                                 cutmix=1.0, erase=0.5, crop=1, flip=True)
    whole, _ = _fit(tmp_path / "whole", recipe)
    killed(lambda: _fit(tmp_path / "parts", recipe), after=13)
    resumed, lines = _fit(tmp_path / "parts", recipe)
    assert lines[0].startswith("going on after epoch 1 and 5 batches")
    _assert_same(whole, resumed)
    history = [[json.loads(line) for line in (tmp_path / part / "metrics.jsonl").open()]
               for part in ("whole", "parts")]
    assert len(history[0]) == 3
    for a, b in zip(*history, strict=True):
        assert (a["epoch"], a["loss"], a["validation"]) == (b["epoch"], b["loss"], b["validation"])


@pytest.mark.parametrize("decay", [0.3, 0.9])
def test_kept_is_the_moving_average(tmp_path, few_images, monkeypatch, decay):
    """Computed again from the weights after each step; its beginning is short."""
    recipe = dataclasses.replace(RECIPE, epochs=1, batch=16, frozen=0, average=decay)
    name, weights, step = "block.0.q.conv.weight", [], Run.step

    def recorded(self, *arguments):
        loss = step(self, *arguments)
        weights.append(self.model.state_dict()[name].double())
        return loss

    monkeypatch.setattr(Run, "step", recorded)
    kept, _ = _fit(tmp_path, recipe)
    average = weights[0]
    for n, weight in enumerate(weights[1:], 1):
        now = min(decay, (1 + n) / (10 + n))
        average = now * average + (1 - now) * weight
    torch.testing.assert_close(kept["model"][name].double(), average, atol=1e-6, rtol=1e-5)


def test_bfloat16_learns_and_frozen_epochs_do_without(tmp_path, few_images):
    exact, _ = _fit(tmp_path / "exact", dataclasses.replace(RECIPE, frozen=3))
    frozen, _ = _fit(tmp_path / "frozen", dataclasses.replace(RECIPE, frozen=3,
                                                              precision="bfloat16"))
    _assert_same(exact, frozen)
    reduced, _ = _fit(tmp_path / "reduced", dataclasses.replace(RECIPE, precision="bfloat16"))
    assert not torch.equal(reduced["model"]["head.linear.weight"],
                           exact["model"]["head.linear.weight"])


@pytest.mark.parametrize("validation, epoch", [([0.5, 0.9, 0.9], 3), ([0.9, 0.5, 0.7], 1)],
                         ids=["latest of equals", "best"])
def test_kept_epoch_is_the_latest_best_on_validation(tmp_path, few_images, monkeypatch,
                                                     validation, epoch):
    scores, seen = iter([*validation, 0.6]), []  # the last one is of the test split

    def score(model, split):
        seen.append({name: value.clone() for name, value in model.state_dict().items()})
        return next(scores)

    monkeypatch.setattr(train, "accuracy", score)
    kept, _ = _fit(tmp_path)
    assert (kept["epoch"], kept["validation"], kept["test"]) == (epoch, max(validation), 0.6)
    for weights in (seen[epoch - 1], kept["model"]):
        assert all(torch.equal(value, weights[name]) for name, value in seen[-1].items())


@pytest.mark.parametrize("frozen", [0, 1, 3])
def test_statistics_are_frozen_in_the_last_epochs(tmp_path, few_images, frozen):
    kept, _ = _fit(tmp_path, dataclasses.replace(RECIPE, frozen=frozen))
    steps = kept["model"]["block.0.q.bn.num_batches_tracked"]
    assert steps == 2 * (kept["epoch"] - max(0, kept["epoch"] - (RECIPE.epochs - frozen)))


def test_learns_more_than_chance(tmp_path):
    kept, _ = _fit(tmp_path, dataclasses.replace(RECIPE, epochs=6, frozen=0, rate=2e-2))
    assert kept["test"] > 0.4


def test_accuracy_counts_right_answers_over_batches():
    class Parity(torch.nn.Module):
        def forward(self, images):
            even = images.flatten(1)[:, 0] % 2 == 0
            return torch.stack([even, ~even], 1).float()

    images = np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1)
    labels = np.array([0, 1] * 4 + [1, 0])
    assert train.accuracy(Parity(), data.Split(images, labels, ("a", "b")), batch=3) == 0.8


@pytest.mark.parametrize("arguments, message", [
    (["train", "--recipe", "no", "--out", "OUT"], "no training recipe 'no'; choose one of cifar10"),
    (["train", "--recipe", "fashion", "--out", "OUT"], "name its directory with --data"),
    (["train", "--device", "abacus", "--out", "OUT"], "--device abacus is not there"),
    (["train", "--epochs", "0", "--out", "OUT"], "epochs must be at least 1, not 0"),
    (["train", "--seed", "-1", "--out", "OUT"], "seed must be 0 to 2**63 - 1, not -1"),
    (["train", "--threads", "0", "--out", "OUT"], "--threads must be at least 1, not 0"),
    (["train", "--out", "FILE"], "cannot be made: File exists"),
    (["quantize", "--run", "IN", "--out", "OUT"], "no checkpoint at IN/model.pt"),
    (["export", "--run", "IN", "--out", "OUT"], "no checkpoint at IN/model.pt"),
], ids=["unknown recipe", "no data", "device", "epochs", "seed", "threads", "out is a file",
        "quantize nothing", "export nothing"])
def test_command_refuses_in_one_line(tmp_path, capsys, arguments, message):
    paths = {"IN": tmp_path / "in", "OUT": tmp_path / "out", "FILE": tmp_path / "file"}
    paths["FILE"].touch()
    assert main([str(paths.get(a, a)) for a in arguments]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith("spikeplane: ")
    assert message.replace("IN", str(paths["IN"])) in error
    assert not paths["OUT"].exists()


def _garbage(path):
    path.write_bytes(b"not a checkpoint")


def _truncated(path):
    write(path, {"kind": "float"}, {"x": torch.zeros(100)})
    path.write_bytes(path.read_bytes()[:400])


def _foreign(path):
    torch.save({"weight": torch.zeros(3)}, path)


def _code(path):
    torch.save({"format": Interrupted}, path)


@pytest.mark.parametrize("make", [_garbage, _truncated, _foreign, _code],
                         ids=lambda make: make.__name__[1:])
def test_file_that_is_no_checkpoint_is_refused(tmp_path, make):
    make(tmp_path / "model.pt")
    with pytest.raises(SpikeplaneError, match=r"model\.pt is not a checkpoint of this kit"):
        read(tmp_path / "model.pt")


@pytest.mark.parametrize("kind, wanted, verb", [("float", "quantized", "quantize"),
                                                ("quantized", "float", "train")])
def test_network_of_the_other_kind_is_refused(tmp_path, kind, wanted, verb):
    write(tmp_path / "model.pt", {"kind": kind}, {})
    with pytest.raises(SpikeplaneError, match=f"holds a {kind} network, .* `spikeplane {verb} "):
        read_model(tmp_path, wanted)


def test_other_number_of_classes_is_refused(tmp_path, capsys):
    recipe = tmp_path / "mine.toml"
    recipe.write_text('preset = "digits"\ndataset = "digits"\n[network]\nclasses = 9\n'
                      "[float]\nepochs = 1\n[quantized]\nepochs = 1\n")
    assert main(["train", "--recipe", str(recipe), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == (
        "spikeplane: data set 'digits' has 10 classes, the network 9; set classes in section "
        "[network] of the recipe\n")
