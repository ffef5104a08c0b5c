"""Placed cells, as nextpnr names them for each family, and their map."""
import json

import pytest

from hw.build.figure import draw_placement
from hw.build.placement import Cell, components, read_placement

CELLS = {
    "system.core.convolution.array.n_LUT": ("ICESTORM_LC", "X10/Y26/lc0"),
    "system.core.convolution$195.n_FF": ("TRELLIS_FF", "X8/Y23/SLICEA.FF1"),
    "system.core.spikes.words.0.0": ("DP16KD", "X10/Y22/EBR3"),
    "system.link.n": ("LUT3", "X45Y26/LUT1"),
    "memory.words.0": ("SDPB", "X46Y27/BSRAM"),
    "memory.n": ("ALU", "X49Y25/ALU1"),
    "$PACKER_VCC": ("GOWIN_VCC", "X0Y0/VCC"),
    "clocking.pll": ("EHXPLLL", "X1/Y4/EHXPLL_UL"),
    "lost": ("DFFR", None),
}


@pytest.fixture
def file(tmp_path):
    cells = {name: {"type": kind, "attributes": {"NEXTPNR_BEL": bel} if bel else {}}
             for name, (kind, bel) in CELLS.items()}
    path = tmp_path / "placed.json"
    path.write_text(json.dumps({"modules": {"top": {"cells": cells}}}))
    return path


def test_cells(file):
    assert read_placement(file) == [
        Cell(10, 26, "logic", "convolution"), Cell(8, 23, "logic", "convolution"),
        Cell(10, 22, "memory", "spikes"), Cell(45, 26, "logic", "link"),
        Cell(46, 27, "memory", "memory"), Cell(49, 25, "logic", "memory"),
        Cell(0, 0, "other", "(top)"), Cell(1, 4, "other", "clocking")]


def test_components(file):
    assert list(components(read_placement(file)).items()) == [
        ("convolution", {"logic": 2, "memory": 0}), ("memory", {"logic": 1, "memory": 1}),
        ("link", {"logic": 1, "memory": 0}), ("spikes", {"logic": 0, "memory": 1})]


def test_figure_is_the_same_each_time(file):
    cells = read_placement(file)
    first = draw_placement(cells, "a board")
    assert first.startswith(b"\x89PNG") and draw_placement(cells, "a board") == first
    assert draw_placement(cells[:1], "a board") != first


def test_many_components_have_a_legend_for_the_rest():
    cells = [Cell(k, k % 5, "logic", f"part{k}") for k in range(12)]
    assert draw_placement(cells, "crowded").startswith(b"\x89PNG")
