"""Every request, refusal, repetition and damage that docs/link.md speaks of."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("core", [
    pytest.param({"memory_bits": 8}, id="bytes"),
    pytest.param({"memory_bits": 16}, id="narrow-memory"),
    pytest.param({"memory_bits": 64, "lanes": 4}, id="wide-memory"),
])
def test_link(core):
    run_block("sim.bench.tb_link", core)
