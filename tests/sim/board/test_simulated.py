"""The process that simulates a board: pins to bytes, reset, rest, and its end."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.board import simulated
from sim.board.simulated import BAUD, SimulatedBoard
from sim.board.source import _ZEROS, _loop
from sw.contract.errors import SpikeplaneError
from sw.host import Board, BoardReset, Connection, LinkError, Port


@pytest.fixture
def board(running):
    running.reset()
    with Board(Connection(Port(running.path, BAUD), timeout=1.0, attempts=2)) as board:
        yield board


def test_identity_is_that_of_the_configuration(board, simulation):
    identity = board.identity
    assert (identity.board, identity.clock) == ("sim", simulation.config.clock)
    assert identity.core == simulation.config.core.to_dict()


def test_memory_keeps_every_byte(board):
    data = bytes(range(256)) * 4
    board.write(4096, data)
    assert board.read(4096, len(data)) == data
    assert board.connection.repeats == 0


def test_reset_is_a_reset(board, running):
    running.reset()
    with pytest.raises(BoardReset):
        board.status()
    assert board.status().run == 0


def test_time_stands_still_while_nothing_happens(board, running):
    board.status()
    time.sleep(0.5)  # what the design does after the last byte
    ticks = [sum(map(int, Path(f"/proc/{running._process.pid}/stat").read_text().split()[13:15]))
             for _ in range(2) if not time.sleep(0.3)]
    assert ticks[0] == ticks[1]
    board.status()


def test_broken_frame_does_not_stop_it(board, running):
    board.connection.port.write(b"\x5a\x03\x07\x40\x00half")
    assert not board.status().busy


def test_end_of_the_simulation_is_one_sentence(simulation):
    with SimulatedBoard(simulation) as board:
        opened = Board.open(board.path, BAUD)
        board._process.send_signal(signal.SIGKILL)
        board._process.wait()
        with pytest.raises(LinkError, match=r"is gone, the cable was pulled or its other end stop"):
            opened.status()
        with pytest.raises(SpikeplaneError, match=r"^the simulated board ended with status -9"):
            board.reset()
        with pytest.raises(SpikeplaneError, match=r"status -9: something ended it$"):
            board.wait()
        opened.__exit__()


def test_what_the_simulation_says_at_its_end_is_shown(simulation, monkeypatch):
    class Model:
        executable = "/bin/sh"

    run = subprocess.Popen
    monkeypatch.setattr(type(simulation), "build", lambda self: Model)
    monkeypatch.setattr(simulated.subprocess, "Popen", lambda command, **options: run(
        ["/bin/sh", "-c", "echo 'tRCD violated at cycle 7'; exit 3"], **options))
    with SimulatedBoard(simulation) as board, pytest.raises(
            SpikeplaneError, match=r"^the simulated board ended with status 3: tRCD viol"):
        board.wait()


def test_it_ends_with_its_parent(running):
    """``running`` has built the model; a parent that is killed cannot say goodbye."""
    script = ("import time\n"
              "from sim.board.simulated import SimulatedBoard\n"
              "from sim.board.simulated_target import SimulatedTarget\n"
              "board = SimulatedBoard(SimulatedTarget.simulation())\n"
              "print(board._process.pid, flush=True)\n"
              "time.sleep(60)\n")
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen([sys.executable, "-c", script], cwd=root, stdout=subprocess.PIPE,
                          text=True) as parent:
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    for _ in range(100):
        stat = Path(f"/proc/{child}/stat")
        if not stat.exists() or stat.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the simulation outlives its parent")


def test_two_hosts_at_once_are_refused(running, board):
    with pytest.raises(LinkError, match="another program uses it"):
        Port(running.path)


def test_zeros_of_memories_become_loops():
    rows = "".join(f"    words[{k}] = 8'h00;\n" for k in range(3, 100))
    text = f"  initial begin\n    words[2] = 8'h07;\n{rows}    words[100] = 8'h01;\n  end\n"
    got = _ZEROS.sub(_loop, text)
    assert "for (k = 3; k <= 99; k = k + 1) words[k] = 8'h00;" in got
    assert "words[2] = 8'h07;" in got and "words[100] = 8'h01;" in got and "words[50]" not in got
    few = "".join(f"    words[{k}] = 8'h00;\n" for k in range(10))
    assert _ZEROS.sub(_loop, few) == few
