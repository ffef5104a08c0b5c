"""Every step of a convolution is that of a walk in plain Python."""
from sim.block_bench import run_block


def test_spike_reader():
    run_block("sim.bench.tb_spike_reader", {})
