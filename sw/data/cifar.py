"""CIFAR-10 and CIFAR-100: the binary files, or those for Python."""
import io
import pickle
from functools import partial
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError

from .files import find, read
from .split import Split

__all__ = ["cifar10", "cifar100"]

_PIXELS = 3 * 32 * 32
_SOURCE = "https://www.cs.toronto.edu/~kriz/cifar.html"
_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
            "truck")
# Name: bytes of labels before an image in binary files, which of them; key of the Python files.
_SETS = {
    "cifar10": {
        "labels": 1, "key": b"labels", "classes": _CLASSES,
        "binary": ("cifar-10-batches-bin", {
            "train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
            "test": ("test_batch.bin",)}),
        "python": ("cifar-10-batches-py", {
            "train": tuple(f"data_batch_{k}" for k in range(1, 6)), "test": ("test_batch",)})},
    "cifar100": {
        "labels": 2, "key": b"fine_labels", "classes": tuple(str(k) for k in range(100)),
        "binary": ("cifar-100-binary", {"train": ("train.bin",), "test": ("test.bin",)}),
        "python": ("cifar-100-python", {"train": ("train",), "test": ("test",)})},
}


def _load(name: str, directory: Path | None, part: str) -> Split:
    """Colour images (3, 32, 32) of pixels 0 to 255, the official parts in their order."""
    known = _SETS[name]
    form = "binary"
    if directory is not None and any((base / known["python"][1]["test"][0]).is_file()
                                     for base in (directory, directory / known["python"][0])):
        form = "python"
    place, files = known[form]
    folder = find(directory, name, (place,), files["train"] + files["test"], _SOURCE)
    parts = [_READERS[form](folder / file, known) for file in files[part]]
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    if labels.max(initial=0) >= len(known["classes"]):
        raise SpikeplaneError(f"{folder}: label {labels.max()} is beyond the "
                              f"{len(known['classes'])} classes of {name}; download it again")
    return Split(images.reshape(-1, 3, 32, 32), labels.astype(np.int64), known["classes"])


def _binary(path: Path, known: dict) -> tuple[np.ndarray, np.ndarray]:
    content = np.frombuffer(read(path), np.uint8)
    size = known["labels"] + _PIXELS
    if not len(content) or len(content) % size:
        raise SpikeplaneError(f"{path}: has {len(content)} bytes, not a number of images of "
                              f"{size}; download it again")
    rows = content.reshape(-1, size)
    return rows[:, known["labels"]:].copy(), rows[:, known["labels"] - 1].copy()


def _python(path: Path, known: dict) -> tuple[np.ndarray, np.ndarray]:
    try:
        content = _Reader(io.BytesIO(read(path)), encoding="bytes").load()
        images, labels = np.asarray(content[b"data"]), np.asarray(content[known["key"]])
        sound = (images.dtype == np.uint8 and images.shape == (len(labels), _PIXELS)
                 and labels.dtype.kind == "i" and len(labels) > 0 and labels.min() >= 0)
    except SpikeplaneError:
        raise
    except Exception as error:  # a damaged pickle may raise anything
        raise SpikeplaneError(f"{path} is damaged ({type(error).__name__}); download it "
                              "again") from None
    if not sound:
        raise SpikeplaneError(f"{path}: is no batch of {_PIXELS} pixels and a label per image; "
                              "download it again")
    return images, labels


class _Reader(pickle.Unpickler):
    """Reads dictionaries of numpy arrays and nothing else: a pickle can name any function."""

    ALLOWED = frozenset({
        ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
        ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
    })

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise SpikeplaneError(f"a data file asks for {module}.{name}, which no CIFAR file "
                                  "needs: do not trust it, download it again")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


_READERS = {"binary": _binary, "python": _python}

cifar10 = partial(_load, "cifar10")
cifar100 = partial(_load, "cifar100")
