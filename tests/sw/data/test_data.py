"""Splits are disjoint, stratified and fixed; no torch needed."""
import hashlib
import subprocess
import sys

import numpy as np
import pytest

import sw.data
from sw.contract.errors import SpikeplaneError
from sw.data import SPLITS, Split, load

# The split is part of every published accuracy: it must not move.
TEST_IMAGES = "2bf50f3303c7e4feea0d0b6f4521434f4287720ea455917d435dbd36a53667b3"


def _keys(split):
    return [image.tobytes() for image in split.images]


def test_digits_splits_partition_the_set():
    train, fit, validation, test = (load("digits", name) for name in SPLITS)
    assert (len(train), len(fit), len(validation), len(test)) == (1437, 1257, 180, 360)
    assert sorted(_keys(fit) + _keys(validation)) == sorted(_keys(train))
    assert not set(_keys(test)) & set(_keys(train))
    assert len(set(_keys(train) + _keys(test))) == 1797


@pytest.mark.parametrize("split", SPLITS)
def test_digits_are_stratified_pixels(split):
    part = load("digits", split)
    assert part.images.dtype == np.uint8 and part.images.shape[1:] == (1, 8, 8)
    assert part.images.max() == 16
    counts = np.bincount(part.labels)
    assert len(counts) == len(part.classes) == 10
    assert counts.max() - counts.min() <= 0.06 * counts.sum()


def test_test_split_is_the_published_one():
    assert hashlib.sha256(load("digits", "test").images.tobytes()).hexdigest() == TEST_IMAGES


def test_needs_no_torch():
    code = "import sys, sw.data; sw.data.load('digits', 'test'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("name, split, message", [
    ("cats", "test", "unknown data set 'cats'; choose one of digits, mnist"),
    ("digits", "dev", "unknown split 'dev'; choose one of train, fit, validation, test"),
], ids=["data set", "split"])
def test_unknown_names_are_refused(name, split, message):
    with pytest.raises(SpikeplaneError, match=message):
        load(name, split)


def test_validation_of_a_large_set_is_small(monkeypatch):
    labels = np.arange(60000) % 10
    monkeypatch.setitem(sw.data._IMAGES, "digits", lambda directory, part: Split(
        np.arange(60000), labels, tuple("0123456789")))
    fit, validation = load("digits", "fit"), load("digits", "validation")
    assert (len(fit), len(validation)) == (55000, 5000)
    assert set(np.bincount(validation.labels)) == {500}
    assert sorted([*fit.images, *validation.images]) == list(range(60000))


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(SpikeplaneError, match="pip install scikit-learn"):
        load("digits", "test")
