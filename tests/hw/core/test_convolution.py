"""Sums of whole layers equal the golden convolution."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"word_channels": 8, "pass_channels": 2, "memory_bits": 16}, id="W4"),
    pytest.param({"word_channels": 8, "pass_channels": 1, "weight_bits": 8, "memory_bits": 64,
                  "accumulator_bits": 22}, id="W8-tile-of-one-memory-word"),
])
def test_convolution(config):
    run_block("sim.bench.tb_convolution", config)
