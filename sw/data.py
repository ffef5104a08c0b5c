"""Data sets as raw integer pixels, split with fixed seeds.

Torch is not needed: the simulator reads its test images from here too.
"""
from dataclasses import dataclass

import numpy as np

from sw.contract.errors import SpikeplaneError

__all__ = ["DATASETS", "SPLITS", "Split", "load"]

SPLITS = ("train", "fit", "validation", "test")

# Any constant would do; it is part of the definition of every accuracy, so it never changes.
_SPLIT_SEED = 20240101


@dataclass(frozen=True)
class Split:
    """Images (N, C, H, W) uint8, labels (N,) int64, and the name of each class."""
    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def _digits() -> Split:
    """The 1,797 handwritten digits inside scikit-learn: (N, 1, 8, 8), pixels 0 to 16."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SpikeplaneError(
            "data set 'digits' is a part of scikit-learn, which is not installed: "
            "pip install scikit-learn") from None
    bunch = load_digits()
    images = bunch.images.astype(np.uint8)[:, None]
    return Split(images, bunch.target.astype(np.int64), tuple("0123456789"))


DATASETS = {"digits": _digits}


def _every(labels: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Stratified split of indices: one of every ``stride``, and the rest, both in file order."""
    shuffled = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return np.sort(by_class[::stride]), np.sort(np.delete(by_class, np.s_[::stride]))


def load(name: str, split: str) -> Split:
    """One part of a data set, the same on every machine.

    Parameters
    ----------
    name
        A key of :data:`DATASETS`.
    split
        ``"test"``: held out, one image of five, stratified by class. ``"train"``: the others.
        ``"validation"``: one training image of eight, to choose epochs and recipes with.
        ``"fit"``: the training images that are not for validation.

    Raises
    ------
    SpikeplaneError
        Unknown data set or split, or the package that carries the images is missing.
    """
    if name not in DATASETS:
        raise SpikeplaneError(f"unknown data set {name!r}; choose one of {', '.join(DATASETS)}")
    if split not in SPLITS:
        raise SpikeplaneError(f"unknown split {split!r}; choose one of {', '.join(SPLITS)}")
    data = DATASETS[name]()
    test, train = _every(data.labels, 5)
    if split == "test":
        keep = test
    else:
        validation, fit = (train[part] for part in _every(data.labels[train], 8))
        keep = {"train": train, "validation": validation, "fit": fit}[split]
    return Split(data.images[keep], data.labels[keep], data.classes)
