"""The training loop of float and quantized networks, resumable and repeatable from its seed."""
import dataclasses
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from sw import data
from sw.contract.errors import SpikeplaneError

from .train_augment import augment
from .train_checkpoint import make_directory, read, write

__all__ = ["RECIPES", "Recipe", "accuracy", "fit", "pixel_statistics", "recipe_for"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained; recorded in its checkpoint and in its artefact.

    Parameters
    ----------
    dataset
        A key of :data:`sw.data.DATASETS`.
    epochs, batch, seed
        Length, images per step, and the seed of weights, order and augmentation.
    rate, weight_decay, warmup
        Peak of the cosine learning rate, decay of weights (AdamW), epochs of linear warm-up.
    smoothing
        Label smoothing.
    frozen
        Last epochs with frozen batch statistics, so that a quantized network settles on the very
        thresholds that are exported.
    shift, rotate, scale, noise
        Of :func:`sw.train_augment.augment`.
    """
    dataset: str
    epochs: int
    batch: int = 64
    seed: int = 0
    rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: int = 5
    smoothing: float = 0.1
    frozen: int = 0
    shift: float = 0.7
    rotate: float = 10.0
    scale: float = 0.1
    noise: float = 0.05

    def __post_init__(self):
        if self.epochs < 1:
            raise SpikeplaneError(f"recipe: epochs must be at least 1, not {self.epochs}")
        if not 0 <= self.seed < 1 << 63:
            raise SpikeplaneError(f"recipe: seed must be 0 to 2**63 - 1, not {self.seed}")


_DIGITS = {
    "float": Recipe(dataset="digits", epochs=60),
    "quantized": Recipe(dataset="digits", epochs=40, rate=1e-3, frozen=10),
}

# One per model preset: float training, then quantization-aware training that starts from it.
RECIPES = {"digits": _DIGITS, "digits-mini": _DIGITS}


def pixel_statistics(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean and standard deviation per channel of raw pixels (N, C, H, W)."""
    pixels = images.astype(np.float64)
    return pixels.mean((0, 2, 3)).tolist(), pixels.std((0, 2, 3)).tolist()


@torch.no_grad()
def accuracy(model, split: data.Split, batch: int = 256) -> float:
    """Fraction of a split that the network classifies correctly."""
    model.eval()
    right = 0
    for start in range(0, len(split), batch):
        images = torch.from_numpy(split.images[start:start + batch])
        guess = model(images).argmax(1).numpy()
        right += int((guess == split.labels[start:start + batch]).sum())
    return right / len(split)


def _optimizer(model, recipe):
    """AdamW that decays weights of convolutions and linear layers alone."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": recipe.weight_decay},
                              {"params": others, "weight_decay": 0.0}], lr=recipe.rate)


def _rate(recipe, epoch: float) -> float:
    """Learning rate at a fractional epoch: linear warm-up, then a cosine to 1 % of the peak."""
    if epoch < recipe.warmup:
        return recipe.rate * (epoch + 0.05) / (recipe.warmup + 0.05)
    progress = (epoch - recipe.warmup) / max(1, recipe.epochs - recipe.warmup)
    return recipe.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * progress)) / 2)


def _freeze_statistics(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()


def _epoch(model, optimizer, recipe, split, epoch, generator) -> float:
    """One pass over the training images in random order; returns the mean loss."""
    model.train()
    if epoch >= recipe.epochs - recipe.frozen:
        _freeze_statistics(model)
    levels = model.graph[0].levels
    order = torch.randperm(len(split), generator=generator)
    batches = order.split(recipe.batch)
    total = 0.0
    for i, chosen in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = _rate(recipe, epoch + i / len(batches))
        images = torch.from_numpy(split.images[chosen.numpy()]).float()
        images = augment(images, levels, generator, shift=recipe.shift, rotate=recipe.rotate,
                         scale=recipe.scale, noise=recipe.noise)
        labels = torch.from_numpy(split.labels[chosen.numpy()])
        loss = F.cross_entropy(model(images), labels, label_smoothing=recipe.smoothing)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * len(chosen)
    return total / len(split)


def recipe_for(preset: str, kind: str, **changes) -> Recipe:
    """The recipe of a model preset for ``kind`` ``"float"`` or ``"quantized"``, with changes."""
    if preset not in RECIPES:
        raise SpikeplaneError(f"preset {preset!r} has no training recipe; "
                              f"those with one: {', '.join(RECIPES)}")
    given = {name: value for name, value in changes.items() if value is not None}
    return dataclasses.replace(RECIPES[preset][kind], **given)


def fit(model, recipe: Recipe, directory: Path, header: dict, report=print) -> dict:
    """Train a network in place and leave it with the weights of the epoch it kept.

    The kept epoch is the one with the best accuracy on the validation split, the later one on a
    tie; the test split takes no part, and is looked at once, at the end. Training writes
    ``checkpoint.pt`` after each epoch and goes on from it when it is there; the end result, the
    same as without the interruption, is ``model.pt``.

    Parameters
    ----------
    header
        What identifies the network (kind, preset, configuration, ...), kept in both files.

    Returns
    -------
    The contents of ``model.pt``.
    """
    make_directory(directory)
    fit_split = data.load(recipe.dataset, "fit")
    validation = data.load(recipe.dataset, "validation")
    header = header | {"recipe": dataclasses.asdict(recipe)}
    optimizer = _optimizer(model, recipe)
    generator = torch.Generator().manual_seed(recipe.seed)
    state = {"epoch": 0, "seconds": 0.0, "kept": {"epoch": 0, "validation": -1.0, "model": {}}}
    resume = directory / "checkpoint.pt"
    if resume.exists():
        state = read(resume, header)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        generator.set_state(state["generator"])
        report(f"going on after epoch {state['epoch']} of {resume}")
    for epoch in range(state["epoch"], recipe.epochs):
        start = time.monotonic()
        loss = _epoch(model, optimizer, recipe, fit_split, epoch, generator)
        score = accuracy(model, validation)
        if score >= state["kept"]["validation"]:
            weights = {k: v.clone() for k, v in model.state_dict().items()}
            state["kept"] = {"epoch": epoch + 1, "validation": score, "model": weights}
        state |= {"epoch": epoch + 1, "seconds": state["seconds"] + time.monotonic() - start}
        left = state["seconds"] / state["epoch"] * (recipe.epochs - state["epoch"])
        report(f"epoch {epoch + 1:3}/{recipe.epochs}  loss {loss:.4f}  validation {score:.2%}  "
               f"kept {state['kept']['validation']:.2%}  {left:4.0f} s left")
        write(resume, header, state | {"model": model.state_dict(), "generator":
                                       generator.get_state(), "optimizer": optimizer.state_dict()})
    model.load_state_dict(state["kept"]["model"])
    test = accuracy(model, data.load(recipe.dataset, "test"))
    report(f"kept epoch {state['kept']['epoch']}: validation {state['kept']['validation']:.2%}, "
           f"test {test:.2%}")
    result = state["kept"] | {"seconds": state["seconds"], "test": test}
    write(directory / "model.pt", header, result)
    return header | result
