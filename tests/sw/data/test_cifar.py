"""CIFAR: both layouts give the same images, and a pickle is not trusted."""
import pickle

import numpy as np
import pytest

from sw.contract.errors import SpikeplaneError
from sw.data import load

BATCHES = {"cifar10": [f"data_batch_{k}" for k in range(1, 6)] + ["test_batch"],
           "cifar100": ["train", "test"]}


def content(name):
    rng = np.random.default_rng(len(name))
    return {batch: (rng.integers(0, 256, (20, 3072), np.uint8), np.arange(20) % 10)
            for batch in BATCHES[name]}


def write_binary(path, name):
    for batch, (pixels, labels) in content(name).items():
        coarse = [np.full((20, 1), 19)] if name == "cifar100" else []
        rows = np.concatenate([*coarse, labels[:, None], pixels], 1).astype(np.uint8)
        (path / f"{batch}.bin").write_bytes(rows.tobytes())


def write_python(path, name, protocol=2):
    key = b"labels" if name == "cifar10" else b"fine_labels"
    for batch, (pixels, labels) in content(name).items():
        (path / batch).write_bytes(pickle.dumps({b"data": pixels, key: labels.tolist()},
                                                protocol))


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("write", [write_binary, write_python])
def test_both_layouts(tmp_path, name, write):
    write(tmp_path, name)
    batches = list(content(name).values())
    for part, expected in (("train", batches[:-1]), ("test", batches[-1:])):
        got = load(name, part, tmp_path)
        pixels, labels = (np.concatenate(arrays) for arrays in zip(*expected, strict=True))
        assert np.array_equal(got.images, pixels.reshape(-1, 3, 32, 32))
        assert np.array_equal(got.labels, labels) and len(got.classes) in (10, 100)


@pytest.mark.parametrize("place, write", [("cifar-10-batches-bin", write_binary),
                                          ("cifar-10-batches-py", write_python)])
def test_folders_as_they_are_unpacked(tmp_path, place, write):
    (tmp_path / place).mkdir()
    write(tmp_path / place, "cifar10")
    assert len(load("cifar10", "test", tmp_path)) == 20


class Evil:
    def __reduce__(self):
        return (print, ("run by a data file",))


def test_pickle_that_names_a_function_is_refused(tmp_path, capsys):
    write_python(tmp_path, "cifar10")
    (tmp_path / "test_batch").write_bytes(pickle.dumps({b"data": Evil(), b"labels": [1]}))
    with pytest.raises(SpikeplaneError, match=r"asks for builtins\.print, which no CIFAR file n"):
        load("cifar10", "test", tmp_path)
    assert not capsys.readouterr().out


@pytest.mark.parametrize("damaged, message", [
    (b"", r"test_batch is damaged \(EOFError\); download it again"),
    (pickle.dumps([1, 2]), r"test_batch is damaged \(TypeError\)"),
    (pickle.dumps({b"data": np.zeros((2, 3072), np.uint8), b"labels": [1]}), "is no batch of 3072"),
    (pickle.dumps({b"data": np.zeros((1, 3072)), b"labels": [1]}), "is no batch of 3072"),
    (pickle.dumps({b"data": np.zeros((1, 3072), np.uint8), b"labels": [77]}), "label 77 is beyond"),
], ids=["empty", "list", "counts", "floats", "label"])
def test_damaged_python_file(tmp_path, damaged, message):
    write_python(tmp_path, "cifar10")
    (tmp_path / "test_batch").write_bytes(damaged)
    with pytest.raises(SpikeplaneError, match=message):
        load("cifar10", "test", tmp_path)


def test_damaged_and_missing_binary_files(tmp_path):
    with pytest.raises(SpikeplaneError, match="'cifar100' must be downloaded first: it is train"):
        load("cifar100", "test")
    with pytest.raises(SpikeplaneError, match="data set 'cifar10' is not there; it is data_batch"):
        load("cifar10", "test", tmp_path)
    write_binary(tmp_path, "cifar10")
    path = tmp_path / "test_batch.bin"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SpikeplaneError, match="has 61459 bytes, not a number of images of 3073"):
        load("cifar10", "test", tmp_path)
