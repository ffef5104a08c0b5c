"""Programs run in order, on time, and are recorded."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2, "memory_bits": 8}, id="narrow-memory"),
    pytest.param({"word_channels": 8, "pass_channels": 2, "memory_bits": 64}, id="wide-memory"),
])
def test_control(config):
    run_block("sim.bench.tb_control", config)
