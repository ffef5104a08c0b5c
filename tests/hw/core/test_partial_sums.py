"""Sums over planes and tiles equal the golden convolution."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"lanes": 4, "word_channels": 8, "pass_channels": 2, "psum_words": 16,
                  "accumulator_bits": 14},
                 id="W4"),
    pytest.param({"lanes": 1, "word_channels": 8, "pass_channels": 1, "weight_bits": 8,
                  "accumulator_bits": 18, "psum_words": 100}, id="W8-one-sum"),
    pytest.param({"lanes": 2, "word_channels": 8, "pass_channels": 2, "psum_words": 128,
                  "accumulator_bits": 14}, id="read-early"),
])
def test_partial_sums(config):
    run_block("sim.bench.tb_partial_sums", config)
