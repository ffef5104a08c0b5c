"""The figure shows the images, what is left of them, and predictions where they were masked."""
import dataclasses

import numpy as np
import pytest
import torch

from sw.contract.config import ModelConfig
from sw.pretrain import MaskedAutoencoder
from sw.recipe import PretrainRecipe

pytest.importorskip("matplotlib")
figure = pytest.importorskip("sw.pretrain_figure")

TINY = ModelConfig(image=(1, 8, 8), image_bits=5, dim=16, heads=2, steps=2, expansion=1,
                   mlp_ratio=1)
RECIPE = PretrainRecipe(dataset="digits", epochs=1, ratio=0.5, width=8, depth=1, heads=2)


@pytest.mark.parametrize("change", [{}, {"image": (3, 8, 8)},
                                    {"image": (2, 9, 9), "image_bits": 3, "frames": True}],
                         ids=["grey", "colours", "frames"])
def test_three_forms_of_each_image(change):
    config = dataclasses.replace(TINY, **change)
    torch.manual_seed(0)
    model = MaskedAutoencoder(config, RECIPE, [2.5] * config.image[0], [1.0] * config.image[0])
    source = model.graph[0]
    images = np.random.default_rng(0).integers(0, source.levels + 1, (4, *source.input_shape))
    images = images.astype(np.uint8)
    flat, hidden, predicted = figure.reconstruct(model, images)
    np.testing.assert_array_equal(flat, images.reshape(4, -1, *config.image[1:]))
    masked = (hidden == 2.5).all(1)
    assert masked[:, :8, :8].mean() == 0.5
    for n in range(4):
        np.testing.assert_array_equal(flat[n][:, ~masked[n]], hidden[n][:, ~masked[n]])
        np.testing.assert_allclose(flat[n][:, ~masked[n]], predicted[n][:, ~masked[n]])
        assert (flat[n][:, masked[n]] != predicted[n][:, masked[n]]).any()
    png = figure.draw_reconstruction(model, images, "test")
    assert png[:4] == b"\x89PNG" and png == figure.draw_reconstruction(model, images, "test")
