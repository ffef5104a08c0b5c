"""The verbs run, soak and board-sim."""
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hw.config import CORES
from sim.board import classify
from sim.board.simulated import BAUD
from sim.small import SMALL_CORE, small_artefact
from sw import cli, golden
from sw.contract.artefact import save

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def net(tmp_path):
    save(small_artefact(), tmp_path / "net")
    return str(tmp_path / "net")


@pytest.fixture
def image(tmp_path):
    np.save(tmp_path / "image.npy", small_artefact().vectors["image"][2])
    return str(tmp_path / "image.npy")


def test_board_and_golden_model_answer(running, net, image, capsys):
    """A board that is simulated for this one image."""
    assert cli.main(["run", "--board", "sim", "--net", net, "--core", "8x2", image]) == 0
    lines = capsys.readouterr().out.splitlines()
    logits = small_artefact().vectors["head"][2]
    answer = f"{logits.argmax()}  logits {' '.join(map(str, logits))}"
    assert lines[1] == f"sim           {answer}" and lines[2] == f"golden model  {answer}"
    assert "cycles, " in lines[3] and lines[3].endswith("ms at 1 MHz")


def test_difference_is_told(running, net, image, capsys, monkeypatch):
    running.reset()

    def other(artefact, images):
        layers = golden.run(artefact, images)
        return layers | {"head": layers["head"] + 1}

    monkeypatch.setattr(classify, "golden", type("Golden", (), {"run": staticmethod(other)}))
    assert cli.main(["run", "--port", running.path, "--baud", str(BAUD), "--net", net, image]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "the logits differ: run `spikeplane selftest` to learn where")


def test_soak_compares_and_records(running, net, tmp_path, capsys, monkeypatch):
    running.reset()
    monkeypatch.setenv("SEED", "4")
    page = tmp_path / "soak.md"
    assert cli.main(["soak", "--port", running.path, "--baud", str(BAUD), "--net", net, "--images",
                     "7", "--write", str(page)]) == 0
    figures = dict(reversed(line.split(maxsplit=1))
                   for line in capsys.readouterr().out.splitlines()[1:])
    assert figures["images"] == "7" and figures["runs"] == "4" and figures["logits"] == "70"
    assert figures["differences"] == "0" and figures["frames sent again"] == "0"
    assert "**7 images, 0 differences.**" in page.read_text()
    assert "`SEED=4 spikeplane soak --board sim --net small --images 7`" in page.read_text()


@pytest.mark.parametrize("options, message", [
    (["soak", "--images", "0"], "--images must be at least 1, not 0"),
    (["soak", "--write", "nowhere/a.md"], "--write: no directory nowhere; make it first"),
    (["run", "nothing.png"], "nothing.png: no such file"),
])
def test_impossible_wishes_are_one_sentence(options, message, capsys):
    assert cli.main(options) == 1
    assert capsys.readouterr().err == f"spikeplane: {message}\n"


def test_served_board_is_found_at_the_printed_port(running, net, image, capsys):
    """``running`` has built it; in a process of its own, as from another terminal."""
    # A suite that runs in the background has SIGINT ignored, and so would the board.
    script = ("import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
              "from hw.config import CORES; from sim.small import SMALL_CORE\n"
              "CORES['8x2'] = SMALL_CORE\n"
              "from sw import cli; sys.exit(cli.main(sys.argv[1:]))")
    command = [sys.executable, "-c", script, "board-sim", "--core", "8x2", "--net", net]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        assert process.stdout.readline() == "building the simulation of sim ...\n"
        line = process.stdout.readline()
        assert line.startswith("serial port: /dev/")
        path = line.split()[2].rstrip(";")
        assert cli.main(["run", "--port", path, "--baud", str(BAUD), "--net", net, image]) == 0
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "spikeplane: interrupted\n"
    assert process.returncode == 130
    assert "golden model" in capsys.readouterr().out


@pytest.fixture(autouse=True)
def small_preset(monkeypatch):
    """The small core under a name; its board is the one that ``running`` has built."""
    monkeypatch.setitem(CORES, "8x2", SMALL_CORE)
