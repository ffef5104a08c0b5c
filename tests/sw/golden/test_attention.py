import numpy as np
import pytest

from sw.golden.attention import attend


def spikes(rng, shape, rate):
    return (rng.random((3, *shape)) < rate).astype(np.uint8)


@pytest.mark.parametrize("heads", [1, 2, 3, 6], ids="{}-heads".format)
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (4, 4)], ids="{0[0]}x{0[1]}".format)
@pytest.mark.parametrize("rate", [0.2, 0.7])
def test_matches_the_definition(heads, size, rate):
    """(Q K^T) V, written as loops over heads and token pairs."""
    q, k, v = spikes(np.random.default_rng(heads), (2, 3, 12, *size), rate)
    tokens = [a.reshape(2, 3, 12, -1).astype(int) for a in (q, k, v)]
    want = np.zeros_like(tokens[0])
    width = 12 // heads
    for h in range(heads):
        qh, kh, vh = (a[:, :, h * width:(h + 1) * width] for a in tokens)
        for i, j in np.ndindex(want.shape[3], want.shape[3]):
            score = (qh[..., i] & kh[..., j]).sum(axis=-1, keepdims=True)
            want[:, :, h * width:(h + 1) * width, i] += score * vh[..., j]
    assert np.array_equal(attend(q, k, v, heads), want.reshape(q.shape))


@pytest.mark.parametrize("heads", [1, 4, 8], ids="{}-heads".format)
def test_matches_torch(heads):
    torch = pytest.importorskip("torch")
    q, k, v = spikes(np.random.default_rng(5), (2, 2, 64, 7, 7), 0.3)
    def tokens_of(a):
        return torch.tensor(a, dtype=torch.float64).reshape(2, 2, heads, 64 // heads, 49)
    scores = torch.einsum("nthdi,nthdj->nthij", tokens_of(q), tokens_of(k))
    want = torch.einsum("nthij,nthdj->nthdi", scores, tokens_of(v)).reshape(q.shape)
    assert np.array_equal(attend(q, k, v, heads), want.numpy())


def test_all_ones_reach_the_bound():
    ones = np.ones((1, 1, 64, 14, 14), np.uint8)
    assert (attend(ones, ones, ones, 1) == 196 * 64).all()


def test_silent_values_give_nothing():
    q, k, _ = spikes(np.random.default_rng(0), (1, 2, 8, 3, 3), 0.5)
    assert not attend(q, k, np.zeros_like(q), 2).any()
