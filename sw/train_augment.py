"""Augmentation of small images of integer pixels, in plain PyTorch."""
import math

import torch
import torch.nn.functional as F

__all__ = ["augment"]


def _uniform(count, limit, generator):
    return (torch.rand(count, generator=generator) * 2 - 1) * limit


def augment(images: torch.Tensor, levels: int, generator: torch.Generator, *, shift: float,
            rotate: float, scale: float, noise: float) -> torch.Tensor:
    """Move, turn, zoom and disturb each image on its own, then round to pixels again.

    Parameters
    ----------
    images
        (N, C, H, W), integer pixels 0 to ``levels`` in float32.
    shift, rotate, scale
        Largest shift in pixels, rotation in degrees, and relative zoom, each drawn uniformly.
    noise
        Standard deviation of Gaussian noise, as a fraction of ``levels``.

    Returns
    -------
    (N, C, H, W) integer pixels 0 to ``levels`` in float32; what comes from outside is 0.
    """
    n, _, height, width = images.shape
    angle = _uniform(n, math.radians(rotate), generator)
    zoom = 1 + _uniform(n, scale, generator)
    # A displacement of d pixels is 2 * d / side in the coordinates of grid_sample.
    dx = _uniform(n, 2 * shift / width, generator)
    dy = _uniform(n, 2 * shift / height, generator)
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    rows = [torch.stack([cos, -sin, dx], 1), torch.stack([sin, cos, dy], 1)]
    grid = F.affine_grid(torch.stack(rows, 1), images.shape, align_corners=False)
    moved = F.grid_sample(images, grid, align_corners=False)
    disturbed = moved + torch.randn(moved.shape, generator=generator) * (noise * levels)
    return disturbed.round().clamp(0, levels)
