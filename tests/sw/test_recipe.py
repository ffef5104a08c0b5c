"""Recipes: those of the kit are whole, and every wrong field is refused by name."""
import dataclasses

import pytest

from sw.contract.config import PRESETS
from sw.contract.errors import SpikeplaneError
from sw.data import DATASETS
from sw.recipe import KINDS, RECIPES, PretrainRecipe, Recipe, read_recipe

GOOD = """
preset = "digits"
dataset = "digits"
[float]
epochs = 3
steps = [1, 2]
[quantized]
epochs = 2
rate = 1
[pretrain]
epochs = 4
ratio = 0.5
"""


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.toml")))
def test_recipes_of_the_kit(name):
    training = read_recipe(name)
    assert training.name == name and training.preset in PRESETS
    for kind in KINDS:
        assert getattr(training, kind).dataset in DATASETS


def test_fields_of_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    training = read_recipe(str(path))
    assert training.float == Recipe(dataset="digits", epochs=3, steps=(1, 2))
    assert training.quantized == Recipe(dataset="digits", epochs=2, rate=1)
    assert training.float.changed(epochs=9, seed=None).epochs == 9
    assert Recipe(**training.float.to_dict()) == training.float
    assert training.pretrain == PretrainRecipe(dataset="digits", epochs=4, ratio=0.5)
    assert training.config == PRESETS["digits"]
    path.write_text(GOOD[:GOOD.index("[pretrain]")]
                    + "[network]\nimage = [3, 16, 16]\nclasses = 4\n")
    assert read_recipe(str(path)).config == dataclasses.replace(
        PRESETS["digits"], image=(3, 16, 16), classes=4)
    assert read_recipe(str(path)).pretrain is None


@pytest.mark.parametrize("old, new, message", [
    ("preset = \"digits\"", "", "preset is missing, or is not a string"),
    ("preset = \"digits\"", "preset = \"no\"", "unknown preset 'no'"),
    ("dataset = \"digits\"", "dataset = 3", "dataset is missing, or is not a string"),
    ("preset =", "pre-set = 1\npreset =", "unknown field 'pre-set'"),
    ("[quantized]", "[quantised]", "unknown field 'quantised'"),
    ("epochs = 3", "epoch = 3", r"\[float\]: unknown field 'epoch'"),
    ("epochs = 3", "", r"\[float\]: field 'epochs' is missing"),
    ("epochs = 3", "epochs = 3.5", r"\[float\]: recipe: epochs must be an integer, not 3.5"),
    ("epochs = 3", "epochs = true", r"epochs must be an integer, not True"),
    ("epochs = 3", "epochs = 0", "epochs must be at least 1, not 0"),
    ("rate = 1", "rate = \"fast\"", r"\[quantized\]: recipe: rate must be a number, not 'fast'"),
    ("rate = 1", "rate = 0", "rate must be above 0"),
    ("rate = 1", "flip = 1", "flip must be true or false, not 1"),
    ("rate = 1", "average = 1", "average must be at least 0 and below 1"),
    ("rate = 1", "frozen = 3", "frozen must be 0 to the number of epochs, not 3"),
    ("rate = 1", "noise = -1.0", "noise must be at least 0"),
    ("rate = 1", "precision = \"int4\"", "precision must be one of float32, bfloat16"),
    ("[1, 2]", "[0]", "steps must be a list of integers from 1 to 64"),
    ("[1, 2]", "4", "steps must be a list of numbers, not 4"),
    ("rate = 1", "random_augment = 2", "random_augment must be a list of numbers, not 2"),
    ("rate = 1", "random_augment = [2]", r"random_augment must be \[operations, magnitude, dev"),
    ("rate = 1", "random_augment = [2, 11, 0]", "random_augment must be .*, each from 0 to 10"),
    ("rate = 1", "random_augment = [1.5, 9, 0]", "random_augment must be "),
    ("rate = 1", "random_augment = [1, \"9\", 0]", "random_augment must be "),
    ("[float]", "[float", "cannot be read"),
    ("[float]", "[network]\ndim = 66\n[float]", r"\[network\]: model config: heads must be"),
    ("[float]", "[network]\nwidth = 6\n[float]", r"\[network\]: .*unknown field 'width'"),
    ("dataset =", "network = 1\ndataset =", r"network is not a section \[network\]"),
    ("ratio = 0.5", "mixup = 0.5", r"\[pretrain\]: unknown field 'mixup'"),
    ("ratio = 0.5", "ratio = 1.0", "ratio must be above 0 and below 1, not 1.0"),
    ("ratio = 0.5", "width = 6", "width must be a multiple of 4, not 6"),
    ("ratio = 0.5", "heads = 5", "heads must be a divisor of width 64, not 5"),
    ("ratio = 0.5", "depth = 0", "depth must be at least 1, not 0"),
    ("rate = 1", "ratio = 0.5", r"\[quantized\]: unknown field 'ratio'"),
    ("epochs = 4", "", r"\[pretrain\]: field 'epochs' is missing"),
    ("[pretrain]\nepochs = 4\nratio = 0.5", "[pre-train]", "unknown field 'pre-train'"),
])
def test_wrong_file_is_refused_in_a_sentence(tmp_path, old, new, message):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(SpikeplaneError, match=message) as caught:
        read_recipe(str(path))
    assert "\n" not in str(caught.value)


def test_missing_file_names_the_known():
    with pytest.raises(SpikeplaneError, match=r"no training recipe 'no'; choose one of cifar10, "):
        read_recipe("no")


def test_defaults_change_no_image():
    neutral = dataclasses.fields(Recipe)
    for field in neutral:
        if field.name in ("shift", "rotate", "scale", "noise", "crop", "flip", "erase", "mixup",
                          "cutmix", "random_augment"):
            assert not field.default, field.name
