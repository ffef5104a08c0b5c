"""Build plans run by tools that are made up: what is kept, shared, and left by a failure."""
import os
import subprocess
import sys
import time

import pytest

from hw.build import flow
from hw.build.plan import Plan

FILES = {"top.il": "design", "top.ys": "script", "top.pcf": "pins"}


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """``tools(name=shell text)`` makes tools; each notes in ``calls`` that it ran."""
    monkeypatch.setattr(flow, "versions", lambda names: dict.fromkeys(names, "1.0"))

    def make(**texts):
        for name, text in texts.items():
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\necho {name} $* >>{tmp_path}/calls\n{text}\n")
            path.chmod(0o755)
        return lambda name: str(tmp_path / name)

    return make


def plan(seed=1, files=FILES):
    return Plan(dict(files), [["synth", "top.ys"], ["place", str(seed)], ["pack"]])


GOOD = {"synth": "cat top.il top.ys >top.json", "place": "cat top.json top.pcf >placed; echo $1",
        "pack": "cat placed >top.bin"}


@pytest.fixture
def execute(tmp_path):
    return lambda plan, find: flow.execute(plan, builds=tmp_path / "builds", find=find)


def calls(tmp_path):
    return (tmp_path / "calls").read_text().splitlines()


def test_products_and_logs_are_kept(tools, execute, tmp_path, capfd):
    done = execute(plan(), tools(**GOOD))
    assert (done / "top.bin").read_text() == "designscriptpins"
    assert (done / "place-and-route.log").read_text() == "1\n"
    assert calls(tmp_path) == ["synth top.ys", "place 1", "pack"]
    assert [line.split()[0] for line in capfd.readouterr().err.splitlines()] == [
        "synthesis", "place", "packing"]


def test_finished_builds_are_not_run_again(tools, execute, tmp_path):
    find = tools(**GOOD)
    assert execute(plan(), find) == execute(plan(), find)
    assert len(calls(tmp_path)) == 3


def test_seeds_share_synthesis(tools, execute, tmp_path):
    find = tools(**GOOD)
    assert execute(plan(1), find) != execute(plan(2), find)
    assert calls(tmp_path) == ["synth top.ys", "place 1", "pack", "place 2", "pack"]


@pytest.mark.parametrize("change", ["design", "version"])
def test_what_matters_makes_another_build(tools, execute, tmp_path, monkeypatch, change):
    find = tools(**GOOD)
    first = execute(plan(), find)
    files = FILES | ({"top.il": "other"} if change == "design" else {})
    if change == "version":
        monkeypatch.setattr(flow, "versions", lambda names: dict.fromkeys(names, "1.1"))
    assert execute(plan(files=files), find) != first
    assert len(calls(tmp_path)) == 6


def test_failure_leaves_its_logs_and_no_result(tools, execute, tmp_path):
    find = tools(**GOOD | {"place": "echo ERROR: no; echo Info: half >top.tim; exit 3"})
    with pytest.raises(flow.StepFailure) as failure:
        execute(plan(), find)
    assert (failure.value.title, failure.value.status) == ("place and route", 3)
    assert failure.value.text == "ERROR: no\n\nInfo: half\n"
    assert (failure.value.directory / "place-and-route.log").read_text() == "ERROR: no\n"
    assert failure.value.directory.name.endswith(".failed")
    tools(**GOOD)
    assert (execute(plan(), find) / "top.bin").exists()


def test_interruption_stops_the_tool_and_leaves_nothing(tools, tmp_path):
    tools(**GOOD | {"place": "exec sleep 60"})
    script = (
        "import sys\nfrom pathlib import Path\nfrom hw.build import flow\n"
        "from hw.build.plan import Plan\n"
        "flow.versions = lambda names: {}\n"
        f"plan = Plan({FILES!r}, [['synth', 'top.ys'], ['place', '1'], ['pack']])\n"
        f"flow.execute(plan, builds=Path({str(tmp_path / 'builds')!r}),\n"
        f"             find=lambda name: {str(tmp_path)!r} + '/' + name)\n")
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE,
                               env=os.environ | {"PYTHONPATH": os.getcwd()})
    while len(calls(tmp_path) if (tmp_path / "calls").exists() else []) < 2:
        time.sleep(0.05)
    process.send_signal(2)
    assert b"KeyboardInterrupt" in process.communicate(timeout=10)[1]
    left = [path.name for path in (tmp_path / "builds").iterdir() if path.is_dir()]
    assert len(left) == 1 and left[0].startswith("synthesis-")
    assert "sleep 60" not in subprocess.run(["ps", "-o", "args", "--ppid", str(process.pid)],
                                            capture_output=True, text=True).stdout
