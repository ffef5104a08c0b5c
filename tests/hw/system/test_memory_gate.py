"""Core and link share the memory; a core is reset without a trace."""
from sim.block_bench import run_block


def test_memory_gate():
    run_block("sim.bench.tb_memory_gate", {"memory_bits": 32})
