"""Spiking self-attention: the integer product of binary queries, keys and values."""
import numpy as np

from .integer import exact_float, exact_int

__all__ = ["attend"]


def attend(q: np.ndarray, k: np.ndarray, v: np.ndarray, heads: int) -> np.ndarray:
    """(Q K^T) V of each head; tokens are the pixels, head h owns channels [h * d, (h + 1) * d).

    Computed as Q (K^T V), the same integer with fewer operations.

    Parameters
    ----------
    q, k, v
        (N, T, C, H, W) uint8, 0 or 1.

    Returns
    -------
    numpy.ndarray
        (N, T, C, H, W) integers from 0 to H * W * C / heads.
    """
    images, steps, channels, height, width = q.shape
    size = channels // heads
    bound = size * height * width
    dtype = exact_float(bound)
    q, k, v = (a.astype(dtype).reshape(images, steps, heads, size, height * width)
               for a in (q, k, v))
    product = (v @ k.swapaxes(-1, -2)) @ q  # (values, keys) then (values, tokens)
    return product.astype(exact_int(bound)).reshape(images, steps, channels, height, width)
