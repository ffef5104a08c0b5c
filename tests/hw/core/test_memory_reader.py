"""The stream arrives in order, and the queue never overflows."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("config", [
    pytest.param({"memory_bits": 16, "prefetch_words": 16}, id="smallest-queue"),
    pytest.param({"memory_bits": 32, "prefetch_words": 64}, id="four-bursts"),
])
def test_memory_reader(config):
    run_block("sim.bench.tb_memory_reader", config)
