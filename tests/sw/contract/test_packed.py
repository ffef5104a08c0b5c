"""Small integers side by side in bytes."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sw.contract.packed import pack, stored_spec, unpack
from sw.contract.tensors import TensorSpec


def spec(dtype, shape, low, high):
    return TensorSpec(dtype=dtype, shape=shape, low=low, high=high)


def test_known_bytes():
    # -8 is 0, and the first value lies lowest.
    weights = np.array([[-8, 7, 0], [1, -1, -7]], np.int8)
    assert pack(weights, spec("int8", (2, 3), -8, 7)).tolist() == [0xF0, 0x98, 0x17]
    ternary = np.array([-1, 0, 1, 1, 0], np.int8)
    assert pack(ternary, spec("int8", (5,), -1, 1)).tolist() == [0b10_10_01_00, 0b01]
    spikes = np.array([1, 0, 0, 0, 0, 0, 0, 1, 1], np.uint8)
    assert pack(spikes, spec("uint8", (9,), 0, 1)).tolist() == [0x81, 0x01]


@pytest.mark.parametrize("dtype, low, high, size", [
    ("uint8", 0, 1, 2), ("uint8", 0, 2, 4), ("uint8", 0, 3, 4), ("uint8", 0, 4, 8),
    ("uint8", 0, 15, 8), ("uint8", 0, 16, 15), ("int8", -1, 1, 4), ("int8", -8, 7, 8),
    ("int8", -128, 127, 15), ("int32", -(1 << 31), (1 << 31) - 1, 60)])
def test_bytes_of_fifteen_values(dtype, low, high, size):
    assert stored_spec(spec(dtype, (3, 5), low, high)).nbytes == size


@given(st.data())
def test_what_is_packed_comes_back(data):
    dtype, low, high = data.draw(st.sampled_from([
        ("uint8", 0, 1), ("uint8", 0, 3), ("uint8", 0, 9), ("uint8", 0, 18), ("int8", -1, 1),
        ("int8", -8, 7), ("int8", -128, 127), ("int64", -(1 << 31), (1 << 31) - 1)]))
    shape = data.draw(arrays.array_shapes(max_dims=4, max_side=5))
    array = data.draw(arrays.arrays(dtype, shape, elements=st.integers(low, high)))
    mine = spec(dtype, shape, low, high)
    stored = pack(array, mine)
    kept = stored_spec(mine)
    assert (stored.dtype.name, stored.shape) == (kept.dtype, kept.shape)
    back = unpack(stored, mine)
    assert back.dtype == array.dtype and (back == array).all()


def test_values_beyond_the_range_are_seen():
    # Three of four codes are ternary weights; the check of the range refuses the fourth.
    assert unpack(np.array([0xFF], np.uint8), spec("int8", (4,), -1, 1)).tolist() == [2] * 4
