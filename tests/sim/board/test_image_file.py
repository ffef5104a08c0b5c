"""Images of users: what is read, and what is refused in one sentence."""
import dataclasses

import numpy as np
import pytest

from sim.board.image_file import read_image
from sim.small import small_artefact
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.random_network import random_artefact


def artefact(channels=1, bits=8):
    config = ModelConfig(image=(channels, 8, 8), image_bits=bits, dim=16, depth=1, heads=2,
                         steps=1, stages=2, expansion=2, mlp_ratio=2, attention_threshold=2)
    return random_artefact(config, 1, images=1)


@pytest.fixture
def numbers():
    return np.random.default_rng(3)


def save_picture(path, array):
    image = pytest.importorskip("matplotlib.image")
    image.imsave(path, array if array.ndim == 3 else np.repeat(array[..., None], 3, axis=2))
    return path


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8)])
@pytest.mark.parametrize("kind", ["u1", "i8"])
def test_raw_pixels_are_taken_as_they_are(tmp_path, numbers, shape, kind):
    pixels = numbers.integers(0, 256, shape).astype(kind)
    np.save(tmp_path / "a.npy", pixels)
    got = read_image(tmp_path / "a.npy", small_artefact())
    assert got.dtype == np.uint8 and got.shape == (1, 1, 8, 8)
    np.testing.assert_array_equal(got.reshape(8, 8), pixels.reshape(8, 8))


def test_colours_become_grey(tmp_path, numbers):
    pixels = numbers.integers(0, 256, (8, 8), np.uint8)
    path = save_picture(tmp_path / "a.png", pixels)
    got = read_image(path, small_artefact(), white=255)
    np.testing.assert_array_equal(got[0, 0], pixels)


def test_grey_becomes_colours(tmp_path, numbers):
    pixels = numbers.integers(0, 200, (8, 8), np.uint8)
    np.save(tmp_path / "a.npy", pixels)
    got = read_image(tmp_path / "a.npy", artefact(channels=3))
    np.testing.assert_array_equal(got[0], [pixels] * 3)


def test_colours_stay_in_place(tmp_path, numbers):
    pixels = numbers.integers(0, 256, (8, 8, 3), np.uint8)
    path = save_picture(tmp_path / "a.png", pixels)
    got = read_image(path, artefact(channels=3), white=255)
    np.testing.assert_array_equal(got[0], pixels.transpose(2, 0, 1))


def test_white_is_the_largest_known_pixel(tmp_path):
    pixels = np.full((8, 8), 255, np.uint8)
    pixels[0, 0] = 0
    path = save_picture(tmp_path / "a.png", pixels)
    dim = artefact(bits=5)
    dim = dataclasses.replace(dim, vectors=dim.vectors | {"image": np.minimum(
        dim.vectors["image"], 16)})
    got = read_image(path, dim)
    assert got.max() == 16 and got[0, 0, 0, 0] == 0
    assert read_image(path, dim, white=31).max() == 31


@pytest.mark.parametrize("white", [0, 32])
def test_impossible_white_is_refused(tmp_path, white):
    path = save_picture(tmp_path / "a.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(SpikeplaneError, match=f"^--white must be 1 to 31 for .*, not {white}$"):
        read_image(path, artefact(bits=5), white)


@pytest.mark.parametrize("array, message", [
    (np.zeros((8, 9), np.uint8), "is 9 x 8 pixels of 1 channel, network small takes 8 x 8 pixels"),
    (np.zeros((3, 8, 8), np.uint8), "is 8 x 8 pixels of 3 channels, network small takes 8 x 8 pix"),
    (np.zeros((8, 8)), "is float64 of shape [(]8, 8[)], must be integers of shape"),
    (np.zeros((1, 1, 8, 8), np.uint8), "is uint8 of shape [(]1, 1, 8, 8[)], must be integers of"),
    (np.full((8, 8), 256), "pixels are 256 to 256, network small takes 0 to 255"),
    (np.full((8, 8), -1), "pixels are -1 to -1, network small takes 0 to 255"),
])
def test_unsuitable_arrays_are_refused(tmp_path, array, message):
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(SpikeplaneError, match=f"a.npy: {message}"):
        read_image(tmp_path / "a.npy", small_artefact())


@pytest.mark.parametrize("name, content, message", [
    ("a.npy", b"text", "is not an array as numpy.save writes it"),
    ("a.npy", b"", "is not an array as numpy.save writes it"),
    ("a.png", b"text", "is not a PNG or JPEG file that can be read"),
    ("a.jpg", b"", "is not a PNG or JPEG file that can be read"),
    ("a", b"text", "is not a PNG or JPEG file that can be read"),
])
def test_other_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SpikeplaneError, match=f"{name}: {message}$"):
        read_image(tmp_path / name, small_artefact())


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SpikeplaneError, match=r"a.png: no such file$"):
        read_image(tmp_path / "a.png", small_artefact())


def test_transparency_is_refused(tmp_path):
    pixels = np.full((8, 8, 4), 255, np.uint8)
    pixels[3, 3, 3] = 100
    path = save_picture(tmp_path / "a.png", pixels)
    with pytest.raises(SpikeplaneError, match=r"a.png: is partly transparent: save it without"):
        read_image(path, small_artefact())
