"""MNIST and Fashion-MNIST: idx files."""
from functools import partial
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError

from .files import find, read
from .split import Split

__all__ = ["fashion", "mnist"]

_FILES = {"train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
          "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")}
_UNSIGNED_BYTES = 8


def _load(name: str, places: tuple[str, ...], source: str, classes: tuple[str, ...],
          directory: Path | None, part: str) -> Split:
    """Grey images (1, 28, 28) of pixels 0 to 255, the official parts."""
    folder = find(directory, name, places, _FILES["train"] + _FILES["test"], source)
    images, labels = (_array(folder / file, dimensions)
                      for file, dimensions in zip(_FILES[part], (3, 1), strict=True))
    if len(images) != len(labels):
        raise SpikeplaneError(f"{folder}: {len(images)} images of {part} have {len(labels)} "
                              "labels; download the files again")
    if labels.max(initial=0) >= len(classes):
        raise SpikeplaneError(f"{folder / _FILES[part][1]}: label {labels.max()} is beyond the "
                              f"{len(classes)} classes of {name}; is it another data set?")
    return Split(images[:, None], labels.astype(np.int64), classes)


def _array(path: Path, dimensions: int) -> np.ndarray:
    """The array of an idx file: magic 0, 0, type, dimensions; sizes; values, all big-endian."""
    content = read(path)
    head = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, _UNSIGNED_BYTES, dimensions]) or len(content) < head:
        raise SpikeplaneError(f"{path} is not an idx file of unsigned bytes with {dimensions} "
                              "dimensions; download it again")
    shape = np.frombuffer(content, ">u4", dimensions, 4).astype(int)
    if len(content) != head + shape.prod():
        raise SpikeplaneError(f"{path}: has {len(content)} bytes, its header says "
                              f"{head + shape.prod()}; download it again")
    return np.frombuffer(content, np.uint8, -1, head).reshape(shape).copy()


mnist = partial(_load, "mnist", ("MNIST/raw",), "https://yann.lecun.org/exdb/mnist",
                tuple("0123456789"))
fashion = partial(_load, "fashion", ("FashionMNIST/raw",),
                  "https://github.com/zalandoresearch/fashion-mnist",
                  ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
                   "bag", "ankle boot"))
