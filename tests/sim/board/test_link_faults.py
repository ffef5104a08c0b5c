"""The campaign against the link: what it holds, and that it notices a driver that is wrong."""
import pytest

from sim.board.link_faults import run_campaign
from sim.board.link_model import LinkModel
from sim.board.model_target import ModelTarget
from sim.board.simulated_target import SimulatedTarget
from sw import cli
from sw.host import connection
from sw.host.board import Board
from sw.host.connection import Connection
from sw.host.errors import LinkError


def test_no_wrong_value_and_always_usable_again():
    outcomes = run_campaign(ModelTarget(), 240, number=1)
    assert outcomes["sequences"] >= 240
    assert outcomes["recovered"] == outcomes["sequences"]
    assert all(outcomes[action, "right"] for action in ("read", "write", "run", "run, reset"))
    assert outcomes["run, reset", "BoardReset"] and outcomes["run, struck", "struck"]
    assert outcomes["run", "NoAnswer"]


def test_hardware_holds_it_too(running):
    outcomes = run_campaign(SimulatedTarget(running), 2, number=1, steps=4)
    assert outcomes["recovered"] == outcomes["sequences"] >= 2


def never_forget(patch):
    """What was written before a reset is believed to be there."""
    patch.setattr(Board, "_known", lambda self: None)


def overlook_writes(patch):
    """What a write changes is believed unchanged."""
    patch.setattr(Board, "_forget", lambda self, begin, end: self._known())


def leave_runs(patch):
    """A run that was given up goes on."""
    patch.setattr(Board, "_abandon", lambda self: None)
    patch.setattr(Board, "_settle", lambda self: None)


def never_say_hello_again(patch):
    """A connection that lost its number never finds it again."""
    patch.setattr(connection, "_ROUNDS", 1)
    patch.setattr(Connection, "_synchronised", property(lambda self: True, lambda self, v: None),
                  raising=False)


def fails():
    """The campaign has to end with what it found: one failure, or several at once."""
    with pytest.raises((AssertionError, LinkError, ExceptionGroup)):
        for number in range(10):
            run_campaign(ModelTarget(), 300, number=number, shrink=False)


@pytest.mark.parametrize("defect", [
    never_forget, overlook_writes, leave_runs, never_say_hello_again])
def test_defect_of_the_driver_is_noticed(defect, monkeypatch):
    defect(monkeypatch)
    fails()


def test_board_that_executes_damaged_requests_is_noticed(monkeypatch):
    monkeypatch.setattr("sim.board.link_model.zlib", NoCrc)
    fails()


class NoCrc:
    """In place of zlib, a CRC that any four bytes are right for."""
    class crc32(int):
        def __new__(cls, data):
            return super().__new__(cls, 0)

        def __eq__(self, other):
            return True


def test_verb_counts_and_records(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("SEED", "2")
    page = tmp_path / "faults.md"
    assert cli.main(["faults", "--sequences", "5", "--write", str(page)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "SEED=2"
    assert lines[1].endswith(" right values, 0 wrong values; the board was usable again after each")
    text = page.read_text()
    assert "`SEED=2 spikeplane faults --sequences 5 --target model`" in text
    assert "| action | right | NoAnswer | BoardReset |" in text and f"**{lines[1]}.**" in text


@pytest.mark.parametrize("options, message", [
    (["--sequences", "0"], "--sequences must be at least 1, not 0"),
    (["--write", "nowhere/page.md"], "--write: no directory nowhere; make it first")])
def test_impossible_wishes_are_one_sentence(capsys, options, message):
    assert cli.main(["faults", *options]) == 1
    assert capsys.readouterr().err == f"spikeplane: {message}\n"


def test_a_wrong_value_is_an_error_of_the_campaign(monkeypatch):
    """The board computes something else than its program says."""
    finish = LinkModel._finish

    def wrong(self, now):
        was, before = self._ends, bytes(self.memory)
        finish(self, now)
        if was is not None and self._ends is None and bytes(self.memory) != before:
            self.memory[self._log + 4] ^= 1

    monkeypatch.setattr(LinkModel, "_finish", wrong)
    fails()
