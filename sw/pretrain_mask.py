"""Patches of images: which are masked, and what is to be reconstructed of them."""
import torch

__all__ = ["draw_masks", "hide", "normalised", "patches", "unpatch"]

_EPSILON = 1e-6
"""Added to the variance of a patch, of pixels from 0 to 1, as by masked autoencoders."""


def patches(images: torch.Tensor, side: int) -> torch.Tensor:
    """Squares of ``side`` pixels, row by row: (N, C, H, W) -> (N, P, C * side * side).

    Rows and columns beyond the last whole square are left out.
    """
    cut = images.unfold(2, side, side).unfold(3, side, side)
    return cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


def unpatch(values: torch.Tensor, like: torch.Tensor, side: int) -> torch.Tensor:
    """Put the patches (N, P, C * side * side) back into a copy of images ``like``
    (N, C, H, W)."""
    n, channels, height, width = like.shape
    rows, columns = height // side, width // side
    whole = values.reshape(n, rows, columns, channels, side, side).permute(0, 3, 1, 4, 2, 5)
    images = like.clone()
    images[:, :, :rows * side, :columns * side] = whole.reshape(n, channels, rows * side, -1)
    return images


def draw_masks(count: int, total: int, ratio: float, generator: torch.Generator) -> torch.Tensor:
    """(count, total) booleans, true for masked patches: of each image the same number, the nearest
    to ``ratio``, but one at least, and one is left."""
    masked = min(max(round(ratio * total), 1), total - 1)
    order = torch.rand(count, total, generator=generator).argsort(dim=1, stable=True)
    return order.argsort(dim=1, stable=True) < masked


def hide(images: torch.Tensor, masks: torch.Tensor, side: int, mean: torch.Tensor) -> torch.Tensor:
    """Images (N, C, H, W) whose masked patches are the mean pixel (C, 1, 1)."""
    cut = patches(images, side)
    fill = patches(mean.expand(images.shape[1:])[None].to(images.dtype), side)
    return unpatch(torch.where(masks[..., None], fill, cut), images, side)


def normalised(cut: torch.Tensor, levels: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Patches (N, P, pixels) of pixels 0 to ``levels`` with mean 0 and variance 1 each; and the
    mean and standard deviation (N, P, 1) with which they are pixels again.

    A patch of equal pixels becomes zeros.
    """
    mean = cut.mean(2, keepdim=True)
    std = (cut.var(2, keepdim=True, unbiased=False) + _EPSILON * levels ** 2).sqrt()
    return (cut - mean) / std, mean, std
