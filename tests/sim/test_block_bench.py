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


def test_tests_are_chosen_by_name():
    results = run_block("sim.bench.accumulator", {"width": 8, "stall_i": 0.0, "stall_o": 0.0},
                        test="every_cycle$")
    assert [result.name for result in results] == ["single_values_flow_every_cycle"]


@pytest.mark.parametrize("asked, written", [("1", True), ("0", False), ("", False)])
def test_waveform_is_written_when_asked(tmp_path, monkeypatch, asked, written):
    monkeypatch.setenv("WAVES", asked)
    monkeypatch.setattr("sim.block_bench.BUILD", tmp_path)
    run_block("sim.bench.accumulator", {"width": 8, "stall_i": 0.0, "stall_o": 0.0})
    vcd = tmp_path / "waves" / "accumulator.vcd"
    assert vcd.exists() is written
    if written:
        assert "$scope module accumulator" in vcd.read_text()
        save_file = vcd.with_name("accumulator.vcd.gtkw").read_text()
        assert "\naccumulator.i__payload[8:0]\n" in save_file


def test_held_payloads_pass():
    run_block("sim.bench.withdrawn", {"hold": True}, test="payloads_arrive")


def test_withdrawn_payload_is_noticed():
    with pytest.raises(SimulationFailure, match=r"SEED=7: payloads_arrive: .*withdrawn before it"):
        run_block("sim.bench.withdrawn", {"hold": False}, test="payloads_arrive", seed=7)
