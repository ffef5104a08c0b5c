"""Pixels are visited as a walk in plain Python visits them."""
from sim.block_bench import run_block


def test_pixel_walk():
    run_block("sim.bench.tb_pixel_walk", {})
