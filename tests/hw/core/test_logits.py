"""Logits equal the golden head."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2}, id="two-labels-a-pass"),
    pytest.param({"word_channels": 8, "pass_channels": 1, "accumulator_bits": 26},
                 id="one-label-a-pass"),
])
def test_logits(config):
    run_block("sim.bench.tb_logits", config)
