"""Pauses are as long as they should be."""
from sim.block_bench import run_block


def test_pause_timer():
    run_block("sim.bench.tb_pause_timer", {"cycles": 100})
