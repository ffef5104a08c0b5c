"""docs/boards.md says what the boards' files say."""
import re
from pathlib import Path

import pytest

from hw.boards import BOARDS, find_board
from hw.boards.board import Memory

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/boards.md").read_text()


def rows(first):
    """Cells of the table whose head begins with ``first``, by the name of the board."""
    lines = PAGE[PAGE.index(f"| {first}"):].split("\n\n")[0].splitlines()[2:]
    cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {name.strip("`"): rest for name, *rest in cells}


def test_example_is_the_file():
    assert f"```\n{(ROOT / 'hw/boards/ecpix5.py').read_text()}```\n" in PAGE


def test_every_board_is_listed():
    assert tuple(rows("board | FPGA")) == BOARDS
    assert tuple(rows("board | USB")) == tuple(
        name for name in BOARDS if find_board(name).loader)


@pytest.mark.parametrize("name", BOARDS)
def test_memory_and_tools(name):
    board = find_board(name)
    fpga, memory, tools = rows("board | FPGA")[name]
    assert fpga in board.title
    size, unit = re.match(r"(\d+) ([KM])iB", memory).groups()
    assert int(size) << {"K": 10, "M": 20}[unit] == board.memory_bytes
    kind = {Memory.BLOCK: "block RAM", Memory.SPRAM: "single-port RAM", Memory.SDRAM: "SDRAM"}
    assert kind[board.memory] in memory
    assert tools.startswith("open" if board.family.product else board.family.vendor_tool)
