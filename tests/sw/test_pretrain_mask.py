"""Patches and masks, against loops and known answers."""
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sw.pretrain_mask import draw_masks, hide, normalised, patches, unpatch


@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 4), st.integers(0, 3),
       st.integers(0, 3))
def test_patches_are_squares_row_by_row_and_go_back(channels, rows, side, more, extra):
    height, width = rows * side + extra % side, (rows + more) * side
    images = torch.arange(2 * channels * height * width).reshape(2, channels, height, width)
    cut = patches(images, side)
    assert cut.shape == (2, rows * (rows + more), channels * side * side)
    for k in range(cut.shape[1]):
        top, left = k // (rows + more) * side, k % (rows + more) * side
        square = images[:, :, top:top + side, left:left + side]
        assert torch.equal(cut[:, k], square.reshape(2, -1))
    assert torch.equal(unpatch(cut, images, side), images)
    assert torch.equal(unpatch(cut + 1, images, side)[:, :, :rows * side],
                       images[:, :, :rows * side] + 1)


@given(st.integers(2, 70), st.floats(0.01, 0.99), st.integers(0, 1000))
def test_masks_have_the_nearest_number_of_patches(total, ratio, seed):
    masks = draw_masks(5, total, ratio, torch.Generator().manual_seed(seed))
    counts = set(masks.sum(1).tolist())
    assert masks.dtype == torch.bool and len(counts) == 1
    count = counts.pop()
    assert 1 <= count < total
    assert abs(count - ratio * total) <= max(0.5 + 1e-9, 1 - ratio * total,
                                             ratio * total - (total - 1))


def test_every_patch_is_masked_equally_often():
    masks = draw_masks(20000, 16, 0.25, torch.Generator().manual_seed(1))
    # Ten standard deviations of a mean of 20,000 draws are 0.03.
    assert (masks.float().mean(0) - 0.25).abs().max() < 0.03


def test_hidden_patches_are_the_mean_pixel_and_the_others_untouched():
    images = torch.arange(2 * 2 * 4 * 6.0).reshape(2, 2, 4, 6)
    masks = torch.tensor([[1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1]], dtype=torch.bool)
    mean = torch.tensor([0.5, -7.0]).view(2, 1, 1)
    hidden = hide(images, masks, 2, mean)
    wanted = images.clone()
    wanted[0, :, :2, :2] = mean
    wanted[1, :, 2:, 2:] = mean
    assert torch.equal(hidden, wanted)


def test_normalised_patches():
    cut = torch.tensor([[[2.0, 4.0, 6.0, 4.0], [9.0] * 4]])
    values, mean, std = normalised(cut, 15)
    torch.testing.assert_close(values[0, 0], torch.tensor([-1.0, 0, 1, 0]) * 2 ** 0.5,
                               atol=1e-3, rtol=0)
    assert values[0, 1].tolist() == [0, 0, 0, 0]
    torch.testing.assert_close(values * std + mean, cut)


@pytest.mark.parametrize("seed", [0, 1])
def test_masks_follow_from_the_seed(seed):
    one, same = (draw_masks(8, 16, 0.5, torch.Generator().manual_seed(seed)) for _ in range(2))
    other = draw_masks(8, 16, 0.5, torch.Generator().manual_seed(seed + 1))
    assert torch.equal(one, same) and not torch.equal(one, other)
