"""Two requesters, one memory: nothing lost, nothing swapped."""
from sim.block_bench import run_block


def test_memory_port():
    run_block("sim.bench.tb_memory_port", {"memory_bits": 32})
