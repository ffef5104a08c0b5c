"""Results and records become the log."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("bits", [8, 16, 64])
def test_recorder(bits):
    run_block("sim.bench.tb_recorder", {"memory_bits": bits})
