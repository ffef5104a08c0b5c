"""The lanes of an image all read the lane of the slot."""
from sim.block_bench import run_block


def test_lane_select():
    run_block("sim.bench.tb_lane_select", {"lanes": 8, "word_channels": 8, "pass_channels": 2})
