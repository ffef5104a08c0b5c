"""Pre-training: the loss is about masked patches alone, and masked pixels have no influence."""
import dataclasses

import numpy as np
import pytest
import torch

from sw import data
from sw.card import card
from sw.cli import main
from sw.contract.artefact import load
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import build_graph
from sw.pretrain import MaskedAutoencoder, Reconstruction, patch_side
from sw.pretrain_mask import patches
from sw.recipe import PretrainRecipe, read_recipe
from sw.train import fit
from sw.train_run import Run

TINY = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                   mlp_ratio=1, attention_threshold=1)
RECIPE = PretrainRecipe(dataset="digits", epochs=2, batch=16, warmup=1, seed=7, width=8, depth=1,
                        heads=2, steps=(1, 2), average=0.9, frozen=1, shift=0.7)
EVENTS = dataclasses.replace(TINY, image=(2, 10, 10), image_bits=3, frames=True, stages=2)
COLOURS = dataclasses.replace(TINY, image=(3, 16, 16), stem="sps", pad_value=(9, 8, 7),
                              pools=(False, False, True, True))


def autoencoder(config=TINY, recipe=RECIPE, seed=0):
    torch.manual_seed(seed)
    channels = config.image[0]
    return MaskedAutoencoder(config, recipe, [4.9] * channels, [6.0] * channels)


