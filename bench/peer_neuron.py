"""The golden neuron against SpikingJelly's LIF node, on over a million random sequences.

Needs an interpreter that has SpikingJelly: `make peer` makes one and runs this in it.
"""
import importlib.metadata
import sys

import numpy as np
import torch
from spikingjelly.activation_based.neuron import LIFNode

from sw.golden.neuron import fire

SEED = 20240101
SEQUENCES = 8192
# float32 holds the peer's membrane, T fraction bits below an integer, only for smaller integers.
CASES = [(torch.float64, 24), (torch.float64, 12), (torch.float32, 14), (torch.float32, 6)]
THRESHOLDS = 8


def peer(x: np.ndarray, threshold: int, dtype: torch.dtype) -> np.ndarray:
    """Spikes of tau = 2, decaying input, hard reset to 0; ``x`` is (N, T, C, H, W)."""
    node = LIFNode(tau=2.0, decay_input=True, v_threshold=float(threshold), v_reset=0.0,
                   step_mode="m", backend="torch")
    with torch.no_grad():
        spikes = node(torch.tensor(x, dtype=dtype).transpose(0, 1))
    return spikes.transpose(0, 1).numpy()


def main() -> int:
    rng = np.random.default_rng(SEED)
    sequences = values = spikes = differences = 0
    for dtype, bits in CASES:
        half = 1 << (bits - 1)
        for steps in range(1, 9):
            for threshold in np.maximum(half >> rng.integers(bits, size=THRESHOLDS), 1):
                # Around the threshold, where neurons fire sometimes, and over the whole range.
                high = rng.choice([half, min(4 * int(threshold), half)])
                x = rng.integers(-high, high, (SEQUENCES, steps, 1, 1, 1))
                got, want = fire(x, int(threshold)), peer(x, int(threshold), dtype)
                sequences += len(x)
                values += x.size
                spikes += int(want.sum())
                differences += int(np.count_nonzero(got != want))
    print(f"spikingjelly {importlib.metadata.version('spikingjelly')}, torch {torch.__version__}, "
          f"seed {SEED}: {sequences} sequences of 1 to 8 steps, {values} outputs, "
          f"{spikes / values:.1%} spikes, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
