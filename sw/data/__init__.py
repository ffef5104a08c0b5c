"""Data sets as raw integer pixels, split with fixed seeds.

Torch is not needed: the simulator reads its test images from here too.
"""
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Image

from .cifar import cifar10, cifar100
from .digits import digits
from .events import nmnist
from .folder import folder, imagenet, imagenette
from .idx import fashion, mnist
from .split import Split, every

__all__ = ["DATASETS", "PACKAGED", "SPLITS", "Split", "load"]

SPLITS = ("train", "fit", "validation", "test")

# Each gives its part "train" or "test" from the user's directory; those of the second kind are made
# for the input of a network: pictures of any size, and events that are counted into frames.
_IMAGES = {"digits": digits, "mnist": mnist, "fashion": fashion, "cifar10": cifar10,
           "cifar100": cifar100}
_MADE = {"nmnist": nmnist, "imagenette": imagenette, "imagenet": imagenet, "folder": folder}
DATASETS = (*_IMAGES, *_MADE)

PACKAGED = ("digits",)
"""Data sets that need no directory, because a Python package has them."""

_VALIDATION = 5000
"""Images that are enough to choose an epoch with."""


def load(name: str, split: str, directory: Path | None = None,
         source: Image | None = None) -> Split:
    """One part of a data set, the same on every machine.

    Parameters
    ----------
    name
        One of :data:`DATASETS`.
    split
        ``"test"``: held out, what the set's authors held out if they did. ``"train"``: the others.
        ``"validation"``: one training image of eight, or fewer of a large set, stratified by
        class, to choose epochs and recipes with. ``"fit"``: the training images that are not for
        validation.
    directory
        Where the user has the files of a set that is downloaded.
    source
        Input of the network that the images are for: frames and levels of event recordings, size
        and levels of pictures, and the shape that is checked.

    Raises
    ------
    SpikeplaneError
        Unknown data set or split; files or the package that carries the images are missing or
        damaged; the images are not what the network takes.
    """
    if name not in DATASETS:
        raise SpikeplaneError(f"unknown data set {name!r}; choose one of {', '.join(DATASETS)}")
    if split not in SPLITS:
        raise SpikeplaneError(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    part = "test" if split == "test" else "train"
    if name in _IMAGES:
        whole = _IMAGES[name](directory, part)
    elif source is None:
        raise SpikeplaneError(f"data set {name!r} is made for the input of a network, which is not "
                              "given")
    else:
        whole = _MADE[name](directory, part, source)
    if source is not None and whole.images.shape[1:] != source.input_shape:
        raise SpikeplaneError(f"data set {name!r} has images {_size(whole.images.shape[1:])}, the "
                              f"network takes {_size(source.input_shape)}")
    if split in ("test", "train"):
        return whole
    validation, fit = every(whole.labels, max(8, len(whole) // _VALIDATION))
    keep: np.ndarray = validation if split == "validation" else fit
    return whole.take(keep)


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
