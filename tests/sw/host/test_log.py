"""The log of a run."""
import struct

import numpy as np
import pytest

from sw.host.errors import LinkError
from sw.host.log import parse_log

RESULT = struct.pack("<BBHi", 1, 3, 259, -70000)
RECORD = struct.pack("<BBH7I", 2, 5, 0, 7, *range(10, 16))


def test_entries_are_results_and_records():
    results, records = parse_log(RECORD + RESULT + RESULT)
    assert results.tolist() == [(3, 259, -70000)] * 2
    assert records.tolist() == [(5, 7, 10, 11, 12, 13, 14, 15)]
    assert records.dtype.names[2:] == ("begin", "cycles", "compute", "stall", "skipped", "spikes")


def test_empty_log_has_no_entries():
    results, records = parse_log(b"")
    assert results.shape == records.shape == (0,)


@pytest.mark.parametrize("data, word", [
    (RESULT + bytes(4), 2), (RESULT + RECORD[:-4], 2), (b"\x03" + RESULT[1:], 0)],
    ids=["no-tag", "cut", "unknown-tag"])
def test_anything_else_is_refused(data, word):
    with pytest.raises(LinkError, match=f"damaged at word {word} of {len(data) // 4}"):
        parse_log(data)


def test_values_are_signed_and_counters_are_not():
    results, records = parse_log(struct.pack("<BBHi", 1, 0, 0, -1)
                                 + struct.pack("<BBH7I", 2, 2, 0, 0, *[0xFFFFFFFF] * 6))
    assert results["value"][0] == -1
    assert records["cycles"][0] == np.uint32(0xFFFFFFFF)
