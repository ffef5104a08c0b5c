"""Small integers on disk: as many side by side in a byte as fit."""
import dataclasses

import numpy as np

from .tensors import TensorSpec

__all__ = ["pack", "stored_spec", "unpack"]


def stored_bits(spec: TensorSpec) -> int:
    """Bits of a value on disk: 1, 2 or 4, if the range of the tensor allows; 0 for its own type."""
    span = (spec.high - spec.low).bit_length()
    return next((bits for bits in (1, 2, 4) if span <= bits), 0)


def stored_spec(spec: TensorSpec) -> TensorSpec:
    """The tensor as it is stored: itself, or uint8 of as many bytes as the packed values take."""
    bits = stored_bits(spec)
    if not bits:
        return spec
    size = -(-spec.nbytes * bits // 8)
    return dataclasses.replace(spec, dtype="uint8", shape=(size,), low=0, high=255)


def pack(array: np.ndarray, spec: TensorSpec) -> np.ndarray:
    """``array`` as :func:`stored_spec` says.

    Values, in C order, count from the least one of the range; the first is in the lowest bits of
    the first byte, and zeros fill the last byte.
    """
    bits = stored_bits(spec)
    if not bits:
        return array
    places = 8 // bits
    values = np.zeros(-(-array.size // places) * places, np.uint8)
    values[:array.size] = array.ravel().astype(np.int16) - spec.low
    shifted = values.reshape(-1, places) << np.arange(0, 8, bits, dtype=np.uint8)
    return np.bitwise_or.reduce(shifted, axis=1)


def unpack(stored: np.ndarray, spec: TensorSpec) -> np.ndarray:
    """The tensor of :func:`pack`; values above the range stay what they are."""
    bits = stored_bits(spec)
    if not bits:
        return stored
    values = (stored[:, None] >> np.arange(0, 8, bits, dtype=np.uint8)) & ((1 << bits) - 1)
    count = spec.nbytes // np.dtype(spec.dtype).itemsize
    values = values.ravel()[:count].astype(spec.dtype)
    values += np.array(spec.low, spec.dtype)
    return values.reshape(spec.shape)
