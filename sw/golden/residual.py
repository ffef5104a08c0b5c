"""The two residual forms of a spike stream."""
import numpy as np

__all__ = ["residual"]


def residual(stream: np.ndarray, spikes: np.ndarray, form: str) -> np.ndarray:
    """``add``: stream + spikes, a small integer; ``iand``: stream & ~spikes, binary. All uint8."""
    if form == "add":
        return stream + spikes
    return stream & (spikes ^ 1)
