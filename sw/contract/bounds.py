"""Worst-case ranges of every accumulator, from the actual weights: widths that never wrap."""
from dataclasses import dataclass

import numpy as np

from .errors import SpikeplaneError
from .graph import Attention, Conv, Head, Node

__all__ = ["FLOAT32_INTEGERS", "Bounds", "layer_bounds", "signed_bits"]

FLOAT32_INTEGERS = 1 << 24
"""float32 holds every integer up to this magnitude; the quantized PyTorch model relies on it."""


def signed_bits(low: int, high: int) -> int:
    """Smallest two's complement width that holds both ``low`` and ``high``."""
    return max((~v if v < 0 else v).bit_length() for v in (low, high)) + 1


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Inclusive integer ranges of one layer, reached for some input unless noted.

    Parameters
    ----------
    accumulator
        ``sum(w * x)`` over channels and taps. It contains 0 and every partial sum in any order.
    drive
        X, the input of the neuron, in 2**-F accumulator LSBs; of the head: the logits.
    """
    accumulator: tuple[int, int]
    drive: tuple[int, int]

    @property
    def accumulator_bits(self) -> int:
        """Signed width that holds every partial sum."""
        return signed_bits(*self.accumulator)

    @property
    def membrane_bits(self) -> int:
        """Signed width of V: the halved sum of V and X never leaves the range of X and 0."""
        return signed_bits(min(self.drive[0], 0), max(self.drive[1], 0))


def layer_bounds(node: Node, tensors: dict[str, np.ndarray], steps: int) -> Bounds | None:
    """Ranges of a convolution, attention or head; None for a node that adds nothing up.

    Raises
    ------
    SpikeplaneError
        The layer cannot be exact: V + X leaves the integers that float32 holds, a threshold does,
        or a logit leaves 32 bits.
    """
    match node:
        case Conv():
            bounds = _weighted(node.name, tensors, node.in_levels, node.fraction_bits)
            _check_float32(node.name, "V + X", 2 * max(map(abs, bounds.drive)),
                           "use fewer weight or fraction bits")
            threshold = tensors[f"{node.name}.threshold"].astype(np.int64)
            _check_float32(node.name, "the threshold", int(np.abs(threshold).max()),
                           "clamp it to the range of X")
            return bounds
        case Attention():
            channels, height, width = node.shape
            high = height * width * (channels // node.heads)
            _check_float32(node.name, "V + X", 2 * high, "use more heads or fewer tokens")
            return Bounds(accumulator=(0, high), drive=(0, high))
        case Head():
            _, height, width = node.in_shape
            bounds = _weighted(node.name, tensors, node.in_levels * height * width * steps, 0)
            if signed_bits(*bounds.drive) > 32:
                raise SpikeplaneError(f"layer {node.name}: a logit reaches "
                                      f"{max(bounds.drive, key=abs)}, beyond 32 bits; "
                                      "use fewer head bits, steps or tokens")
            return bounds
    return None


def _weighted(name, tensors, levels, fraction_bits):
    weight = tensors[f"{name}.weight"].astype(np.int64)
    weight = weight.reshape(len(weight), -1)
    bias = tensors[f"{name}.bias"].astype(np.int64)
    low = np.minimum(weight, 0).sum(axis=1) * levels
    high = np.maximum(weight, 0).sum(axis=1) * levels
    return Bounds(
        accumulator=(int(low.min()), int(high.max())),
        drive=(int(((low << fraction_bits) + bias).min()),
               int(((high << fraction_bits) + bias).max())))


def _check_float32(name, what, value, cure):
    if value > FLOAT32_INTEGERS:
        raise SpikeplaneError(f"layer {name}: {what} reaches {value}, beyond the 2**24 that "
                              f"float32 holds exactly; {cure}")
