"""RandAugment (arXiv 1909.13719) of images of integer pixels, in plain PyTorch.

Operations and ranges are those of the published recipe, timm's ``increasing`` ones: a strength of 1
rotates by 30 degrees, shears by 0.3, moves by 0.45 of a side, and changes colour, contrast,
brightness and sharpness by a factor of 0.1 or 1.9.
"""
import math

import torch
import torch.nn.functional as F

__all__ = ["OPERATIONS", "random_augment", "warp"]

_STRONGEST = 10
"""Magnitude that is a strength of 1."""
_LUMA = (0.299, 0.587, 0.114)


def random_augment(images: torch.Tensor, levels: int, generator: torch.Generator, *,
                   operations: int, magnitude: float, deviation: float) -> torch.Tensor:
    """Change each image by so many operations, each drawn from all and applied half of the time.

    Parameters
    ----------
    images
        (N, C, H, W), integer pixels 0 to ``levels`` in float32.
    magnitude, deviation
        Of the normal distribution from which each magnitude is drawn, and then held within 0 to
        10; operations with a direction take either one.

    Returns
    -------
    (N, C, H, W) integer pixels 0 to ``levels`` in float32; what comes from outside is 0.
    """
    count = len(images)
    for _ in range(operations):
        choice = torch.randint(0, 2 * len(OPERATIONS), (count,), generator=generator)
        drawn = magnitude + deviation * torch.randn(count, generator=generator)
        sign = torch.randint(0, 2, (count,), generator=generator) * 2 - 1
        strength = drawn.clamp(0, _STRONGEST) / _STRONGEST * sign
        changed = images.clone()
        for index, operation in enumerate(OPERATIONS):
            where = (choice == index).nonzero().flatten()
            if len(where):
                changed[where] = operation(images[where], strength[where], levels)
        images = changed.round().clamp(0, levels)
    return images


def warp(images, rows):
    """Each image seen through an affine map, with zeros from outside: ``rows`` are two rows of
    three numbers or tensors (N,), in coordinates from -1 to 1."""
    zero = images.new_zeros(len(images))
    matrix = torch.stack([torch.stack([zero + value for value in row], 1) for row in rows], 1)
    grid = F.affine_grid(matrix, images.shape, align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def rotate(images, strength, levels):
    angle = strength * math.radians(30)
    return warp(images, [(angle.cos(), -angle.sin(), 0), (angle.sin(), angle.cos(), 0)])


def shear_x(images, strength, levels):
    return warp(images, [(1, 0.3 * strength, 0), (0, 1, 0)])


def shear_y(images, strength, levels):
    return warp(images, [(1, 0, 0), (0.3 * strength, 1, 0)])


def move_x(images, strength, levels):
    return warp(images, [(1, 0, 0.9 * strength), (0, 1, 0)])


def move_y(images, strength, levels):
    return warp(images, [(1, 0, 0), (0, 1, 0.9 * strength)])


def _blend(dull, images, strength):
    factor = (1 + 0.9 * strength).view(-1, 1, 1, 1)
    return dull + (images - dull) * factor


def _gray(images):
    """(N, 1, H, W): luma of three channels, the mean of another number of them."""
    if images.shape[1] == len(_LUMA):
        return (images * images.new_tensor(_LUMA).view(-1, 1, 1)).sum(1, keepdim=True)
    return images.mean(1, keepdim=True)


def colour(images, strength, levels):
    return _blend(_gray(images), images, strength)


def contrast(images, strength, levels):
    return _blend(_gray(images).mean((2, 3), keepdim=True), images, strength)


def brightness(images, strength, levels):
    return _blend(torch.zeros_like(images), images, strength)


def sharpness(images, strength, levels):
    """Blend with a blur of 3x3 pixels; the border stays."""
    channels = images.shape[1]
    kernel = images.new_ones(channels, 1, 3, 3) / 13
    kernel[:, :, 1, 1] *= 5
    blurred = images.clone()
    blurred[:, :, 1:-1, 1:-1] = F.conv2d(images, kernel, groups=channels)
    return _blend(blurred, images, strength)


def stretch(images, strength, levels):
    """Automatic contrast: the darkest pixel of each channel becomes 0, the brightest ``levels``."""
    low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
    return torch.where(high > low, (images - low) * (levels / (high - low).clamp(min=1)), images)


def equalize(images, strength, levels):
    """Each value of a channel becomes its rank: the histogram is as flat as it gets."""
    n, channels, height, width = images.shape
    index = images.long().reshape(n * channels, -1)
    histogram = torch.zeros(n * channels, levels + 1, dtype=torch.long)
    histogram.scatter_add_(1, index, torch.ones_like(index))
    brightest = index.amax(1, keepdim=True)
    step = (height * width - histogram.gather(1, brightest)) // levels
    below = histogram.cumsum(1) - histogram
    ranks = (below + step // 2) // step.clamp(min=1)
    equal = ranks.clamp(max=levels).gather(1, index)
    return torch.where(step > 0, equal, index).reshape(images.shape).to(images.dtype)


def invert(images, strength, levels):
    return levels - images


def posterize(images, strength, levels):
    """Keep as many of the top bits as a strength of 0 to 1 leaves of 4, but one at least."""
    bits = (4 - (strength.abs() * 4).floor()).clamp(min=1)
    step = ((levels + 1) / 2 ** bits).view(-1, 1, 1, 1)
    return (images / step).floor() * step


def solarize(images, strength, levels):
    """Invert what is bright, the more of it the stronger."""
    threshold = ((1 - strength.abs()) * (levels + 1)).view(-1, 1, 1, 1)
    return torch.where(images >= threshold, levels - images, images)


def lighten(images, strength, levels):
    """Add to the darker half, at most 110 of 255."""
    added = (strength.abs() * levels * 110 / 255).view(-1, 1, 1, 1)
    return torch.where(images < (levels + 1) / 2, images + added, images)


OPERATIONS = (rotate, shear_x, shear_y, move_x, move_y, colour, contrast, brightness, sharpness,
              stretch, equalize, invert, posterize, solarize, lighten)
"""Each takes images (N, C, H, W), strengths (N,) from -1 to 1, and ``levels``; some ignore the
sign, some the strength. Results may leave 0 to ``levels`` or be fractions."""
