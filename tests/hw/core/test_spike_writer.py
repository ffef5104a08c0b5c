"""What is written equals the golden residual."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2}, id="four-passes-a-word"),
    pytest.param({"lanes": 2, "word_channels": 8, "pass_channels": 8}, id="one-pass-a-word"),
])
def test_spike_writer(config):
    run_block("sim.bench.tb_spike_writer", config)
