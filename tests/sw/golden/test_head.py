import numpy as np
import pytest

from sw.golden.head import logits


def test_sums_tokens_and_steps_before_the_product():
    rng = np.random.default_rng(0)
    x = rng.integers(19, size=(3, 4, 6, 2, 5), dtype=np.uint8)
    weight = rng.integers(-128, 128, (7, 6), dtype=np.int8)
    bias = rng.integers(-(1 << 31), 1 << 31, 7, dtype=np.int32)
    got = logits(x, weight, bias)
    assert got.dtype == np.int64
    for n, c in np.ndindex(got.shape):
        assert got[n, c] == int(bias[c]) + sum(
            int(weight[c, i]) * int(v) for i in range(6) for v in x[n, :, i].ravel())


def test_matches_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    x = rng.integers(19, size=(2, 4, 48, 7, 7), dtype=np.uint8)
    weight = rng.integers(-8, 8, (10, 48), dtype=np.int8)
    bias = rng.integers(-1000, 1000, 10, dtype=np.int32)
    want = torch.nn.functional.linear(*(torch.tensor(a, dtype=torch.float64) for a in
                                        (x.sum(axis=(1, 3, 4)), weight, bias)))
    assert np.array_equal(logits(x, weight, bias), want.numpy())


def test_all_max_does_not_wrap():
    x = np.full((1, 64, 4096, 2, 2), 255, np.uint8)
    weight = np.full((1, 4096), 127, np.int8)
    bias = np.zeros(1, np.int32)
    assert logits(x, weight, bias).item() == 64 * 4 * 255 * 4096 * 127
