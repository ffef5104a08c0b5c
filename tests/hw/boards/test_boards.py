"""Every board's description, and the plan that is made of it."""
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from amaranth.build import ResourceError

import hw.boards
from hw.boards import BOARDS, find_board
from hw.boards.top import Top
from hw.build.plan import make_plan
from hw.config import core
from sw.contract.errors import SpikeplaneError

DIRECTORY = Path(hw.boards.__file__).parent


@pytest.fixture(params=BOARDS)
def board(request):
    return find_board(request.param)


def test_description(board):
    assert board.name in BOARDS and (DIRECTORY / f"{board.name}.py").exists()
    assert board.memory_bytes % (board.core.memory_bits // 8) == 0
    assert set(board.leds) == {"alive", "busy", "error"}
    assert (board.loader is None) == (not board.family.product)
    system = board.system("0123456789ab")
    assert (system.board, system.clock, system.core) == (board.name, board.clock, board.core)


def test_file_is_short(board):
    assert len((DIRECTORY / f"{board.name}.py").read_text().splitlines()) <= 30


def test_pins_and_oscillator_exist(board):
    platform = board.platform()
    assert platform.default_clk_frequency == board.oscillator
    for resource, number, *part in [*board.leds.values(), ("uart", 0)]:
        port = platform.request(resource, number, dir="-")
        assert not part or hasattr(port, *part)
    if board.button:
        platform.request(*board.button, dir="-")
    with pytest.raises(ResourceError):  # what is there twice, is one pin only
        platform.request("uart", 0, dir="-")


@pytest.mark.parametrize("name, message", [
    (None, "no board is given; add --board NAME, or BOARD=NAME to make, with one of icebreaker, "),
    ("mega", "unknown board 'mega'; choose one of icebreaker, "),
])
def test_board_that_does_not_exist(name, message):
    with pytest.raises(SpikeplaneError) as error:
        find_board(name)
    assert str(error.value).startswith(message)


def test_plan_depends_on_neither_process_nor_directory(tmp_path, plan_of):
    root = DIRECTORY.parent.parent
    script = (f"import runpy; names = runpy.run_path({str(root / 'tests/hw/conftest.py')!r})\n"
              "print(names['blink_plan']('icebreaker').digest)")
    seen = {subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, text=True,
                           capture_output=True,
                           env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
                           ).stdout.strip() for seed in ("1", "2")}
    assert seen == {plan_of("icebreaker").digest}
    assert str(root) not in str(plan_of("icebreaker").files)


def test_seed_changes_place_and_route_alone(plan_of):
    one, two = plan_of("ecpix5", 1), plan_of("ecpix5", 2)
    assert one.files == two.files and one.commands[0] == two.commands[0]
    assert one.commands[1] != two.commands[1] and one.digest != two.digest


def test_clock_is_an_option_where_constraints_have_none(plan_of):
    command = plan_of("tang_primer_20k").commands[1]
    assert command[command.index("--freq") + 1] == "54.000000"
    assert "--freq" not in plan_of("icebreaker").commands[1]


def test_project_for_a_vendor_has_files_and_no_commands(plan_of):
    plan = plan_of("arty_a7")
    assert plan.commands == [] and {"top.v", "top.tcl", "top.xdc"} <= set(plan.files)


def test_the_whole_design_of_a_board():
    board = replace(find_board("icebreaker"), core=core("tiny"))
    files = make_plan(board, Top(board, board.system("0123456789ab")), 1).files
    assert "module \\top.system.core.control" in files["top.il"]
    assert files["top.pcf"].count("set_io") == 7
