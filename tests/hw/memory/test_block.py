"""Block RAM as memory: words come back, whatever waits for whom."""
import pytest

from sim.block_bench import run_block


@pytest.mark.parametrize("parameters", [
    pytest.param({"memory_bits": 8, "words": 500}, id="bytes"),
    pytest.param({"memory_bits": 64, "words": 512}, id="wide"),
])
def test_block(parameters):
    run_block("sim.bench.tb_memory_backend", {"kind": "block", **parameters})
