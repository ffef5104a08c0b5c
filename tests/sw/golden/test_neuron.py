import itertools

import numpy as np
import pytest

from sw.golden.neuron import drive, fire


def real_valued_lif(x, threshold):
    """The neuron of the literature, tau = 2, hard reset, in float64: exact for these ranges."""
    v = np.zeros(x[:, 0].shape)
    spikes = np.zeros(x.shape, np.uint8)
    for step in range(x.shape[1]):
        v = v + (x[:, step] - v) / 2
        spikes[:, step] = v >= threshold
        v = np.where(spikes[:, step], 0.0, v)
    return spikes



@pytest.mark.parametrize("steps", range(1, 9))
@pytest.mark.parametrize("bits", [3, 8, 16, 24], ids="{}-bit".format)
def test_equals_the_real_valued_neuron(steps, bits):
    """1.28 million sequences over all cases; each channel has a threshold of its own."""
    rng = np.random.default_rng([steps, bits])
    half = 1 << (bits - 1)
    x = rng.integers(-half, half, (200, steps, 200, 1, 1))
    x[:, :, ::4] = rng.choice([-half, half - 1, 0, 1, -1], (200, steps, 50, 1, 1))
    threshold = rng.integers(-half, half, 200)
    threshold[1::2] = np.maximum(np.abs(threshold[1::2]) >> rng.integers(bits, size=100), 1)
    spikes = fire(x, threshold)
    assert np.array_equal(spikes, real_valued_lif(x, threshold[:, None, None]))
    assert 0.1 < spikes.mean() < 0.9


def test_every_short_sequence_of_small_integers():
    x = np.array(list(itertools.product(range(-4, 5), repeat=4)))
    for threshold in range(-4, 5):
        assert np.array_equal(fire(x[:, :, None, None, None], threshold)[:, :, 0, 0, 0],
                              real_valued_lif(x, threshold))


@pytest.mark.parametrize("value", [-(1 << 23), (1 << 23) - 1, -(1 << 31), (1 << 31) - 1, 1 << 40],
                         ids=str)
@pytest.mark.parametrize("threshold", [-(1 << 31), -1, 0, 1, 11 << 27, (1 << 31) - 1], ids=str)
def test_corners_do_not_wrap(value, threshold):
    """The same extreme at every step and in every channel."""
    x = np.full((1, 8, 3, 2, 2), value)
    want = []
    v = 0
    for _ in range(8):
        v = (v + value) >> 1
        want.append(int(v >= threshold))
        v = 0 if want[-1] else v
    assert (fire(x, threshold) == np.reshape(want, (1, 8, 1, 1, 1))).all()


def test_narrow_inputs_do_not_wrap():
    x = np.full((1, 4, 1, 1, 1), 127, np.int8)
    assert fire(x, 96).ravel().tolist() == real_valued_lif(x.astype(float), 96).ravel().tolist()


def test_thresholds_belong_to_channels():
    x = np.full((1, 1, 3, 1, 2), 10)
    assert fire(x, np.array([4, 5, 6]))[0, 0, :, 0, 0].tolist() == [1, 1, 0]


def test_images_do_not_share_a_membrane():
    rng = np.random.default_rng(0)
    x = rng.integers(-50, 60, (5, 4, 2, 3, 3))
    threshold = np.array([9, 17])
    together = fire(x, threshold)
    for i in range(5):
        assert np.array_equal(together[i:i + 1], fire(x[i:i + 1], threshold))


@pytest.mark.parametrize("fraction_bits", range(5))
def test_drive_shifts_then_adds_the_bias(fraction_bits):
    acc = np.array([-3, 0, 5], np.int32).reshape(1, 1, 3, 1, 1)
    bias = np.array([7, -7, 0], np.int32)
    want = [-3 * 2 ** fraction_bits + 7, -7, 5 * 2 ** fraction_bits]
    assert drive(acc, bias, fraction_bits).ravel().tolist() == want


def test_drive_widens_where_32_bits_end():
    acc = np.full((1, 1, 1, 1, 1), (1 << 30) - 1, np.int32)
    bias = np.array([(1 << 31) - 1], np.int32)
    assert drive(acc, bias, 4).item() == ((1 << 30) - 1) * 16 + (1 << 31) - 1
