"""What is read from place and route's report, and what is refused."""
import json

import pytest

from hw.boards import find_board
from hw.build.report import Clock, CriticalPath, Use, check_timing, read_report, summary
from sw.contract.errors import SpikeplaneError

BOARD = find_board("icebreaker")


def hop(kind, delay, start, end, net=None):
    place = {"cell": start, "loc": [1, 2], "port": "O"}, {"cell": end, "loc": [1, 2], "port": "I"}
    return {"type": kind, "delay": delay, "from": place[0], "to": place[1]} | (
        {"net": net} if net else {})


def raw(achieved=21.504321, constraint=18.00115203857422):
    slow = [hop("clk-to-q", 1.4, "a", "a"), hop("routing", 20.0, "a", "b", "n1"),
            hop("logic", 1.2, "b", "b"), hop("routing", 2.25, "b", "c", "n2"),
            hop("setup", 0.65, "c", "c")]
    fast = [hop("clk-to-q", 1.4, "d", "d"), hop("routing", 1.0, "d", "e", "n3"),
            hop("setup", 0.1, "e", "e")]
    return {
        "utilization": {"ICESTORM_LC": {"used": 528, "available": 5280},
                        "ICESTORM_RAM": {"used": 15, "available": 30},
                        "SB_GB": {"used": 1, "available": 8}},
        "fmax": {"$glbnet$clk": {"achieved": achieved, "constraint": constraint}},
        "critical_paths": [
            {"from": "posedge clk", "to": "posedge clk", "path": fast},
            {"from": "posedge clk", "to": "posedge clk", "path": slow},
            {"from": "<async>", "to": "posedge clk", "path": [hop("routing", 99, "p", "q", "n4")]}]}


@pytest.fixture
def read(tmp_path):
    def read(values):
        (tmp_path / "timing.json").write_text(json.dumps(values))
        return read_report(BOARD, tmp_path)
    return read


def test_reads_resources_clock_and_the_slowest_path_between_registers(read):
    report = read(raw())
    assert report.resources == {"logic cells": Use(528, 5280), "block RAMs": Use(15, 30)}
    assert report.resources["logic cells"].share == 0.1
    assert report.clock == Clock("clk", 21.5, 18.0)
    assert report.critical == CriticalPath("a", "c", 25.5, 22.25, 1, ("n1", "n2"))
    assert json.loads(json.dumps(report.to_dict()))["critical"]["nets"] == ["n1", "n2"]


def test_other_clocks_are_taken_as_they_are(read):
    assert read(raw(60.0, 48.0004)).clock.wanted == 48.0


def test_summary(read):
    assert summary(read(raw())).splitlines() == [
        "logic cells      528 of    5280   10.0%",
        "block RAMs        15 of      30   50.0%",
        "clock clk: 21.50 MHz, 18 MHz needed",
        "critical path: a to c, 25.50 ns, 22.25 ns of them in wires, 1 cells between"]


def test_clock_that_is_met(read):
    check_timing(BOARD, read(raw()))
    check_timing(BOARD, read(raw(18.1, 18.0)))


@pytest.mark.parametrize("achieved, cure", [
    (17.25, " or the slower clock --clock 17.25"), (12.5, "")])
def test_clock_that_is_not_met(read, achieved, cure):
    with pytest.raises(SpikeplaneError) as error:
        check_timing(BOARD, read(raw(achieved, 18.0)))
    assert str(error.value) == (
        f"icebreaker: timing is not met: {achieved:.2f} MHz where the clock has 18 MHz "
        f"({1 - achieved / 18:.1%} too slow); the critical path goes from a to c; try other seeds "
        f"(--seeds 8), a smaller core (--core, --set){cure}")


def test_design_without_a_clock(read):
    with pytest.raises(SpikeplaneError, match="place and route reports no clock"):
        read(raw() | {"fmax": {}})
