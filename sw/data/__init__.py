"""Data sets as raw integer pixels, split with fixed seeds.

Torch is not needed: the simulator reads its test images from here too.
"""
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError

from .digits import digits
from .idx import fashion, mnist
from .split import Split, every

__all__ = ["DATASETS", "PACKAGED", "SPLITS", "Split", "load"]

SPLITS = ("train", "fit", "validation", "test")

# Each gives its part "train" or "test" from the user's directory.
DATASETS = {"digits": digits, "mnist": mnist, "fashion": fashion}

PACKAGED = ("digits",)
"""Data sets that need no directory, because a Python package has them."""

_VALIDATION = 5000
"""Images that are enough to choose an epoch with."""


def load(name: str, split: str, directory: Path | None = None) -> Split:
    """One part of a data set, the same on every machine.

    Parameters
    ----------
    name
        A key of :data:`DATASETS`.
    split
        ``"test"``: held out, what the set's authors held out if they did. ``"train"``: the others.
        ``"validation"``: one training image of eight, or fewer of a large set, stratified by
        class, to choose epochs and recipes with. ``"fit"``: the training images that are not for
        validation.
    directory
        Where the user has the files of a set that is downloaded.

    Raises
    ------
    SpikeplaneError
        Unknown data set or split; files or the package that carries the images are missing or
        damaged.
    """
    if name not in DATASETS:
        raise SpikeplaneError(f"unknown data set {name!r}; choose one of {', '.join(DATASETS)}")
    if split not in SPLITS:
        raise SpikeplaneError(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    whole = DATASETS[name](directory, "test" if split == "test" else "train")
    if split in ("test", "train"):
        return whole
    validation, fit = every(whole.labels, max(8, len(whole) // _VALIDATION))
    keep: np.ndarray = validation if split == "validation" else fit
    return whole.take(keep)
