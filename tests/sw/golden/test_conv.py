import numpy as np
import pytest

from sw.golden.conv import convolve


def by_definition(x, weight, stride, pad, pad_value):
    """Python integers, one multiplication at a time."""
    (channels, height, width), (outputs, _, kernel, _) = x.shape, weight.shape
    padded = np.empty((channels, height + 2 * pad, width + 2 * pad), object)
    padded[...] = np.array(pad_value, object).reshape(-1, 1, 1)
    padded[:, pad:pad + height, pad:pad + width] = x.astype(object)
    size = [(side + 2 * pad - kernel) // stride + 1 for side in (height, width)]
    out = np.zeros((outputs, *size), object)
    for o, i, j in np.ndindex(out.shape):
        window = padded[:, i * stride:i * stride + kernel, j * stride:j * stride + kernel]
        out[o, i, j] = int((window * weight[o].astype(object)).sum())
    return out


@pytest.mark.parametrize("kernel, stride, pad", [(1, 1, 0), (2, 2, 0), (3, 1, 1)],
                         ids=["linear", "down", "3x3"])
@pytest.mark.parametrize("levels", [1, 3, 255])
@pytest.mark.parametrize("pad_value", [None, (9, 0, 200)], ids=["zeros", "mean-pixel"])
def test_matches_the_definition(kernel, stride, pad, levels, pad_value):
    rng = np.random.default_rng([kernel, levels])
    x = rng.integers(levels + 1, size=(3, 5, 7), dtype=np.uint8)
    weight = rng.integers(-128, 128, (4, 3, kernel, kernel), dtype=np.int8)
    got = convolve(x, weight, stride=stride, pad=pad, pad_value=pad_value)
    assert got.dtype == np.int32
    assert got.tolist() == by_definition(x, weight, stride, pad, pad_value or (0, 0, 0)).tolist()


@pytest.mark.parametrize("kernel, stride, pad", [(1, 1, 0), (2, 2, 0), (3, 1, 1)],
                         ids=["linear", "down", "3x3"])
@pytest.mark.parametrize("bits, levels", [(4, 1), (4, 18), (8, 1), (8, 255)])
def test_matches_torch(kernel, stride, pad, bits, levels):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng([kernel, bits, levels])
    x = rng.integers(levels + 1, size=(2, 3, 48, 9, 6), dtype=np.uint8)
    half = 1 << (bits - 1)
    weight = rng.integers(-half, half, (20, 48, kernel, kernel), dtype=np.int8)
    want = torch.nn.functional.conv2d(
        torch.tensor(x.reshape(6, 48, 9, 6), dtype=torch.float64),
        torch.tensor(weight, dtype=torch.float64), stride=stride, padding=pad)
    got = convolve(x, weight, stride=stride, pad=pad)
    assert np.array_equal(got.reshape(want.shape), want.numpy())


@pytest.mark.parametrize("channels", [100, 1000, 70000], ids=["float32", "float64", "wide"])
@pytest.mark.parametrize("weight", [-128, 127], ids=["all-min", "all-max"])
def test_corners_are_exact(channels, weight):
    """Odd sums beyond 2**24 would round in float32; 70000 channels leave 31 bits of sum."""
    x = np.full((channels, 1, 1), 255, np.uint8)
    w = np.full((1, channels, 1, 1), weight, np.int8)
    assert convolve(x, w).item() == channels * 255 * weight


def test_odd_sum_just_beyond_float32():
    """2**24 + 1 is the first integer that float32 lacks."""
    x = np.full((518, 1, 1), 255, np.uint8)
    x[517] = 1
    w = np.full((1, 518, 1, 1), 127, np.int8)
    x[516], w[0, 516, 0, 0] = 1, 1
    rest = (1 << 24) + 1 - convolve(x[:516], w[:, :516]).item()
    assert rest > 0
    x = np.concatenate([x[:516], np.full((rest // 255, 1, 1), 255, np.uint8),
                        np.full((1, 1, 1), rest % 255, np.uint8)])
    w = np.concatenate([w[:, :516], np.ones((1, len(x) - 516, 1, 1), np.int8)], axis=1)
    assert convolve(x, w).item() == (1 << 24) + 1
