"""Trimmed taps and bands against brute force."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.compiler.geometry import bands, trim
from hw.config import CoreConfig
from sw.contract.errors import SpikeplaneError


@st.composite
def axes(draw):
    """(kernel, stride, pad, size, first, count) of a band of an axis that has outputs."""
    kernel, stride, pad = draw(st.sampled_from([(1, 1, 0), (2, 2, 0), (3, 1, 1), (3, 2, 1)]))
    size = draw(st.integers(max(1, kernel - 2 * pad), 12))
    outputs = (size + 2 * pad - kernel) // stride + 1
    count = draw(st.integers(1, outputs))
    return kernel, stride, pad, size, draw(st.integers(0, outputs - count)), count


@given(axes())
def test_trim_keeps_the_taps_that_reach_the_source(axis):
    kernel, stride, pad, size, first, count = axis
    taps = trim(*axis)
    reach = {tap: [y for y in range(first, first + count) if 0 <= y * stride + tap - pad < size]
             for tap in range(kernel)}
    assert list(taps.taps) == [tap for tap, outputs in reach.items() if outputs]
    assert taps.start == first * stride + taps.taps[0] - pad
    assert taps.before == (first not in reach[taps.taps[0]])
    assert taps.after == (first + count - 1 not in reach[taps.taps[-1]])


@given(axes())
def test_only_the_outermost_taps_miss_and_only_at_the_ends(axis):
    """What the tile walk relies on: two flags describe every miss."""
    _, stride, pad, size, first, count = axis
    taps = trim(*axis)
    for tap in taps.taps:
        for y in range(first, first + count):
            misses = not 0 <= y * stride + tap - pad < size
            allowed = (taps.before and tap == taps.taps[0] and y == first) or (
                taps.after and tap == taps.taps[-1] and y == first + count - 1)
            assert misses == allowed


@given(st.integers(1, 60), st.integers(1, 40), st.integers(40, 200))
def test_bands_cover_every_row_once(rows, columns, psum_words):
    got = bands("layer", rows, columns, CoreConfig(psum_words=psum_words))
    assert [row for first, count in got for row in range(first, first + count)] == list(range(rows))
    assert all(count * columns <= psum_words for _, count in got)
    # No band could have taken another row.
    assert all((count + 1) * columns > psum_words for _, count in got[:-1])


def test_a_row_that_does_not_fit_is_refused():
    with pytest.raises(SpikeplaneError, match=r"^layer stem\.conv0: a row of 65 pixels needs as "
                                              "many partial sums, the core has 64; "
                                              "raise psum_words$"):
        bands("stem.conv0", 3, 65, CoreConfig(psum_words=64))
