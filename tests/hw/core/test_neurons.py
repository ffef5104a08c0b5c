"""Neurons equal the golden LIF."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2, "accumulator_bits": 8}, id="narrow"),
    pytest.param({"word_channels": 16, "pass_channels": 4, "accumulator_bits": 27}, id="wide"),
    pytest.param({"word_channels": 8, "pass_channels": 2, "neuron_lanes": 2, "fraction_bits": 0},
                 id="two-lanes-a-cycle"),
    pytest.param({"word_channels": 8, "pass_channels": 1, "neuron_lanes": 4, "fraction_bits": 1},
                 id="all-lanes-a-cycle"),
])
def test_neurons(config):
    run_block("sim.bench.tb_neurons", config)