def inputs(config, count=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    source = build_graph(config)[0]
    return torch.randint(0, source.levels + 1, (count, *source.input_shape),
                         generator=generator).float()


@pytest.mark.parametrize("config", [TINY, EVENTS, COLOURS], ids=["digits", "events", "sps"])
def test_masked_pixels_have_no_influence_on_the_encoder(config):
    model = autoencoder(config).eval()
    task = Reconstruction(model, RECIPE)
    images = inputs(config)
    hidden, (_, masks) = task.prepare(images.flatten(1, -3), None,
                                      torch.Generator().manual_seed(3))
    # Other pixels under the masks, which are drawn from the same seed.
    changed = images.flatten(1, -3).clone()
    noise = inputs(config, seed=1).flatten(1, -3)
    side = model.patch
    columns = task.area[1] // side
    for n, k in masks.nonzero().tolist():
        place = (n, slice(None), slice(k // columns * side, (k // columns + 1) * side),
                 slice(k % columns * side, (k % columns + 1) * side))
        changed[place] = noise[place]
    assert not torch.equal(changed, images.flatten(1, -3))
    again, _ = task.prepare(changed, None, torch.Generator().manual_seed(3))
    assert torch.equal(again, hidden)
    taps, other = {}, {}
    model(hidden.reshape(images.shape), taps)
    model(again.reshape(images.shape), other)
    assert taps.keys() == other.keys()
    assert all(torch.equal(taps[name], other[name]) for name in taps)


@pytest.mark.parametrize("config", [TINY, EVENTS, COLOURS], ids=["digits", "events", "sps"])
def test_loss_is_that_of_masked_patches(config):
    model = autoencoder(config)
    task = Reconstruction(model, RECIPE)
    images = inputs(config)
    hidden, (wanted, masks) = task.prepare(images.flatten(1, -3), None,
                                           torch.Generator().manual_seed(3))
    pixels = model(hidden.reshape(images.shape)).detach().requires_grad_()
    loss = task.loss(pixels, wanted, masks)
    for n in range(len(images)):
        errors = [np.mean((patches(pixels.detach(), model.patch)[n, k].numpy()
                           - wanted[n, k].numpy()) ** 2)
                  for k in range(masks.shape[1]) if masks[n, k]]
        assert loss[n].item() == pytest.approx(np.mean(errors), rel=1e-5)
    loss.sum().backward()
    slope = patches(pixels.grad, model.patch).abs().sum(2)
    assert ((slope > 0) == masks).all()


def test_wanted_are_patches_of_the_images_with_mean_0_and_variance_1():
    model = autoencoder(COLOURS)
    images = inputs(COLOURS)
    _, (wanted, _) = Reconstruction(model, RECIPE).prepare(images, None,
                                                           torch.Generator().manual_seed(0))
    first = images[:, :, :4, :4].reshape(3, -1).numpy()
    first = (first - first.mean(1, keepdims=True)) / first.std(1, keepdims=True)
    np.testing.assert_allclose(wanted[:, 0].numpy(), first, atol=1e-3)


def test_score_of_the_truth_is_1_and_of_zeros_0():
    split = data.Split(inputs(TINY, 5).numpy().astype(np.uint8), np.zeros(5, np.int64), ("0",))

    class Answer(torch.nn.Module):
        mean = torch.zeros(1, 1, 1)

        def __init__(self, pixels):
            super().__init__()
            self.pixels = pixels

        def forward(self, images):
            return self.pixels

    model = autoencoder()
    task = Reconstruction(model, RECIPE)
    _, (wanted, _) = task.prepare(torch.from_numpy(split.images).float(), None,
                                  torch.Generator().manual_seed(0))
    truth = torch.zeros(5, 1, 8, 8)
    for k in range(16):
        truth[:, 0, k // 4 * 2:k // 4 * 2 + 2, k % 4 * 2:k % 4 * 2 + 2] = wanted[:, k].view(5, 2, 2)
    assert task.score(Answer(truth), split) == 1
    assert task.score(Answer(torch.zeros_like(truth)), split) == 0


@pytest.fixture
def few_images(monkeypatch):
    """Splits of at most 48 images."""
    load = data.load

    def few(*arguments):
        part = load(*arguments)
        return data.Split(part.images[:48], part.labels[:48], part.classes)

    monkeypatch.setattr(data, "load", few)


def pretrain(directory, recipe=RECIPE):
    return fit(autoencoder(seed=recipe.seed), recipe, directory,
               {"kind": "pretrained", "config": TINY.to_dict()}, lambda line: None,
               task=Reconstruction)


def test_killed_between_batches_goes_on_to_the_same_result(tmp_path, few_images, killed):
    whole = pretrain(tmp_path / "whole")
    killed(lambda: pretrain(tmp_path / "parts"), after=5)
    parts = pretrain(tmp_path / "parts")
    for field in ("epoch", "validation", "test"):
        assert whole[field] == parts[field]
    for name, value in whole["model"].items():
        assert torch.equal(value, parts["model"][name]), name


def test_learns_to_predict_masked_patches():
    split = data.load("digits", "fit").take(np.arange(256))
    recipe = dataclasses.replace(RECIPE, rate=1e-2, warmup=0, average=0.0, steps=(), epochs=12,
                                 shift=0.0, width=16)
    model = autoencoder(TINY, recipe)
    run = Run(Reconstruction(model, recipe), model, recipe, split)
    losses = [run.epoch(lambda: None) for _ in range(12)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("config, patch, message", [
    (TINY, 3, "patch must be a divisor of 8 and 8, the pixels that have tokens, not 3"),
    (TINY, 8, "a patch of 8 pixels is the whole image; choose a smaller patch"),
    (dataclasses.replace(COLOURS, image=(3, 18, 18)), 0,
     "5x5 tokens of 4 pixels reach beyond an image of 18x18; choose a network whose image"),
], ids=["no divisor", "whole image", "ceiling"])
def test_patches_that_do_not_fit_are_refused(config, patch, message):
    with pytest.raises(SpikeplaneError, match=message):
        patch_side(build_graph(config), patch)


@pytest.mark.parametrize("config, patch, side", [(TINY, 0, 2), (TINY, 4, 4), (EVENTS, 0, 4),
                                                 (COLOURS, 2, 2)])
def test_patch_is_a_token_unless_told(config, patch, side):
    assert patch_side(build_graph(config), patch) == side


FILE = """
preset = "digits-mini"
dataset = "digits"
[float]
epochs = 1
[quantized]
epochs = 1
"""
PRETRAIN = "[pretrain]\nepochs = 1\nwidth = 8\ndepth = 1\nheads = 2\n"


def test_from_pretraining_to_a_classifier(tmp_path, few_images, capsys):
    pytest.importorskip("matplotlib")
    recipe = tmp_path / "mine.toml"
    recipe.write_text(FILE + PRETRAIN)
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["pretrain", "--recipe", str(recipe), "--out", str(first)]) == 0
    assert (first / "reconstruction.png").read_bytes()[:4] == b"\x89PNG"
    assert main(["train", "--recipe", str(recipe), "--start", str(first), "--out",
                 str(second)]) == 0
    assert main(["quantize", "--run", str(second), "--recipe", str(recipe), "--out",
                 str(tmp_path / "third")]) == 0
    assert main(["export", "--run", str(tmp_path / "third"), "--out", str(tmp_path / "net")]) == 0
    training = load(tmp_path / "net").training
    assert training["earlier_recipes"] == [
        {"kind": "pretrained"} | read_recipe(str(recipe)).pretrain.to_dict()]
    assert "* pre-training: dataset \"digits\", epochs 1" in card(tmp_path / "net", None)
    assert main(["evaluate", "--run", str(first)]) == 1
    error = capsys.readouterr().err
    assert "model.pt holds a pretrained network, which has no classes yet" in error
    # Going on is with the same start.
    assert main(["train", "--recipe", str(recipe), "--out", str(second)]) == 1
    assert "was written with another started" in capsys.readouterr().err


@pytest.mark.parametrize("arguments, message", [
    (["pretrain", "--recipe", "RECIPE", "--out", "OUT"], "has no section [pretrain]; write one"),
    (["train", "--start", "IN", "--out", "OUT"], "no checkpoint at IN/model.pt"),
], ids=["no section", "no encoder"])
def test_command_refuses_in_one_line(tmp_path, capsys, arguments, message):
    paths = {"IN": tmp_path / "in", "OUT": tmp_path / "out", "RECIPE": tmp_path / "plain.toml"}
    paths["RECIPE"].write_text(FILE)
    assert main([str(paths.get(a, a)) for a in arguments]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and message.replace("IN", str(paths["IN"])) in error
    assert not paths["OUT"].exists()
