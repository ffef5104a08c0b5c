"""From pictures in folders to an artefact and back, by the verbs alone: sets that are read from
files lazily go through every stage, too."""
import numpy as np
import pytest

from sim.simulate import select_images
from sw.cli import main
from sw.contract.artefact import load

PIL = pytest.importorskip("PIL.Image")

RECIPE = """
preset = "digits"
dataset = "folder"
[network]
image = [3, 8, 8]
image_bits = 8
classes = 2
dim = 16
depth = 1
heads = 2
steps = 2
expansion = 1
attention_threshold = 1
[pretrain]
epochs = 1
warmup = 0.5
[float]
epochs = 2
warmup = 0.5
steps = [1, 2]
random_augment = [1, 5, 0.5]
[quantized]
epochs = 1
warmup = 0.5
frozen = 1
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Bright and dark pictures, and the recipe."""
    rng = np.random.default_rng(1)
    for part, count in (("train", 24), ("val", 6)):
        for name, low in (("bright", 150), ("dark", 0)):
            (tmp_path / "data" / part / name).mkdir(parents=True)
            for k in range(count):
                pixels = rng.integers(low, low + 100, (8, 8, 3), dtype=np.uint8)
                PIL.fromarray(pixels).save(tmp_path / "data" / part / name / f"{k}.png")
    (tmp_path / "mine.toml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verb(*argv):
    assert main([*argv, "--data", "data"]) == 0


def test_folder_of_pictures_through_every_verb(place, capsys):
    recipe = ["--recipe", "mine.toml"]
    verb("pretrain", *recipe, "--out", "masked")
    verb("train", *recipe, "--start", "masked", "--out", "float")
    verb("quantize", *recipe, "--run", "float", "--out", "quantized")
    verb("quantize", "--run", "float", "--calibrate", "8", "--out", "calibrated")
    capsys.readouterr()
    verb("evaluate", "--run", "quantized", "--steps", "1", "2")
    table = capsys.readouterr().out
    verb("export", "--run", "quantized", "--steps", "1", "--out", "net")
    verb("golden", "net", "--split", "test", "--steps", "2")
    verb("card", "net", "--out", "card.md")
    right = round(load("net").training["integer_test_accuracy"] * 12)
    assert f"T = 2: {right} of 12 images right" in capsys.readouterr().out
    assert table.splitlines()[-1].split() == ["quantized", "2", str(right), "12",
                                              f"{right / 12:.2%}"]
    assert "12 test images of folder" in (place / "card.md").read_text()


def test_all_images_of_a_folder_are_images(place):
    verb("train", "--recipe", "mine.toml", "--out", "float")
    verb("quantize", "--run", "float", "--calibrate", "8", "--out", "calibrated")
    verb("export", "--run", "calibrated", "--out", "net")
    images, labels = select_images(load("net"), "all", place / "data")
    assert isinstance(images, np.ndarray) and images.shape == (12, 3, 8, 8) and len(labels) == 12
