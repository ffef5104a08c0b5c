"""The block bench, shown on its worked example; and what it says when a test fails."""
import pytest

from sim.block_bench import run_block
from sim.runner import SimulationFailure


@pytest.mark.parametrize("width", [1, 8, 24])
@pytest.mark.parametrize("stall_i, stall_o", [
    pytest.param(0.0, 0.0, id="steady"),
    pytest.param(0.5, 0.0, id="slow-source"),
    pytest.param(0.0, 0.5, id="slow-sink"),
    pytest.param(0.5, 0.5, id="both-slow"),
])
def test_accumulator(width, stall_i, stall_o):
    results = run_block("sim.bench.accumulator",
                        {"width": width, "stall_i": stall_i, "stall_o": stall_o})
    assert [result.name for result in results] == ["sums_match", "single_values_flow_every_cycle"]
