"""The handwritten digits inside scikit-learn."""
from pathlib import Path

import numpy as np

from sw.contract.errors import SpikeplaneError

from .split import Split, every

__all__ = ["digits"]


def digits(directory: Path | None, part: str) -> Split:
    """1,797 images (1, 8, 8) of pixels 0 to 16; they need no directory.

    The set has no test part of its own: one image of five, stratified by class, is held out.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise SpikeplaneError(
            "data set 'digits' is a part of scikit-learn, which is not installed: "
            "pip install scikit-learn") from None
    bunch = load_digits()
    images = bunch.images.astype(np.uint8)[:, None]
    whole = Split(images, bunch.target.astype(np.int64), tuple("0123456789"))
    test, train = every(whole.labels, 5)
    return whole.take(test if part == "test" else train)
