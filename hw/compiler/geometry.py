"""Bands of output rows, and the taps a band needs."""
from dataclasses import dataclass

from sw.contract.errors import SpikeplaneError

from ..config import CoreConfig

__all__ = ["Taps", "bands", "reach", "trim"]


@dataclass(frozen=True)
class Taps:
    """Taps of one axis that reach the source.

    Parameters
    ----------
    taps
        Their indices, consecutive.
    start
        Source coordinate of the first tap at the first output; may be negative.
    before, after
        Whether the first tap misses the source at the first output, the last tap at the last.
    """
    taps: tuple[int, ...]
    start: int
    before: bool
    after: bool


def trim(kernel: int, stride: int, pad: int, size: int, first: int, count: int) -> Taps:
    """Taps that reach a source of ``size`` for outputs ``first`` to ``first + count - 1``."""
    def inside(tap, output):
        return _inside(tap, output, stride, pad, size)

    outputs = range(first, first + count)
    taps = tuple(tap for tap in range(kernel) if any(inside(tap, y) for y in outputs))
    return Taps(taps, first * stride + taps[0] - pad,
                not inside(taps[0], outputs[0]), not inside(taps[-1], outputs[-1]))


def reach(kernel: int, stride: int, pad: int, size: int, first: int, count: int) -> int:
    """Taps of outputs ``first`` to ``first + count - 1`` that reach a source of ``size``: the
    operations along one axis. What only meets padding is none."""
    return sum(_inside(tap, output, stride, pad, size)
               for output in range(first, first + count) for tap in range(kernel))


def _inside(tap: int, output: int, stride: int, pad: int, size: int) -> bool:
    return 0 <= output * stride + tap - pad < size


def bands(layer: str, rows: int, columns: int, config: CoreConfig) -> list[tuple[int, int]]:
    """(first row, rows) of the pixel tiles: as many whole rows as the partial sums hold."""
    if columns > config.psum_words:
        raise SpikeplaneError(f"layer {layer}: a row of {columns} pixels needs as many partial "
                              f"sums, the core has {config.psum_words}; raise psum_words")
    height = min(rows, config.psum_words // columns)
    return [(first, min(height, rows - first)) for first in range(0, rows, height)]
