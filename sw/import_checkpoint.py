"""Published Spikformer V1 checkpoints, read into the float network of a configuration.

The three official layouts (ImageNet, CIFAR, event cameras) name the same layers; they differ in
``_conv`` or ``_linear`` and in trailing dimensions of size 1, because a linear layer over tokens is
a 1x1 convolution of one or two dimensions. A checkpoint says neither how many heads the network has
nor how pixels were normalised: the user does.
"""
import argparse
import dataclasses
import math
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch

from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Conv

from .model import Spikformer

__all__ = ["import_checkpoint", "read_tensors"]

_CONTAINERS = ("state_dict", "model")
"""Entry that holds the weights: of timm's checkpoints, and of MAE's."""

_DEAD = re.compile(r"pos_embed|norm\.\w+|block\.\d+\.norm[12]\.\w+")
"""Layer norms and position embeddings: published models carry them and never compute with them."""

_STEM = {f"stem.conv{i}": (f"proj_conv{i or ''}", f"proj_bn{i or ''}") for i in range(4)}
_STEM["stem.position"] = ("rpe_conv", "rpe_bn")
_LISTED = 4


def import_checkpoint(path: Path, config: ModelConfig, *, mean: list[float], std: list[float],
                      entry: str | None = None) -> tuple[Spikformer, list[str]]:
    """The float network of a published checkpoint, and the keys that it does not use.

    A bias ``b`` before batch norm moves its mean: ``bn(W x + b)`` with mean m is ``bn(W x)`` with
    mean ``m - b``.

    Parameters
    ----------
    path
        As :func:`read_tensors` takes it.
    config
        The network, with stem ``"sps"``. Its ``pad_value`` becomes the pixel nearest to ``mean``:
        published models pad after normalisation, with zeros.
    mean, std
        Per image channel, in raw pixels.

    Raises
    ------
    SpikeplaneError
        As :func:`read_tensors`; the configuration is not of Spikformer V1; keys are missing,
        unknown, or of another shape than the configuration gives; a weight is not finite.
    """
    channels = config.image[0]
    if config.stem != "sps":
        raise SpikeplaneError(f"a network with stem {config.stem!r} cannot be imported: published "
                              "checkpoints are of Spikformer V1; choose a preset with stem 'sps'")
    if not (len(mean) == len(std) == channels and all(map(math.isfinite, mean))
            and all(0 < value < math.inf for value in std)):
        raise SpikeplaneError(f"mean and std must be {channels} numbers each, one per image "
                              "channel, finite, and std above 0")
    levels = (1 << config.image_bits) - 1
    pad_value = tuple(min(max(round(value), 0), levels) for value in mean)
    model = Spikformer(dataclasses.replace(config, pad_value=pad_value), mean, std)
    found = {key.removeprefix("module."): value for key, value in read_tensors(path, entry).items()}
    dead = sorted(key for key in found if _DEAD.fullmatch(key))
    _load(model, {key: value for key, value in found.items() if key not in dead}, path)
    return model.eval(), dead


def read_tensors(path: Path, entry: str | None = None) -> Mapping:
    """The weights in a file of ``torch.save``, by key; nothing in it is executed.

    Parameters
    ----------
    entry
        Entry of the file that holds them, e.g. ``"state_dict_ema"``; by default ``"state_dict"``,
        ``"model"``, or the whole file.

    Raises
    ------
    SpikeplaneError
        The file is missing or damaged, holds objects other than tensors and plain values, or has
        no such entry.
    """
    if not path.is_file():
        raise SpikeplaneError(f"no checkpoint at {path}")
    try:
        # Trainings keep their options beside the weights: names and values, nothing that acts.
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError) as error:
        if name := re.search(r"GLOBAL (\S+) was not", str(error)):
            raise SpikeplaneError(f"{path} holds an object {name[1]}, which is not loaded because "
                                  "it could run code; save the state dict alone") from None
        raise SpikeplaneError(f"{path} is not a file of torch.save, or is damaged") from error
    names = [entry] if entry else [name for name in _CONTAINERS if _has(content, name)]
    if entry and not _has(content, entry):
        there = sorted(map(str, content)) if isinstance(content, Mapping) else []
        raise SpikeplaneError(f"{path} has no dictionary {entry!r}; "
                              f"it holds {_listed(there) or 'no dictionary'}")
    tensors = content[names[0]] if names else content
    if not isinstance(tensors, Mapping) or not tensors or not all(
            isinstance(key, str) and isinstance(value, torch.Tensor)
            for key, value in tensors.items()):
        raise SpikeplaneError(f"{path} holds no state dict, which is a dictionary of tensors by "
                              "name; name the entry that is one")
    return tensors


