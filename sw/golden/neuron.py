"""LIF neurons, tau = 2, hard reset to zero, in exact integers."""
import numpy as np

from .integer import exact_int

__all__ = ["drive", "fire"]


def drive(acc: np.ndarray, bias: np.ndarray, fraction_bits: int) -> np.ndarray:
    """Input of the neuron, ``X = (acc << F) + bias``, in 2**-F accumulator LSBs.

    ``acc`` is (..., C, H, W), ``bias`` (C); int32 where it holds the result, else int64.
    """
    bound = (_magnitude(acc) << fraction_bits) + _magnitude(bias)
    dtype = exact_int(bound)
    x = acc.astype(dtype, copy=False) << fraction_bits
    x += bias.astype(dtype)[:, None, None]
    return x


def fire(x: np.ndarray, threshold: np.ndarray | int) -> np.ndarray:
    """Spikes of T steps: ``V = (V + X) >> 1; spike = V >= threshold; V = 0 on a spike``.

    The shift is arithmetic (floor). With integer X and threshold this equals the real-valued
    neuron ``v += (x - v) / 2`` for every T, because floor((floor(a) + n) / 2) = floor((a + n) / 2)
    for integer n.

    Parameters
    ----------
    x
        (N, T, C, H, W) integers; V starts at 0 for each image.
    threshold
        (C) integers, or one integer for all channels.

    Returns
    -------
    numpy.ndarray
        (N, T, C, H, W) uint8, 0 or 1.
    """
    threshold = np.asarray(threshold, np.int64)
    dtype = exact_int(2 * max(_magnitude(x), _magnitude(threshold)))
    level = threshold.astype(dtype).reshape(-1, 1, 1)
    spikes = np.empty_like(x, np.uint8)
    membrane = np.zeros_like(x[:, 0], dtype)
    for step in range(x.shape[1]):
        membrane += x[:, step].astype(dtype, copy=False)
        membrane >>= 1
        spiking = membrane >= level
        spikes[:, step] = spiking
        np.copyto(membrane, 0, where=spiking)
    return spikes


def _magnitude(array):
    return max(-int(array.min(initial=0)), int(array.max(initial=0)))
