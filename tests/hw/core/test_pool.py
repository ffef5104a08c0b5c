"""Pooled words equal the golden max-pooling."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2}, id="four-granules"),
    pytest.param({"lanes": 1, "word_channels": 16, "pass_channels": 16}, id="one-granule"),
])
def test_pool(config):
    run_block("sim.bench.tb_pool", config)
