"""The verb that checks netlists: what it compares, what it says, what it refuses."""
from types import SimpleNamespace

import pytest

from hw.boards import find_board
from sim import netlist
from sim.small import small_artefact
from sw import cli


@pytest.fixture
def checked(monkeypatch):
    """Boards that were checked; each check yields one network with the differences given."""
    seen = []

    def fake(board, technology, images, defect, seed):
        seen.append((board.name, technology.synthesis, images, defect))
        comparison = SimpleNamespace(spikes=1000, differences=int(defect is not None),
                                     first="q, image 0" if defect is not None else None)
        yield netlist._Outcome(board.name, 77, "random", 2,
                               SimpleNamespace(comparison=comparison, cycles=500))

    monkeypatch.setattr(netlist, "_check", fake)
    return seen


def test_every_board_that_open_tools_build(checked, capsys, tmp_path):
    record = tmp_path / "netlist.md"
    assert cli.main(["netlist", "--write", str(record)]) == 0
    assert [name for name, *_ in checked] == ["icebreaker", "ulx3s", "ecpix5", "tang_primer_20k"]
    assert dict(part[:2] for part in checked)["icebreaker"] == "synth_ice40 -dsp"
    assert capsys.readouterr().out.splitlines()[-1] == (
        "4 networks on netlists, 4000 spikes compared, 0 networks with differences")
    assert "| ulx3s | 77 | random | 2 | 1000 | 0 | 500 |" in record.read_text()


def test_difference_is_named_and_fails(checked, capsys):
    assert cli.main(["netlist", "--board", "ulx3s", "--defect", "3", "--images", "2"]) == 1
    assert checked == [("ulx3s", "synth_ecp5", 2, 3)]
    assert "  first difference: q, image 0" in capsys.readouterr().out


def test_run_that_does_not_end_is_a_difference(monkeypatch, capsys):
    def fake(board, *_):
        yield netlist._Outcome(board.name, 77, "random", 2, None, "nothing moved")

    monkeypatch.setattr(netlist, "_check", fake)
    assert cli.main(["netlist", "--board", "icebreaker"]) == 1
    assert "nothing moved" in capsys.readouterr().out


@pytest.mark.parametrize("arguments, sentence", [
    pytest.param(["--board", "arty_a7"], "arty_a7: the open tools make no netlist for ",
                 id="xilinx"),
    pytest.param(["--board", "none"], "unknown board 'none'; choose one of icebreaker, ",
                 id="unknown"),
    pytest.param(["--images", "0"], "--images must be at least 1, not 0", id="images"),
])
def test_refusals(arguments, sentence, capsys):
    assert cli.main(["netlist", *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"spikeplane: {sentence}")


def test_networks_that_run(monkeypatch):
    """Both networks, on the netlist and with the configuration of the board."""
    runs = []

    class Bench:
        def __init__(self, artefact, config, *, seed, core):
            runs.append((artefact.name, config, core))

        def run(self, images):
            runs[-1] += (len(images),)
            return SimpleNamespace(comparison=SimpleNamespace(spikes=1, differences=0), cycles=1)

    board = find_board("icebreaker")
    monkeypatch.setattr(netlist, "NetworkBench", Bench)
    monkeypatch.setattr(netlist, "Core", lambda config, array: (config, array))
    monkeypatch.setattr(netlist, "synthesize", lambda *_: SimpleNamespace(
        read_text=lambda: "  cell \\SB_LUT4 $1\n"))
    monkeypatch.setattr(netlist, "netlist_source", lambda *_: "the netlist")
    monkeypatch.setattr(netlist, "find", lambda name: name)
    monkeypatch.setattr(netlist, "load", lambda name: small_artefact())
    outcomes = list(netlist._check(board, netlist.find_technology(board.family), 3, None, 1))
    assert runs == [("random", board.core, "the netlist", 2),
                    ("small", board.core, "the netlist", 3)]
    assert [outcome.cells for outcome in outcomes] == [1, 1]
