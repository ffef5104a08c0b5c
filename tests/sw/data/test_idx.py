"""idx files: read as they are, refused in a sentence when they are not."""
import gzip

import numpy as np
import pytest

from sw.contract.errors import SpikeplaneError
from sw.data import load

NAMES = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
         "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 40), ("test", 10)):
        arrays[part] = rng.integers(0, 256, (count, 28, 28)), np.arange(count) % 10
        for name, array in zip(NAMES[part], arrays[part], strict=True):
            (tmp_path / name).write_bytes(idx(array))
    return tmp_path, arrays


@pytest.mark.parametrize("name", ["mnist", "fashion"])
@pytest.mark.parametrize("part", NAMES)
def test_official_parts(folder, name, part):
    path, arrays = folder
    got = load(name, part, path)
    assert np.array_equal(got.images[:, 0], arrays[part][0]) and got.images.dtype == np.uint8
    assert np.array_equal(got.labels, arrays[part][1]) and got.labels.dtype == np.int64
    assert len(got.classes) == 10


def test_gzipped_files_in_the_usual_folder(folder):
    path, arrays = folder
    raw = path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for file in list(path.glob("*ubyte")):
        (raw / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    assert np.array_equal(load("fashion", "test", path).images[:, 0], arrays["test"][0])


def test_missing_data_names_what_is_expected_and_from_where(folder, tmp_path_factory):
    path, _ = folder
    with pytest.raises(SpikeplaneError, match="must be downloaded first: it is train-images-idx3-"
                       r"ubyte, .* of https://github\.com/zalandoresearch.*; name .* --data"):
        load("fashion", "test")
    with pytest.raises(SpikeplaneError, match="data set 'mnist' is not there; it is train-images"):
        load("mnist", "test", tmp_path_factory.mktemp("empty"))
    (path / NAMES["test"][1]).unlink()
    with pytest.raises(SpikeplaneError, match="t10k-labels-idx1-ubyte of data set 'mnist' is miss"):
        load("mnist", "train", path)


@pytest.mark.parametrize("damage, message", [
    (lambda content: content[:-1], "has 7855 bytes, its header says 7856; download it again"),
    (lambda content: content + b"x", "has 7857 bytes, its header says 7856"),
    (lambda content: b"\x00\x00\x0d\x03" + content[4:], "is not an idx file of unsigned bytes"),
    (lambda content: content[:6], "is not an idx file of unsigned bytes"),
    (lambda content: b"", "is not an idx file of unsigned bytes"),
    (lambda content: idx(np.zeros((9, 28, 28))), "9 images of test have 10 labels"),
], ids=["short", "long", "another type", "no header", "empty", "other count"])
def test_damaged_file_is_refused(folder, damage, message):
    path, _ = folder
    file = path / NAMES["test"][0]
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(SpikeplaneError, match=message) as caught:
        load("mnist", "test", path)
    assert "\n" not in str(caught.value)


def test_label_beyond_the_classes_is_refused(folder):
    path, _ = folder
    (path / NAMES["test"][1]).write_bytes(idx(np.full(10, 12)))
    with pytest.raises(SpikeplaneError, match="label 12 is beyond the 10 classes of mnist"):
        load("mnist", "test", path)


def test_damaged_gzip_is_refused(folder):
    path, _ = folder
    file = path / NAMES["test"][0]
    (path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes())[:-20])
    file.unlink()
    with pytest.raises(SpikeplaneError, match=r"ubyte\.gz is damaged .*; download it again"):
        load("mnist", "test", path)
