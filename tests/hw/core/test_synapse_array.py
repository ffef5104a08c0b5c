"""Dot products equal the golden convolution, whatever the array is made of."""
import pytest

from hw.core.arrays import ARRAYS, find
from sim.block_bench import run_block
from sw.contract.errors import SpikeplaneError


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("config", [
    pytest.param({"lanes": 4, "word_channels": 8, "pass_channels": 2, "weight_bits": 4},
                 id="8x2-W4"),
    pytest.param({"lanes": 4, "word_channels": 4, "pass_channels": 1, "weight_bits": 4},
                 id="4x1-W4"),
    pytest.param({"lanes": 4, "word_channels": 32, "pass_channels": 1, "weight_bits": 8},
                 id="32x1-W8"),
    pytest.param({"lanes": 2, "word_channels": 64, "pass_channels": 1, "weight_bits": 4},
                 id="64x1-W4"),
])
def test_synapse_array(array, config):
    run_block("sim.bench.tb_synapse_array", {"array": array, **config})


def test_unknown_form_is_refused():
    with pytest.raises(SpikeplaneError, match=r"^synapse array: no form 'fast'; choose one"):
        find("fast")
