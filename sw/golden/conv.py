"""Convolution of small unsigned integers with signed weights: the exact accumulator."""
import numpy as np

from .integer import exact_float, exact_int

__all__ = ["convolve"]


def convolve(x: np.ndarray, weight: np.ndarray, *, stride: int = 1, pad: int = 0,
             pad_value: tuple[int, ...] | None = None) -> np.ndarray:
    """``acc[o, y, x] = sum(weight[o, i, dy, dx] * padded[i, y * stride + dy, x * stride + dx])``.

    Parameters
    ----------
    x
        (..., I, H, W) uint8.
    weight
        (O, I, kernel, kernel), signed integers.
    pad_value
        Value of the padding per input channel; None for zeros.

    Returns
    -------
    numpy.ndarray
        (..., O, H', W') int32, or int64 where the weights could exceed 32 bits.
    """
    *lead, channels, height, width = x.shape
    outputs, _, kernel, _ = weight.shape
    # Channels last: each window is then one row of a matrix, and a 1x1 kernel needs no copy.
    rows = np.moveaxis(x.reshape(-1, channels, height, width), 1, -1)
    if pad:
        rows = _padded(rows, pad, pad_value)
    rows = np.lib.stride_tricks.sliding_window_view(rows, (kernel, kernel), axis=(1, 2))
    rows = rows[:, ::stride, ::stride]
    size = rows.shape[:3]

    flat = weight.astype(np.int64).reshape(outputs, -1)
    level = int(x.max(initial=0)) if pad_value is None else max(int(x.max(initial=0)), *pad_value)
    # Every partial sum lies between the sum of the negative and the sum of the positive weights.
    bound = level * int(max(np.maximum(flat, 0).sum(axis=1).max(),
                            -np.minimum(flat, 0).sum(axis=1).min()))
    dtype = exact_float(bound)
    matrix = rows.astype(dtype, order="C").reshape(-1, channels * kernel * kernel)
    acc = (matrix @ flat.T.astype(dtype)).astype(exact_int(bound))
    return np.moveaxis(acc.reshape(*lead, *size[1:], outputs), -1, -3)


def _padded(rows, pad, pad_value):
    images, height, width, channels = rows.shape
    shape = (images, height + 2 * pad, width + 2 * pad, channels)
    padded = np.empty(shape, rows.dtype)
    padded[...] = 0 if pad_value is None else pad_value
    padded[:, pad:-pad, pad:-pad] = rows
    return padded
