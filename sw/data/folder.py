"""Pictures in folders named for their class: ImageNet, Imagenette, or the user's own."""
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Image

from .files import required
from .split import Split

__all__ = ["Pictures", "folder", "imagenet", "imagenette", "read_picture"]

_PARTS = {"train": ("train",), "test": ("val", "test")}
_SUFFIXES = {".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".webp"}
_MODES = {1: "L", 3: "RGB"}


class Pictures:
    """Image files as an array (N, C, H, W) uint8 that is read where it is indexed.

    What numpy offers and data sets need: ``len``, ``shape``, ``dtype``, one index, slices and
    arrays of indices along the first axis; ``np.asarray`` reads them all.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, paths: np.ndarray, source: Image):
        self.paths, self.source = paths, source

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.paths), *self.source.shape)

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, indices: np.ndarray, axis: int) -> "Pictures":
        """The pictures of these indices along ``axis`` 0, none of which is read."""
        assert axis == 0
        return Pictures(self.paths[indices], self.source)

    def __getitem__(self, index) -> np.ndarray:
        chosen = self.paths[index]
        if isinstance(chosen, Path):
            return read_picture(chosen, self.source)
        with ThreadPoolExecutor() as pool:  # decoders release Python's lock
            pixels = list(pool.map(partial(read_picture, source=self.source), chosen))
        return np.stack(pixels) if pixels else np.zeros((0, *self.source.shape), self.dtype)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self[:].astype(dtype or self.dtype)


def read_picture(path: Path, source: Image) -> np.ndarray:
    """Pixels (C, H, W) uint8 of one picture: made as small as covers the network's image, by
    bilinear filtering, and cut to its middle; 8-bit pixels p become ``p * levels // 255``.

    Raises
    ------
    SpikeplaneError
        Pillow cannot read the file.
    """
    import PIL.Image

    channels, height, width = source.shape
    try:
        with PIL.Image.open(path) as picture:
            picture = picture.convert(_MODES[channels])
    # Damaged files raise these, and a picture that unpacks to gigabytes the last one.
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise SpikeplaneError(f"{path} is no picture that can be read ({error}); download it "
                              "again, or remove it") from None
    scale = max(height / picture.height, width / picture.width)
    size = (max(width, round(picture.width * scale)), max(height, round(picture.height * scale)))
    if size != picture.size:
        picture = picture.resize(size, PIL.Image.Resampling.BILINEAR)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    pixels = np.asarray(picture.crop((left, top, left + width, top + height)), np.int64)
    pixels = pixels.reshape(height, width, channels).transpose(2, 0, 1)
    return (pixels * source.levels // 255).astype(np.uint8)


def _load(name: str, places: Iterable[str], about: str, directory: Path | None, part: str,
          source: Image) -> Split:
    """Pictures by class and file name; classes are the folders of a part, in alphabetical order."""
    directory = required(directory, name, about)
    if source.shape[0] not in _MODES or source.frames > 1:
        raise SpikeplaneError(f"data set {name!r} has pictures of 1 or 3 channels, the network "
                              f"takes {source.frames} frames of {source.shape[0]}")
    parts = [base / sub for base in (directory, *(directory / place for place in places))
             for sub in _PARTS[part]]
    found = next((path for path in parts if path.is_dir()), None)
    if found is None:
        raise SpikeplaneError(f"{directory}: folder {_PARTS[part][0]} of data set {name!r} is not "
                              f"there; it is {about}")
    folders = sorted(path for path in found.iterdir() if path.is_dir())
    if not folders:
        raise SpikeplaneError(f"{found}: has no folder for each class; data set {name!r} is "
                              f"{about}")
    paths, labels = [], []
    for label, path in enumerate(folders):
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
        if not files:
            raise SpikeplaneError(f"{path}: has no picture ({', '.join(sorted(_SUFFIXES))}); "
                                  "download it again, or remove the folder")
        paths += files
        labels += [label] * len(files)
    array = np.empty(len(paths), object)
    array[:] = paths
    return Split(Pictures(array, source), np.array(labels, np.int64),
                 tuple(path.name for path in folders))


_LAYOUT = "the folders train and val, each with a folder of pictures for each class"
folder = partial(_load, "folder", (), _LAYOUT)
imagenet = partial(_load, "imagenet", ("ILSVRC/Data/CLS-LOC",),
                   f"{_LAYOUT}, of https://www.image-net.org")
imagenette = partial(_load, "imagenette", ("imagenette2", "imagenette2-320", "imagenette2-160"),
                     f"{_LAYOUT}, of https://github.com/fastai/imagenette")
