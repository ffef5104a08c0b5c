"""Builds are found again, keyed by everything that shapes them, and fail in one sentence."""
from dataclasses import replace

import pytest

from sim.build import build_model
from sim.toolchain import find_toolchain
from sw.contract.errors import SpikeplaneError

COUNTER = """
module counter(input clk, output reg [7:0] program);
  reg [7:0] hidden = 0;
  always @(posedge clk) begin hidden <= hidden + 1; program <= hidden; end
endmodule
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "counter.v"
    path.write_text(COUNTER)
    return path


def build(source, **options):
    return build_model("counter", [source], ["clk", "program"], **options)


def test_same_content_is_found_again(source, tmp_path):
    first = build(source)
    stamp = first.executable.stat().st_mtime_ns
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    copy = elsewhere / "counter.v"
    copy.write_text(COUNTER)
    assert build(copy) == first
    assert first.executable.stat().st_mtime_ns == stamp


def test_other_content_is_another_model(source):
    first = build(source)
    source.write_text(COUNTER.replace("+ 1", "+ 2"))
    assert build(source) != first
    assert build(source, arguments=["-DX=1"]) not in (first, build(source))


def test_only_named_signals_are_public(source):
    directory = build(source).executable.parent
    symbols = "".join(path.read_text() for path in directory.glob("Vtop__Syms*.cpp"))
    assert '"program"' in symbols and '"hidden"' not in symbols


def test_broken_source_is_refused_and_leaves_nothing(source, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.build.BUILD", tmp_path / "build")
    source.write_text("module counter(;")
    with pytest.raises(SpikeplaneError, match=r"^Verilator failed: %Error: .*syntax") as error:
        build(source)
    assert "\n" not in str(error.value) and "module counter" in error.value.__notes__[0]
    assert [path.suffix for path in (tmp_path / "build" / "verilator").iterdir()] == [".lock"]


def test_compiler_that_fails_is_named(source, tmp_path, monkeypatch):
    broken = tmp_path / "g++"
    broken.write_text("#!/bin/sh\ntest \"$1\" = --version && exit 0\necho error: no >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr("sim.build.BUILD", tmp_path / "build")
    monkeypatch.setattr("sim.build.find_toolchain", lambda: replace(
        find_toolchain(), compiler=str(broken), versions=("broken",)))
    with pytest.raises(SpikeplaneError) as error:
        build(source)
    assert str(error.value) == "C++ compiler failed: error: no"
