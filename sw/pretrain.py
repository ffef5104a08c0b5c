"""Masked self-supervised pre-training: a spiking encoder learns to fill in what it does not see.

As in Spikformer V2 (arXiv 2401.02020) after masked autoencoders (arXiv 2111.06377): patches of the
image are hidden, the spiking network reads what is left, a light decoder without spikes predicts
the hidden patches, and the decoder is thrown away.
"""
import torch
from torch import nn

from sw import data
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Conv, Head, Pool

from .model import Spikformer
from .pretrain_mask import draw_masks, hide, normalised, patches
from .recipe import PretrainRecipe

__all__ = ["Decoder", "MaskedAutoencoder", "Reconstruction", "patch_side"]

_BATCH = 256


def _positions(height: int, width: int, channels: int) -> torch.Tensor:
    """Sines and cosines of row and column, (height * width, channels): one quarter each, of
    frequencies from 1 down to 1/10000 (arXiv 1706.03762)."""
    quarter = channels // 4
    frequencies = 10000.0 ** (-torch.arange(quarter) / quarter)
    rows = torch.arange(height).repeat_interleave(width)[:, None] * frequencies
    columns = torch.arange(width).repeat(height)[:, None] * frequencies
    return torch.cat([rows.sin(), rows.cos(), columns.sin(), columns.cos()], 1)


class Decoder(nn.Module):
    """Transformer in the place of the head: (N, T, C, h, w) -> pixels (N, channels, h * s, w * s).

    It reads the mean over the steps, and predicts for each token the ``s`` x ``s`` pixels of it.
    ``channels`` are those of all frames.
    """

    def __init__(self, node: Head, channels: int, stride: int, recipe: PretrainRecipe):
        super().__init__()
        inputs, height, width = node.in_shape
        self.enter = nn.Linear(inputs, recipe.width)
        self.register_buffer("positions", _positions(height, width, recipe.width),
                             persistent=False)
        layer = nn.TransformerEncoderLayer(
            recipe.width, recipe.heads, 4 * recipe.width, dropout=0.0, activation="gelu",
            batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, recipe.depth, nn.LayerNorm(recipe.width),
                                            enable_nested_tensor=False)
        self.leave = nn.Linear(recipe.width, channels * stride ** 2)
        self.pixels = nn.PixelShuffle(stride)
        self.grid = height, width

    def forward(self, x):
        tokens = x.mean(1).flatten(2).transpose(1, 2)
        tokens = self.blocks(self.enter(tokens) + self.positions)
        pixels = self.pixels(self.leave(tokens).transpose(1, 2).unflatten(2, self.grid))
        return pixels, pixels


class MaskedAutoencoder(Spikformer):
    """The network of a configuration with a decoder for a head: masked images to pixels.

    Raises
    ------
    SpikeplaneError
        Tokens do not tile the image, or patches do not fit.
    """

    def __init__(self, config: ModelConfig, recipe: PretrainRecipe, mean=None, std=None):
        self.recipe = recipe
        super().__init__(config, mean, std)
        self.patch = patch_side(self.graph, recipe.patch)

    def make_head(self, node):
        source = self.graph[0]
        return Decoder(node, source.frames * source.shape[0], _token_side(self.graph), self.recipe)


def _token_side(graph) -> int:
    """Pixels between one token and the next: the product of the strides."""
    side = 1
    for node in graph:
        match node:
            case Conv():
                side *= node.stride
            case Pool():
                side *= 2
    return side


def patch_side(graph, wanted: int) -> int:
    """Side of a patch: the wanted one, or that of a token if that is 0.

    Raises
    ------
    SpikeplaneError
        Tokens reach beyond the image, patches do not tile the tokens, or there is one patch alone.
    """
    token, grid = _token_side(graph), graph[-1].in_shape[1:]
    image = graph[0].shape[1:]
    size = "x".join(map(str, image))
    if any(token * count > pixels for count, pixels in zip(grid, image, strict=True)):
        raise SpikeplaneError(
            f"pre-training: {grid[0]}x{grid[1]} tokens of {token} pixels reach beyond an image of "
            f"{size}; choose a network whose image has sides that are multiples of {token}")
    side = wanted or token
    if any(token * count % side for count in grid):
        raise SpikeplaneError(
            f"pre-training: patch must be a divisor of {token * grid[0]} and {token * grid[1]}, "
            f"the pixels that have tokens, not {side}")
    if side == token * grid[0] == token * grid[1]:
        raise SpikeplaneError(f"pre-training: a patch of {side} pixels is the whole image; choose "
                              "a smaller patch")
    return side


class Reconstruction:
    """Masked images to the normalised pixels of their masked patches."""

    def __init__(self, model: MaskedAutoencoder, recipe: PretrainRecipe):
        source = model.graph[0]
        self.levels, self.side, self.ratio = source.levels, model.patch, recipe.ratio
        self.mean = model.mean.cpu().repeat(source.frames, 1, 1)
        token, (height, width) = _token_side(model.graph), model.graph[-1].in_shape[1:]
        self.area = token * height, token * width

    def visible(self, images):
        """The part of images (N, C, H, W) that has tokens."""
        return images[:, :, :self.area[0], :self.area[1]]

    def prepare(self, images, labels, generator):
        """Images with masked patches hidden, and what is wanted: normalised patches (N, P, pixels)
        and masks (N, P). Labels take no part."""
        cut = patches(self.visible(images), self.side)
        masks = draw_masks(len(images), cut.shape[1], self.ratio, generator)
        hidden = images.clone()
        self.visible(hidden)[:] = hide(self.visible(images), masks, self.side, self.mean)
        return hidden, (normalised(cut, self.levels)[0], masks)

    def loss(self, pixels, wanted, masks):
        """Mean squared error over masked patches of each image, (N,)."""
        errors = (patches(pixels, self.side) - wanted).square().mean(2)
        return (errors * masks).sum(1) / masks.sum(1)

    @torch.no_grad()
    def score(self, model: MaskedAutoencoder, split: data.Split) -> float:
        """Share of the variance of masked patches that is predicted, under masks that are always
        the same: 1 is perfect, 0 is a prediction of zeros."""
        model.eval()
        generator = torch.Generator().manual_seed(0)
        error = total = 0.0
        for start in range(0, len(split), _BATCH):
            images = torch.from_numpy(split.images[start:start + _BATCH]).float()
            hidden, (wanted, masks) = self.prepare(images.flatten(1, -3), None, generator)
            pixels = model(hidden.reshape(images.shape).to(model.mean.device)).float().cpu()
            error += float(self.loss(pixels, wanted, masks).double().sum())
            total += float(self.loss(torch.zeros_like(pixels), wanted, masks).double().sum())
        return 1 - error / total if total else 0.0
