"""Crops of the two photographs inside scikit-learn: known answers that anyone may pass on."""
import numpy as np

from sw.contract.errors import SpikeplaneError

__all__ = ["photographs"]


def photographs(count: int, shape: tuple[int, int, int], levels: int) -> np.ndarray:
    """Images (count, C, H, W) uint8 of pixels 0 to ``levels``.

    Crop k is a square of 128 pixels at a place that follows from k, averaged down to the size;
    one channel is the mean of the colours, further ones repeat them.
    """
    try:
        from sklearn.datasets import load_sample_images
        photos = load_sample_images().images
    except ImportError:
        raise SpikeplaneError(
            "known answers are crops of photographs in scikit-learn, which is not installed: "
            "pip install scikit-learn pillow") from None
    channels, height, width = shape
    images = np.empty((count, *shape), np.uint8)
    for k in range(count):
        photo = photos[k % len(photos)].astype(np.int64)
        # Steps that share no factor with the room there is: crops repeat late.
        top = 37 * k % (photo.shape[0] - _SIDE + 1)
        left = 101 * k % (photo.shape[1] - _SIDE + 1)
        crop = photo[top:top + _SIDE, left:left + _SIDE]
        rows, columns = (np.arange(side + 1) * _SIDE // side for side in (height, width))
        sums = np.add.reduceat(np.add.reduceat(crop, rows[:-1], 0), columns[:-1], 1)
        small = sums // (np.diff(rows)[:, None] * np.diff(columns))[..., None]
        if channels == 1:
            small = small.mean(2, keepdims=True).astype(np.int64)
        images[k] = small[..., np.arange(channels) % small.shape[2]].transpose(2, 0, 1) \
            * levels // 255
    return images


_SIDE = 128
