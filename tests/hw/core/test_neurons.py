"""Neurons equal the golden LIF."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2, "accumulator_bits": 8}, id="narrow"),
    pytest.param({"word_channels": 16, "pass_channels": 4, "accumulator_bits": 27}, id="wide"),
])
def test_neurons(config):
    run_block("sim.bench.tb_neurons", config)
