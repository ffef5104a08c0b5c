import numpy as np
import pytest

from sw.golden.integer import exact_float, exact_int


@pytest.mark.parametrize("bound", [0, 1, (1 << 24) - 1, 1 << 24, (1 << 24) + 1, (1 << 53) - 1,
                                   1 << 53], ids=str)
def test_float_type_holds_the_bound_and_its_neighbour(bound):
    dtype = exact_float(bound)
    assert int(dtype(bound)) == bound and int(dtype(-bound)) == -bound
    assert int(dtype(max(bound - 1, 0))) == max(bound - 1, 0)


def test_float_type_is_the_smallest():
    assert exact_float(1 << 24) is np.float32
    assert exact_float((1 << 24) + 1) is np.float64


def test_no_float_type_beyond_53_bits():
    with pytest.raises(OverflowError, match="9007199254740993 is exact in no float type"):
        exact_float((1 << 53) + 1)


def test_integer_type_is_the_smallest():
    assert exact_int((1 << 31) - 1) is np.int32
    assert exact_int(1 << 31) is np.int64
