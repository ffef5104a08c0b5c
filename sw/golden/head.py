"""Classification head: one integer matrix product per image."""
import numpy as np

__all__ = ["logits"]


def logits(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """``weight @ sum(x over steps and tokens) + bias``.

    ``x`` is (N, T, C, H, W) uint8, ``weight`` (classes, C), ``bias`` (classes); returns
    (N, classes) int64.
    """
    sums = x.sum(axis=(1, 3, 4), dtype=np.int64)
    return sums @ weight.astype(np.int64).T + bias
