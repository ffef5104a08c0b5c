"""Crops of photographs: the right size and range, alike every time, and all different."""
import hashlib

import numpy as np
import pytest

from sw.contract.config import ModelConfig
from sw.contract.graph import build_graph
from sw.data.photographs import photographs


def source(image, bits=8, **fields):
    return build_graph(ModelConfig(image=image, image_bits=bits, **fields))[0]


@pytest.mark.parametrize("image, bits", [((1, 28, 28), 8), ((3, 32, 32), 8), ((2, 34, 34), 4)])
def test_size_and_range(image, bits):
    images, top = photographs(6, source(image, bits)), (1 << bits) - 1
    assert images.shape == (6, *image) and images.dtype == np.uint8
    assert top * 0.7 < images.max() <= top and images.min() < top * 0.2
    assert len(np.unique(images.reshape(6, -1), axis=0)) == 6


def test_more_begin_like_fewer():
    grey = source((1, 28, 28))
    assert np.array_equal(photographs(9, grey)[:4], photographs(4, grey))


def test_crop_is_the_mean_of_the_photograph():
    from sklearn.datasets import load_sample_images
    photo = load_sample_images().images[0]
    image = photographs(1, source((3, 32, 32)))[0]
    block = photo[4:8, 8:12].astype(int)
    assert image[:, 1, 2].tolist() == (block.sum((0, 1)) // 16).tolist()


def test_frames_are_sparse_events_of_both_polarities():
    frames = photographs(4, source((2, 34, 34), 3, frames=True, steps=5))
    assert frames.shape == (4, 5, 2, 34, 34) and frames.max() <= 7
    for polarity in range(2):
        assert 0.02 < (frames[:, :, polarity] > 0).mean() < 0.4
    assert not (frames[:, :, 0].astype(bool) & frames[:, :, 1].astype(bool)).any()


@pytest.mark.parametrize("image, fields, digest", [
    ((3, 32, 32), {}, "91d353cb4031521c"), ((2, 34, 34), {"frames": True}, "69190b98d4897ebb")])
def test_they_never_change(image, fields, digest):
    """Artefacts hold answers to them."""
    images = photographs(4, source(image, **fields))
    assert hashlib.sha256(images.tobytes()).hexdigest()[:16] == digest
