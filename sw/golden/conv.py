"""Convolution of small unsigned integers with signed weights: the exact accumulator."""
import numpy as np

from .integer import exact_float, exact_int

__all__ = ["convolve"]


def convolve(x: np.ndarray, weight: np.ndarray, *, stride: int = 1, pad: int = 0,
             pad_value: tuple[int, ...] | None = None) -> np.ndarray:
    """``acc[o, y, x] = sum(weight[o, i, dy, dx] * padded[i, y * stride + dy, x * stride + dx])``.

    Each output pixel is a column of a matrix and the product is one of floating-point BLAS, whose
    order of summation is unknown. It is exact: every product and every partial sum, in any order,
    is an integer between the sum of a row's negative and of its positive weights times the largest
    input, and the float type holds all integers in that range, so no addition rounds.

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
    flat = weight.astype(np.int64).reshape(outputs, -1)
    level = int(x.max(initial=0)) if pad_value is None else max(int(x.max(initial=0)), *pad_value)
    # Every partial sum lies between the sum of the negative and the sum of the positive weights.
    bound = level * int(max(np.maximum(flat, 0).sum(axis=1).max(),
                            -np.minimum(flat, 0).sum(axis=1).min()))
    dtype = exact_float(bound)

    # A column for each output pixel: channels, then taps. A 1x1 kernel needs no copy.
    maps = x.reshape(-1, channels, height, width).astype(dtype)
    if pad:
        maps = _padded(maps, pad, pad_value)
    taps = np.lib.stride_tricks.sliding_window_view(maps, (kernel, kernel), axis=(2, 3))
    taps = taps[:, :, ::stride, ::stride]
    size = taps.shape[2:4]
    columns = taps.transpose(0, 1, 4, 5, 2, 3).reshape(
        len(maps), flat.shape[1], size[0] * size[1])
    acc = (flat.astype(dtype) @ columns).astype(exact_int(bound))
    return acc.reshape(*lead, outputs, *size)


def _padded(maps, pad, pad_value):
    images, channels, height, width = maps.shape
    padded = np.empty((images, channels, height + 2 * pad, width + 2 * pad), maps.dtype)
    padded[...] = 0 if pad_value is None else np.reshape(pad_value, (-1, 1, 1))
    padded[:, :, pad:-pad, pad:-pad] = maps
    return padded