def _has(content, name):
    return isinstance(content, Mapping) and isinstance(content.get(name), Mapping)


def _published(name: str) -> tuple[str, str]:
    """Prefixes of a layer's convolution and batch norm in published checkpoints."""
    if name in _STEM:
        conv, norm = _STEM[name]
        return f"patch_embed.{conv}", f"patch_embed.{norm}"
    block, _, layer = name.rpartition(".")
    prefix = f"{block}.{'mlp' if layer.startswith('fc') else 'attn'}.{layer}"
    return f"{prefix}_conv", f"{prefix}_bn"


class _Keys:
    """Takes tensors out of a state dict, and notes what is missing or of another shape."""

    def __init__(self, tensors: dict):
        self.left = dict(tensors)
        self.missing, self.shapes, self.infinite = [], [], []

    def take(self, key: str, shape, optional=False):
        """The tensor of a key, in float32 of ``shape``; None if there is none that fits."""
        shape = tuple(shape)
        if key not in self.left and (linear := key.replace("_conv.", "_linear.")) in self.left:
            key = linear
        if key not in self.left:
            if not optional:
                self.missing.append(key)
            return None
        value = self.left.pop(key)
        if not _same(tuple(value.shape), shape):
            self.shapes.append(f"{key} is {tuple(value.shape)}, must be {shape}")
            return None
        if not value.isfinite().all():
            self.infinite.append(key)
        return value.float().reshape(shape)


def _same(shape, wanted):
    """Whether two shapes differ at most in how many trailing dimensions of size 1 they have."""
    longer, shorter = sorted((shape, wanted), key=len, reverse=True)
    return longer == shorter + (1,) * (len(longer) - len(shorter))


@torch.no_grad()
def _load(model: Spikformer, tensors: dict, path: Path) -> None:
    """Fill the network; nothing is used unless every key fits."""
    keys, state = _Keys(tensors), {}
    wanted = model.state_dict()
    for node in model.graph:
        if isinstance(node, Conv):
            conv, norm = _published(node.name)
            state[f"{node.name}.conv.weight"] = keys.take(
                f"{conv}.weight", wanted[f"{node.name}.conv.weight"].shape)
            bias = keys.take(f"{conv}.bias", node.shape[:1], optional=True)
            for field in ("weight", "bias", "running_mean", "running_var"):
                state[f"{node.name}.bn.{field}"] = keys.take(f"{norm}.{field}", node.shape[:1])
            keys.take(f"{norm}.num_batches_tracked", (), optional=True)
            moved = state[f"{node.name}.bn.running_mean"]
            if bias is not None and moved is not None:
                state[f"{node.name}.bn.running_mean"] = moved - bias
    for field in ("weight", "bias"):
        name = f"head.linear.{field}"
        state[name] = keys.take(f"head.{field}", wanted[name].shape)
    _refuse(path, {"missing": keys.missing, "unknown": sorted(keys.left),
                   "of another shape": keys.shapes, "not finite": keys.infinite})
    model.load_state_dict(wanted | state)


def _refuse(path, problems):
    found = "; ".join(f"{len(keys)} {what}: {_listed(keys)}"
                      for what, keys in problems.items() if keys)
    if found:
        raise SpikeplaneError(f"{path} does not fit the network; keys {found}; choose another "
                              "preset, or change its fields with --set")


def _listed(names):
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
