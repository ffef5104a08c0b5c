"""A user's image as a network takes it."""
from pathlib import Path

import numpy as np

from sw.contract.artefact import Artefact
from sw.contract.errors import SpikeplaneError

__all__ = ["read_image"]

_LUMINANCE = np.array([0.299, 0.587, 0.114])


def read_image(path: Path, artefact: Artefact, white: int | None = None) -> np.ndarray:
    """(1, C, H, W) uint8 from a ``.npy`` file of raw pixels, or a PNG or JPEG file.

    Parameters
    ----------
    white
        Pixel value that 255 in a PNG or JPEG file becomes; by default the largest pixel of the
        artefact's known answers.

    Raises
    ------
    SpikeplaneError
        The file cannot be read, or is not an image of the network's size and range.
    """
    source = artefact.graph[0]
    if not path.is_file():
        raise SpikeplaneError(f"{path}: no such file")
    array = _raw(path) if path.suffix == ".npy" else _picture(path)
    array = _channels(path, array, source.shape[0])
    if array.shape != source.shape:
        raise SpikeplaneError(f"{path}: is {_size(array.shape)}, network {artefact.name} takes "
                              f"{_size(source.shape)}: resize it")
    if path.suffix != ".npy":
        top = int(artefact.vectors["image"].max()) if white is None else white
        if not 1 <= top <= source.levels:
            raise SpikeplaneError(f"--white must be 1 to {source.levels} for {artefact.name}, "
                                  f"not {white}")
        array = np.round(array * top)
    if array.min() < 0 or array.max() > source.levels:
        raise SpikeplaneError(f"{path}: pixels are {array.min()} to {array.max()}, network "
                              f"{artefact.name} takes 0 to {source.levels}")
    return array.astype(np.uint8)[None]


def _raw(path: Path) -> np.ndarray:
    """(C, H, W) or (H, W) integers."""
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError):
        raise SpikeplaneError(f"{path}: is not an array as numpy.save writes it") from None
    if array.dtype.kind not in "iu" or array.ndim not in (2, 3) or not array.size:
        raise SpikeplaneError(f"{path}: is {array.dtype} of shape {array.shape}, must be integers "
                              "of shape (H, W) or (C, H, W)")
    return array if array.ndim == 3 else array[None]


def _picture(path: Path) -> np.ndarray:
    """(C, H, W), 0 to 1."""
    from matplotlib.image import imread
    try:
        array = imread(path)
    except (ValueError, OSError, SyntaxError):
        raise SpikeplaneError(f"{path}: is not a PNG or JPEG file that can be read") from None
    if array.dtype == np.uint8:  # JPEG; PNG comes as fractions
        array = array / 255
    array = np.asarray(array, np.float64)
    array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    if len(array) in (2, 4):
        if (array[-1] < 1).any():
            raise SpikeplaneError(f"{path}: is partly transparent: save it without transparency")
        array = array[:-1]
    return array


def _channels(path: Path, array: np.ndarray, channels: int) -> np.ndarray:
    """Grey from colours, or the other way round."""
    if len(array) == 3 and channels == 1 and array.dtype.kind == "f":
        return np.einsum("chw,c->hw", array, _LUMINANCE)[None]
    if len(array) == 1 and channels == 3:
        return np.repeat(array, 3, axis=0)
    return array


def _size(shape: tuple[int, ...]) -> str:
    channels, height, width = shape
    return f"{width} x {height} pixels of {channels} channel{'s' * (channels > 1)}"
