"""A system runs programs, logs them, and can be stopped at any time."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("memory_bits, lanes", [(16, 4), (64, 8)])
def test_system(memory_bits, lanes):
    run_block("sim.bench.tb_system", {
        "lanes": lanes, "word_channels": 8, "pass_channels": 2, "spike_words": 256,
        "psum_words": 16, "mask_words": 64, "memory_bits": memory_bits, "memory_space": 16})
