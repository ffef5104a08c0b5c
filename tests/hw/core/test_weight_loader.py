"""Tiles and parameters arrive as they were packed."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2, "memory_bits": 8}, id="narrow-memory"),
    pytest.param({"word_channels": 8, "pass_channels": 1, "memory_bits": 64},
                 id="tile-of-half-a-word"),
])
def test_weight_loader(config):
    run_block("sim.bench.tb_weight_loader", config)
