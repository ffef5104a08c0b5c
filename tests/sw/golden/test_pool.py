import numpy as np
import pytest

from sw.golden.pool import pool

SIZES = [(1, 1), (1, 4), (2, 2), (3, 5), (7, 4), (8, 8), (9, 16)]


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("rate", [0.02, 0.2, 1.0])
def test_is_the_or_of_the_window(size, rate):
    rng = np.random.default_rng(0)
    x = (rng.random((2, 3, 4, *size)) < rate).astype(np.uint8)
    got = pool(x)
    assert got.shape == (2, 3, 4, (size[0] + 1) // 2, (size[1] + 1) // 2)
    for i, j in np.ndindex(got.shape[3:]):
        window = x[..., max(2 * i - 1, 0):2 * i + 2, max(2 * j - 1, 0):2 * j + 2]
        assert np.array_equal(got[..., i, j], window.max(axis=(-2, -1)))


@pytest.mark.parametrize("size", SIZES, ids="{0[0]}x{0[1]}".format)
def test_matches_torch(size):
    torch = pytest.importorskip("torch")
    x = (np.random.default_rng(1).random((6, 4, *size)) < 0.1).astype(np.uint8)
    want = torch.nn.functional.max_pool2d(torch.tensor(x, dtype=torch.float64), 3, 2, 1)
    assert np.array_equal(pool(x), want.numpy())


def test_single_spike_reaches_exactly_its_windows():
    x = np.zeros((6, 6), np.uint8)
    x[3, 2] = 1  # odd row: windows 1 and 2; even column: window 1
    assert np.argwhere(pool(x)).tolist() == [[1, 1], [2, 1]]
