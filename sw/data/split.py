"""Parts of a data set, drawn with a fixed seed."""
from dataclasses import dataclass

import numpy as np

__all__ = ["Split", "every"]

# Any constant would do; it is part of the definition of every accuracy, so it never changes.
_SPLIT_SEED = 20240101


@dataclass(frozen=True)
class Split:
    """Images (N, C, H, W) or frames (N, T, C, H, W) uint8, labels (N,) int64, and the name of each
    class.

    Images are an array, or :class:`sw.data.folder.Pictures`, which are read where they are indexed.
    """
    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, keep: np.ndarray) -> "Split":
        """The images of these indices."""
        return Split(self.images.take(keep, 0), self.labels[keep], self.classes)


def every(labels: np.ndarray, stride: int) -> tuple[np.ndarray, np.ndarray]:
    """Stratified split of indices: one of every ``stride``, and the rest, both in file order."""
    shuffled = np.random.default_rng(_SPLIT_SEED).permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return np.sort(by_class[::stride]), np.sort(np.delete(by_class, np.s_[::stride]))
