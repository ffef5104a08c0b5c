"""Models of vendors' cells are found by what a file instantiates."""
import pytest

from sim.cells import models


@pytest.mark.parametrize("text, names", [
    pytest.param("module top(input a);\n  wire CCU2C_out;\nendmodule\n", [], id="none"),
    pytest.param("  CCU2C #(\n    .INIT0(1)\n  ) cell_0 (\n", ["CCU2C"], id="parameters"),
    pytest.param("  MULT18X18D \\a.b (\n    .A0(x)\n  );\n", ["MULT18X18D"], id="no-parameters"),
    pytest.param("  SDPB #(\n  ) _1_ (\n  DPB #(\n  ) _2_ (\n", ["DPB", "SDPB", "block_ram"],
                 id="what-models-consist-of"),
])
def test_models(tmp_path, text, names):
    source = tmp_path / "netlist.v"
    source.write_text(text)
    found = models(source)
    assert sorted(path.stem for path in found) == sorted(names)
    for path in found:
        assert f"\nmodule {path.stem} " in path.read_text()
