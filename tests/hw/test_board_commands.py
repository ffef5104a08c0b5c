"""Verbs bitstream, flash and estimate from the command line, with tools that are made up."""
import json
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

import hw.boards.top
from hw.boards import find_board
from hw.build import bitstream, check, revision
from hw.build import estimate as estimates
from hw.build.estimate import Sample
from sw import cli

Blink = runpy.run_path(str(Path(__file__).with_name("conftest.py")))["Blink"]
NET = "digits-w4"
ROUTED = {
    "utilization": {"TRELLIS_COMB": {"used": 9, "available": 83640}},
    "fmax": {"clk": {"achieved": 90.0, "constraint": 80.0}}, "critical_paths": []}
PLACED = {"modules": {"top": {"cells": {"system.link.n": {
    "type": "TRELLIS_COMB", "attributes": {"NEXTPNR_BEL": "X8/Y23/SLICEA.K0"}}}}}}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty directory for bitstreams, small designs, and builds that take no time."""
    place = tmp_path / "bitstreams"
    place.mkdir()
    monkeypatch.setattr(bitstream, "BITSTREAMS", place)
    monkeypatch.setattr("hw.build.figure.draw_placement", lambda cells, title: b"png")
    monkeypatch.setattr(revision, "hardware_revision", lambda **_: "0123456789ab")
    for module in (bitstream, check):
        monkeypatch.setattr(module, "versions", lambda names: {"amaranth": "0.5"})
    for module in (hw.boards.top, check):
        monkeypatch.setattr(module, "Top", lambda board, system: Blink(board))

    def execute(plan, **_):
        directory = tmp_path / plan.digest
        directory.mkdir(exist_ok=True)
        seed = plan.commands[1][plan.commands[1].index("--seed") + 1]
        routed = ROUTED | {"fmax": {"clk": {"achieved": 90.0 + int(seed), "constraint": 80.0}}}
        (directory / "timing.json").write_text(json.dumps(routed))
        (directory / "placed.json").write_text(json.dumps(PLACED))
        (directory / "top.bit").write_text(plan.digest)
        return directory

    monkeypatch.setattr(bitstream, "execute", execute)
    return place


def run(*arguments):
    return cli.main(list(arguments))


def build(*arguments):
    return run("bitstream", "--board", "ecpix5", *arguments)


def error(capsys):
    text = capsys.readouterr().err.splitlines()[-1]
    assert text.startswith("spikeplane: ")
    return text.removeprefix("spikeplane: ")


def test_bitstream(place, capsys):
    assert build() == 0
    directory = place / f"{NET}-ecpix5"
    manifest = bitstream.load_manifest(directory)
    assert manifest["seed"] == 1 and manifest["network"]["name"] == NET
    out = capsys.readouterr().out
    assert "clock clk: 91.00 MHz, 80 MHz needed" in out
    assert json.loads((directory / "report.json").read_text())["components"] == {
        "link": {"logic": 1, "memory": 0}}


def test_fastest_of_several_seeds_is_kept(place, capsys):
    assert build("--seed", "3", "--seeds", "3") == 0
    assert bitstream.load_manifest(place / f"{NET}-ecpix5")["seed"] == 5
    assert "seed 4: 94.00 MHz of 80 MHz" in capsys.readouterr().err


def test_project_of_a_board_that_is_not_built_here(place, capsys):
    assert run("bitstream", "--board", "arty_a7") == 0
    assert "a project for Vivado, not built here" in capsys.readouterr().out
    assert (place / f"{NET}-arty_a7" / "arty_a7.zip").exists()


def test_check_builds_again_and_compares(place, capsys):
    build()
    capsys.readouterr()
    assert build("--check") == 0
    assert capsys.readouterr().out.startswith(
        f"{NET}-ecpix5: built again from revision 0123456789ab with seed 1: the same SHA-256 ")


@pytest.mark.parametrize("field, value, want", [
    ("sha256", None, "bitstreams/digits-w4-ecpix5: ecpix5.bit has SHA-256 "),
    ("plan", "0" * 16, ("digits-w4-ecpix5 was built from revision 0123456789ab, and the sources "
     "now generate another design; build it again, or check out that revision to compare")),
    ("tools", {"amaranth": "0.4"}, "digits-w4-ecpix5 was built with amaranth 0.4, here is "),
], ids=["file", "sources", "tools"])
def test_check_that_fails(place, capsys, field, value, want):
    build()
    file = place / f"{NET}-ecpix5" / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {field: value or "0" * 64}))
    assert build("--check") == 1
    assert error(capsys).startswith(want)


def test_build_that_is_not_reproducible(place, capsys, monkeypatch):
    build()
    real = bitstream.execute

    def other(plan, **_):
        directory = real(plan)
        (directory / "top.bit").write_text("other")
        return directory

    monkeypatch.setattr(bitstream, "execute", other)
    assert build("--check") == 1
    assert error(capsys).endswith("; the build is not reproducible")


@pytest.mark.parametrize("arguments, want", [
    ([], "no board is given; add --board NAME, or BOARD=NAME to make, with one of icebreaker"),
    (["--board", "x"], "unknown board 'x'; choose one of icebreaker"),
    (["--board", "ecpix5", "--seed", "0"], "--seed must be at least 1, not 0"),
    (["--board", "ecpix5", "--clock", "0"], "--clock must be a frequency in MHz, not 0"),
    (["--board", "icebreaker", "--clock", "19", "--net", "NET"],
     "SB_PLL40_PAD cannot make 19 MHz of 12 MHz; the nearest it can: 18.75 MHz and 19.125 MHz"),
    (["--board", "ecpix5", "--set", "lanes=3"], "core config: lanes must be 1, 2, 4 or 8, not 3"),
    (["--board", "tang_primer_20k", "--net", NET, "--core", "small"],
     "tang_primer_20k: digits-w4 needs "),
    (["--board", "ulx3s", "--check"], ("bitstreams/digits-w4-ulx3s: no bitstream is there; build "
     "it, e.g. `make bitstream BOARD=...`")),
], ids=["no board", "unknown board", "seed", "clock", "PLL", "core", "memory", "nothing to check"])
def test_refused_in_one_sentence(place, capsys, monkeypatch, arguments, want):
    if "NET" in arguments:  # a network that fits any board
        monkeypatch.setattr("hw.build.fit.network_of", lambda board, net: {"name": net})
    assert run("bitstream", *arguments) == 1
    assert error(capsys).startswith(want)
    assert not list(place.iterdir())


def test_too_slow_is_refused_and_leaves_nothing(place, capsys, monkeypatch):
    monkeypatch.setitem(ROUTED["fmax"]["clk"], "achieved", 1.0)
    real = bitstream.execute

    def slow(plan, **_):
        directory = real(plan)
        (directory / "timing.json").write_text(json.dumps(ROUTED))
        return directory

    monkeypatch.setattr(bitstream, "execute", slow)
    assert build() == 1
    assert error(capsys).startswith("ecpix5: timing is not met: 1.00 MHz where the clock has 80 ")
    assert not (place / f"{NET}-ecpix5").exists()


@pytest.fixture
def loader(tmp_path, monkeypatch):
    program = tmp_path / "loader"
    program.write_text(f"#!/bin/sh\nfor last; do :; done; cat $last >{tmp_path}/loaded\n")
    program.chmod(0o755)
    monkeypatch.setattr("hw.build.loader.find_loader", lambda: str(program))
    return tmp_path / "loaded"


def test_flash(place, loader, capsys):
    build()
    capsys.readouterr()
    assert run("flash", "--board", "ecpix5") == 0
    manifest = bitstream.load_manifest(place / f"{NET}-ecpix5")
    assert loader.read_text() == (place / f"{NET}-ecpix5" / manifest["file"]).read_text()
    assert capsys.readouterr().out == (
        "ecpix5: runs digits-w4-ecpix5, revision 0123456789ab, until power is cut; test it with "
        "`make selftest BOARD=ecpix5`\n")


@pytest.mark.parametrize("arguments, want", [
    (["--board", "ecpix5"], ("ecpix5: there is no bitstream digits-w4-ecpix5; build it, e.g. `make "
     "bitstream BOARD=ecpix5`")),
    (["--board", "icebreaker"], "icebreaker: its FPGA starts from flash only; add --permanent"),
    (["--board", "arty_a7"], ("arty_a7: its bitstream is not built here; build and flash it with "
     "Vivado")),
    ([], "no board is given"),
], ids=["no bitstream", "flash only", "vendor", "no board"])
def test_flash_refused(place, loader, capsys, arguments, want):
    assert run("flash", *arguments) == 1
    assert error(capsys).startswith(want)
    assert not loader.exists()


def test_damaged_bitstream_is_not_flashed(place, loader, capsys):
    build()
    (place / f"{NET}-ecpix5" / "ecpix5.bit").write_text("damaged")
    assert run("flash", "--board", "ecpix5") == 1
    assert "restore it from git, or build it again" in error(capsys)
    assert not loader.exists()


def sample(board, achieved, **used):
    cells = {"LUTs": 20_000, "flip-flops": 10_000} | used
    return Sample(board.name, board.core, cells, achieved)


@pytest.mark.parametrize("used, achieved, want", [
    ({}, 95.0, "it should fit and meet its clock"),
    ({"LUTs": 90_000}, 95.0, "LUTs: too much for this board"),
    ({"LUTs": 83_000}, 95.0, "LUTs: may not do, build it to know"),
    ({}, 81.0, "clock: may not do, build it to know"),
    ({}, 60.0, "clock: too fast"),
])
def test_estimate(capsys, monkeypatch, used, achieved, want):
    board = find_board("ecpix5")
    monkeypatch.setattr(estimates, "read_samples", lambda: [sample(board, achieved, **used)])
    assert run("estimate", "--board", "ecpix5") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == want
    assert lines[0] == board.title
    assert any(line.startswith("run: ") and "images/s in the core" in line for line in lines)


def test_estimate_of_too_small_a_memory(capsys, monkeypatch):
    board = find_board("tang_primer_20k")
    cells = {"LUTs": 9000, "flip-flops": 5000, "carry cells": 2000}
    monkeypatch.setattr(estimates, "read_samples",
                        lambda: [Sample(board.name, board.core, cells, 80.0)])
    assert run("estimate", "--board", "tang_primer_20k", "--core", "tiny", "--net", NET) == 0
    assert "memory: too much for this board" in capsys.readouterr().out


def test_estimate_without_builds(capsys, monkeypatch):
    monkeypatch.setattr(estimates, "read_samples", lambda: [
        replace(sample(find_board("ecpix5"), 95.0), board="ecpix5")])
    assert run("estimate", "--board", "icebreaker") == 1
    assert error(capsys).startswith("icebreaker: there is no real build to estimate from")
