"""Crops of the two photographs inside scikit-learn: known answers that anyone may pass on."""
import numpy as np

from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Frames, Image

__all__ = ["photographs"]

_SIDE = 128
_STEP = 3
_CHANGE = 16


def photographs(count: int, source: Image) -> np.ndarray:
    """Images (count, C, H, W) or frames (count, T, C, H, W) uint8 that a network can read.

    Image k is a square of 128 pixels at a place that follows from k, averaged down to the size;
    one channel is the mean of the colours, further ones repeat them. Frames are what an event
    camera sees of a square that moves by three pixels each step: an event for every 16 levels that
    a pixel has grown darker, in even channels, or brighter, in odd ones.
    """
    photos = _photos()
    if not isinstance(source, Frames):
        return np.stack([_image(photos, k, 0, source.shape) * source.levels // 255
                         for k in range(count)]).astype(np.uint8)
    images = np.zeros((count, *source.input_shape), np.uint8)
    for k in range(count):
        for step in range(source.frames):
            before, after = (_image(photos, k, at, (1, *source.shape[1:]))[0]
                             for at in (step, step + 1))
            for channel in range(source.shape[0]):
                change = after - before if channel % 2 else before - after
                images[k, step, channel] = np.clip(change // _CHANGE, 0, source.levels)
    return images


def _photos() -> list[np.ndarray]:
    try:
        from sklearn.datasets import load_sample_images
        return load_sample_images().images
    except ImportError:
        raise SpikeplaneError(
            "known answers are crops of photographs in scikit-learn, which is not installed: "
            "pip install scikit-learn pillow") from None


def _image(photos, k: int, step: int, shape: tuple[int, int, int]) -> np.ndarray:
    """Crop k after some steps, (C, H, W) of 0 to 255."""
    channels, height, width = shape
    photo = photos[k % len(photos)].astype(np.int64)
    # The distances share no factor with the room there is: crops repeat late.
    top = (37 * k + _STEP * step) % (photo.shape[0] - _SIDE + 1)
    left = (101 * k + _STEP * step) % (photo.shape[1] - _SIDE + 1)
    crop = photo[top:top + _SIDE, left:left + _SIDE]
    rows, columns = (np.arange(side + 1) * _SIDE // side for side in (height, width))
    sums = np.add.reduceat(np.add.reduceat(crop, rows[:-1], 0), columns[:-1], 1)
    small = sums // (np.diff(rows)[:, None] * np.diff(columns))[..., None]
    if channels == 1:
        small = small.mean(2, keepdims=True).astype(np.int64)
    return small[..., np.arange(channels) % small.shape[2]].transpose(2, 0, 1)
