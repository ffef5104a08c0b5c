"""Images arrive as they were packed."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2, "memory_bits": 16}, id="two-word-memory"),
    pytest.param({"word_channels": 8, "pass_channels": 8, "memory_bits": 64},
                 id="half-a-memory-word"),
])
def test_image_loader(config):
    run_block("sim.bench.tb_image_loader", config)
