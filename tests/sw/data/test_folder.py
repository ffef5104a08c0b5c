"""Pictures in folders: sizes, order, laziness, and refusals in one sentence."""
import numpy as np
import pytest

from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import build_graph
from sw.data import load
from sw.data.folder import read_picture
from sw.train import pixel_statistics

PIL = pytest.importorskip("PIL.Image")


def source(image=(3, 8, 8), **fields):
    return build_graph(ModelConfig(image=image, stages=1, **fields))[0]


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.fromarray(pixels).save(path)


def colour(k):
    return np.full((9, 8, 3), (k, 2 * k, 255 - k), np.uint8)


@pytest.fixture
def tree(tmp_path):
    """Two classes of 20 and 4 pictures, each with a colour of its own."""
    for part, base in (("train", 0), ("val", 50)):
        for label, (name, count) in enumerate((("ant", 20), ("bee", 4))):
            for k in range(count):
                save(tmp_path / part / name / f"{k:02}.png", colour(base + 20 * label + k))
    (tmp_path / "train" / "ant" / "notes.txt").write_text("no picture")
    (tmp_path / "train" / "list.txt").write_text("no class")
    return tmp_path


@pytest.mark.parametrize("name", ["folder", "imagenette", "imagenet"])
def test_classes_and_pictures_in_order(tree, name):
    for part, base in (("train", 0), ("test", 50)):
        split = load(name, part, tree, source())
        assert split.classes == ("ant", "bee")
        assert split.labels.tolist() == [0] * 20 + [1] * 4
        images = np.asarray(split.images)
        assert images.dtype == np.uint8 and images.shape == split.images.shape == (24, 3, 8, 8)
        np.testing.assert_array_equal(images[:, 0, 0, 0], base + np.arange(24))
        np.testing.assert_array_equal(images[:, 2, 7, 7], 255 - base - np.arange(24))


def test_fit_and_validation_are_the_training_pictures(tree):
    fit, validation = (load("folder", part, tree, source()) for part in ("fit", "validation"))
    assert sorted([*fit.images[:][:, 0, 0, 0], *validation.images[:][:, 0, 0, 0]]) == list(
        range(24))
    assert len(validation) == 3


def test_only_what_is_indexed_is_read(tree):
    images = load("folder", "train", tree, source()).images
    (tree / "train" / "ant" / "03.png").write_bytes(b"")
    np.testing.assert_array_equal(images[[5, 4, 4]][:, 0, 0, 0], [5, 4, 4])
    np.testing.assert_array_equal(images[20:22][:, 0, 0, 0], [20, 21])
    assert images[0].shape == (3, 8, 8) and images[:0].shape == (0, 3, 8, 8)
    with pytest.raises(SpikeplaneError, match=r"03\.png is no picture that can be read"):
        images[2:5]


def test_statistics_are_those_of_all_pixels(tree):
    images = load("folder", "train", tree, source()).images
    mean, std = pixel_statistics(images)
    whole = np.asarray(images).astype(float)
    np.testing.assert_allclose(mean, whole.mean((0, 2, 3)))
    np.testing.assert_allclose(std, whole.std((0, 2, 3)))


@pytest.mark.parametrize("shape", [(8, 20), (20, 8), (8, 8)], ids=["wide", "tall", "square"])
def test_middle_of_a_picture_of_the_right_side(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    save(tmp_path / "x.png", pixels)
    top, left = ((side - 8) // 2 for side in shape)
    got = read_picture(tmp_path / "x.png", source())
    np.testing.assert_array_equal(got, pixels[top:top + 8, left:left + 8].transpose(2, 0, 1))


@pytest.mark.parametrize("shape", [(32, 48), (48, 32), (4, 6), (16, 161)])
def test_other_sizes_cover_the_image(tmp_path, shape):
    """A ramp across the picture keeps its middle, and nothing black comes from outside."""
    ramp = np.linspace(20, 220, shape[1]).round().astype(np.uint8)
    save(tmp_path / "x.png", np.broadcast_to(ramp[None, :, None], (*shape, 3)).copy())
    got = read_picture(tmp_path / "x.png", source()).astype(int)
    assert got.shape == (3, 8, 8) and got.min() >= 20
    slope = np.diff(got[0, 0])
    assert (slope >= 0).all() and abs(got[0, 0].mean() - 120) <= 3


def test_levels_and_grey(tmp_path):
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
    save(tmp_path / "x.png", pixels)
    got = read_picture(tmp_path / "x.png", source((1, 8, 8), image_bits=3))
    np.testing.assert_array_equal(got[0], pixels.astype(int) * 7 // 255)
    assert (read_picture(tmp_path / "x.png", source()) == pixels).all()


def test_train_and_val_may_lie_in_a_folder_of_the_archive(tree):
    save(tree / "up" / "imagenette2-160" / "val" / "cat" / "x.png", colour(3))
    assert load("imagenette", "test", tree / "up", source()).classes == ("cat",)


@pytest.mark.parametrize("name, where, image, message", [
    ("imagenet", None, (3, 8, 8), "must be downloaded first: it is the folders train and val"),
    ("imagenet", "none", (3, 8, 8), "folder train of data set 'imagenet' is not there; it is the"),
    ("folder", "flat", (3, 8, 8), "train: has no folder for each class; data set 'folder' is the"),
    ("folder", "empty", (3, 8, 8), r"cat: has no picture \(\.bmp, .*; download it again, or remo"),
    ("folder", "good", (2, 8, 8), "has pictures of 1 or 3 channels, the network takes 1 frames"),
])
def test_wrong_folders_are_refused(tmp_path, name, where, image, message):
    (tmp_path / "none").mkdir()
    save(tmp_path / "flat" / "train" / "x.png", colour(1))
    (tmp_path / "empty" / "train" / "cat").mkdir(parents=True)
    save(tmp_path / "good" / "train" / "cat" / "x.png", colour(1))
    with pytest.raises(SpikeplaneError, match=message) as caught:
        load(name, "train", where and tmp_path / where, source(image))
    assert "\n" not in str(caught.value)


def test_network_must_be_given(tmp_path):
    with pytest.raises(SpikeplaneError, match="is made for the input of a network"):
        load("folder", "train", tmp_path)


@pytest.mark.parametrize("damage", [lambda content: content[:-60], lambda content: content[:20],
                                    lambda content: b"GIF89a" + bytes(50)],
                         ids=["truncated", "header", "other"])
def test_damaged_picture_is_refused(tmp_path, damage):
    path = tmp_path / "x.png"
    save(path, np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SpikeplaneError, match="is no picture that can be read") as caught:
        read_picture(path, source())
    assert "\n" not in str(caught.value)
