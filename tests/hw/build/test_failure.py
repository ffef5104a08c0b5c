"""What is said when a tool gives up; the messages are nextpnr's own."""
from pathlib import Path

import pytest

from hw.boards import find_board
from hw.build.failure import explain
from hw.build.flow import StepFailure
from sw.contract.cache import BUILD

TOO_MANY_CELLS = """\
Info: Device utilisation:
Info: \t         ICESTORM_LC:   6120/   5280   115%
Info: \t        ICESTORM_RAM:     30/     30   100%
Info: \t       ICESTORM_PLL:      1/      1   100%
ERROR: Unable to place cell 'x', no BELs remaining to implement cell type 'ICESTORM_LC'
"""
TWO_KINDS = """\
Info: \t              DP16KD:   300/   208   144%
Info: \t          MULT18X18D:     2/   156     1%
Info: \t        TRELLIS_COMB: 90000/ 83640   107%
ERROR: Unable to place cell 'y', no BELs remaining to implement cell type 'DP16KD'
"""
NO_PLACE = """\
Info: \t         ICESTORM_LC:   5279/   5280    99%
ERROR: Unable to find legal placement for all cells, design is probably at utilisation limit.
"""


@pytest.mark.parametrize("board, title, text, want", [
    ("icebreaker", "place and route", TOO_MANY_CELLS,
     ("icebreaker: the design does not fit the iCE40: 6120 logic cells of 5280 (15.9% too many); "
     "use a smaller core (--core, --set); ")),
    ("ulx3s", "place and route", TWO_KINDS,
     ("ulx3s: the design does not fit the ECP5: 300 block RAMs of 208 (44.2% too many), 90000 LUTs "
     "of 83640 (7.6% too many); use a smaller core (--core, --set); ")),
    ("icebreaker", "place and route", NO_PLACE,
     ("icebreaker: the design does not fit the iCE40: no place is left (Unable to find legal "
     "placement for all cells, design is probably at utilisation limit); use a smaller core "
     "(--core, --set) or other seeds (--seeds 8); ")),
    ("ecpix5", "synthesis", "ERROR: Module `\\foo' is not part of the design.\n",
     "ecpix5: synthesis failed: Module `\\foo' is not part of the design; "),
    ("ecpix5", "packing", "Traceback ...\n", "ecpix5: packing failed: it did not say why; "),
], ids=["cells", "two kinds", "no place", "synthesis", "silent"])
def test_one_sentence(board, title, text, want):
    failure = StepFailure(title, text, BUILD / "boards" / "0123.failed", 1)
    assert str(explain(find_board(board), failure)) == (
        f"{want}logs are in build/boards/0123.failed")


def test_logs_elsewhere():
    failure = StepFailure("packing", "", Path("/elsewhere/1.failed"), 1)
    assert str(explain(find_board("ulx3s"), failure)).endswith("logs are in /elsewhere/1.failed")


def test_tool_that_was_ended():
    failure = StepFailure("place and route", "Info: halfway\n", BUILD / "boards" / "1.failed", -9)
    assert str(explain(find_board("ulx3s"), failure)) == (
        "ulx3s: place and route was ended by signal 9, which the system sends when memory runs "
        "out; close other programs and build again; logs are in build/boards/1.failed")
