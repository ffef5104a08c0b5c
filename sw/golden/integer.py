"""Exact matrix products of integers through floating-point BLAS, where a bound proves it exact."""
import numpy as np

__all__ = ["exact_float", "exact_int"]


def exact_float(bound: int) -> type:
    """Fastest float type that holds every integer of magnitude ``bound`` or less.

    A product whose every partial sum stays within ``bound`` is then exact in any order of
    summation, because no step rounds.
    """
    if bound <= 1 << 24:
        return np.float32
    if bound <= 1 << 53:
        return np.float64
    raise OverflowError(f"a sum of magnitude {bound} is exact in no float type")


def exact_int(bound: int) -> type:
    """Fastest integer type that holds every integer of magnitude ``bound`` or less."""
    return np.int32 if bound < 1 << 31 else np.int64
