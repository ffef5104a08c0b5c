"""Augmentation of images of integer pixels, in plain PyTorch."""
import math

import torch
import torch.nn.functional as F

from sw.recipe import Recipe

from .train_random_augment import random_augment, warp

__all__ = ["augment", "mix"]


def augment(images: torch.Tensor, levels: int, generator: torch.Generator,
            recipe: Recipe) -> torch.Tensor:
    """Change each image on its own, as a recipe says.

    ``shift``, ``rotate``, ``scale``: largest shift in pixels, rotation in degrees and relative
    zoom, each drawn uniformly. ``crop``: largest shift by whole pixels. ``flip``: left and right
    change places in one image of two. ``random_augment``: operations, magnitude and deviation of
    :func:`sw.train_random_augment.random_augment`; empty for none. ``noise``: standard deviation
    of Gaussian noise, as a fraction of ``levels``. ``erase``: probability that a rectangle is
    filled with one random value per channel. In this order.

    Parameters
    ----------
    images
        (N, C, H, W), integer pixels 0 to ``levels`` in float32.

    Returns
    -------
    (N, C, H, W) integer pixels 0 to ``levels`` in float32; what comes from outside is 0.
    """
    if recipe.shift or recipe.rotate or recipe.scale:
        images = _move(images, generator, recipe)
    if recipe.crop:
        images = _crop(images, recipe.crop, generator)
    if recipe.flip:
        mirrored = torch.rand(len(images), generator=generator) < 0.5
        images = torch.where(mirrored[:, None, None, None], images.flip(-1), images)
    if recipe.random_augment:
        operations, magnitude, deviation = recipe.random_augment
        images = random_augment(images.round().clamp(0, levels), levels, generator,
                                operations=int(operations), magnitude=magnitude,
                                deviation=deviation)
    if recipe.noise:
        images = images + torch.randn(images.shape, generator=generator) * (recipe.noise * levels)
    if recipe.erase:
        images = _erase(images, levels, recipe.erase, generator)
    return images.round().clamp(0, levels)


def _uniform(count, limit, generator):
    return (torch.rand(count, generator=generator) * 2 - 1) * limit


def _move(images, generator, recipe):
    n, _, height, width = images.shape
    angle = _uniform(n, math.radians(recipe.rotate), generator)
    zoom = 1 + _uniform(n, recipe.scale, generator)
    # A displacement of d pixels is 2 * d / side in the coordinates of grid_sample.
    dx = _uniform(n, 2 * recipe.shift / width, generator)
    dy = _uniform(n, 2 * recipe.shift / height, generator)
    cos, sin = angle.cos() * zoom, angle.sin() * zoom
    return warp(images, [(cos, -sin, dx), (sin, cos, dy)])


def _crop(images, limit, generator):
    n, channels, height, width = images.shape
    padded = F.pad(images, (limit,) * 4)
    top, left = torch.randint(0, 2 * limit + 1, (2, n, 1), generator=generator)
    rows = (top + torch.arange(height))[:, None, :, None]
    columns = (left + torch.arange(width))[:, None, None, :]
    return padded[torch.arange(n)[:, None, None, None],
                  torch.arange(channels)[:, None, None], rows, columns]


def _rectangles(n, height, width, area, generator):
    """(N, 1, H, W) true inside a rectangle of this share of the image, the same shape for all
    images; parts beyond the border are cut off."""
    rows = area.sqrt() * height
    columns = area.sqrt() * width
    y, x = (torch.rand(n, generator=generator) * side for side in (height, width))

    def inside(middle, size, side):
        return (torch.arange(side) + 0.5 - middle[:, None]).abs() < size[:, None] / 2

    return (inside(y, rows, height)[:, :, None] & inside(x, columns, width)[:, None, :])[:, None]


def _erase(images, levels, probability, generator):
    n, channels, height, width = images.shape
    chosen = torch.rand(n, generator=generator) < probability
    area = 0.02 + torch.rand(n, generator=generator) * 0.18
    hole = _rectangles(n, height, width, area, generator) & chosen[:, None, None, None]
    value = torch.rand(n, channels, 1, 1, generator=generator) * levels
    return torch.where(hole, value, images)


def mix(images: torch.Tensor, targets: torch.Tensor, generator: torch.Generator,
        recipe: Recipe) -> tuple[torch.Tensor, torch.Tensor]:
    """Mix each batch with itself in another order: mixup, or cutmix, half of the time each.

    ``mixup``, ``cutmix``: parameter of the symmetric beta distribution of the share; 0 for none
    (arXiv 1710.09412, 1905.04899).

    Parameters
    ----------
    images
        (N, C, H, W) float32.
    targets
        (N, classes), the share of each class.

    Returns
    -------
    Both, mixed; pixels are rounded to integers.
    """
    kinds = [kind for kind in ("mixup", "cutmix") if getattr(recipe, kind)]
    if not kinds:
        return images, targets
    kind = kinds[int(torch.randint(0, len(kinds), (), generator=generator))]
    share = _beta(getattr(recipe, kind), generator)
    order = torch.randperm(len(images), generator=generator)
    if kind == "mixup":
        images = (images * share + images[order] * (1 - share)).round()
    else:
        height, width = images.shape[2:]
        box = _rectangles(1, height, width, (1 - share).view(1), generator)
        images = torch.where(box, images[order], images)
        share = 1 - box.float().mean()
    return images, targets * share + targets[order] * (1 - share)


def _beta(parameter, generator):
    """A draw of Beta(a, a): of two gamma variates, by way of sums of exponentials' powers.

    Johnk's method: U^(1/a) / (U^(1/a) + V^(1/a)) where the sum is at most 1.
    """
    while True:
        u, v = torch.rand(2, generator=generator, dtype=torch.float64) ** (1 / parameter)
        if 0 < u + v <= 1:
            return (u / (u + v)).float()
