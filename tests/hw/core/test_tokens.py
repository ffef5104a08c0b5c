"""Attention equals the golden product."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"lanes": 2, "pass_channels": 4, "queries": 2, "count_bits": 8}, id="2-queries"),
    pytest.param({"lanes": 1, "pass_channels": 16, "queries": 8, "count_bits": 8}, id="8-queries"),
    pytest.param({"lanes": 1, "pass_channels": 4, "queries": 1, "head_words": 1, "count_bits": 8},
                 id="1-query-1-word"),
    pytest.param({"lanes": 2, "pass_channels": 8, "queries": 1, "count_bits": 8}, id="1-query"),
    pytest.param({"lanes": 1, "pass_channels": 2, "queries": 4, "count_bits": 8}, id="4-queries"),
])
def test_tokens(config):
    run_block("sim.bench.tb_tokens", config)
