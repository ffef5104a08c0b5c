"""A board's memory and runs, against the model of its link."""
import random

import numpy as np
import pytest

from sim.board.link_model import LinkModel, stand_in
from sim.board.virtual_port import VirtualPort
from sw.contract.link import Kind
from sw.host import Board, BoardReset, Connection, LinkError
from sw.host.log import RECORDS, RESULTS

PROGRAM = (300).to_bytes(4, "little") + bytes(range(256)) + bytes(40)
CYCLES = 1_000_000


@pytest.fixture
def model():
    return LinkModel()


@pytest.fixture
def board(model):
    return Board(Connection(VirtualPort(model), timeout=0.1, numbers=random.Random(1)))


@pytest.fixture
def requests(board, monkeypatch):
    """Kinds of the requests made."""
    made = []
    request = board.connection.request

    def note(kind, *args, **options):
        made.append(kind)
        return request(kind, *args, **options)

    monkeypatch.setattr(board.connection, "request", note)
    return made


def run(board, program=PROGRAM, **options):
    return board.run(0, [(0, program)], 2048, cycles=CYCLES, **options)


def test_identity_is_the_boards(board, model):
    assert board.identity.board == "model" and board.identity.core == model.CORE.to_dict()
    assert board.identity.core_digest == model.CORE.digest


@pytest.mark.parametrize("size", [0, 2, 504, 506, 1500])
def test_memory_is_written_and_read_in_parts(board, model, size):
    data = random.Random(size).randbytes(size)
    seen = []
    board.write(1000, data, seen.append)
    assert model.memory[1000:1000 + size] == data and board.read(1000, size) == data
    assert seen == [min(at + 504, size) for at in range(0, size, 504)]


def test_spike_words_are_rows(board, model):
    words = board.read_spikes(3, 9)
    assert words.shape == (9, 4) and words.tobytes() == bytes(model.spikes[12:48])
    assert board.read_spikes(0, 64).tobytes() == bytes(model.spikes)


def test_run_gives_results_records_and_cycles(board):
    got = run(board)
    results, records = stand_in(PROGRAM)
    np.testing.assert_array_equal(got.results, np.array(results, RESULTS))
    np.testing.assert_array_equal(got.records, np.array(records, RECORDS))
    assert got.cycles == 10_000


def test_run_shows_its_cycles(board):
    seen = []
    run(board, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 10_000 and len(seen) > 2


def test_what_memory_holds_is_not_written_again(board, requests):
    run(board)
    requests.clear()
    run(board)
    assert Kind.WRITE not in requests


@pytest.mark.parametrize("change", ["write", "reset", "log"])
def test_what_memory_may_not_hold_is_written_again(board, model, requests, change):
    run(board)
    if change == "write":
        board.write(256, bytes(2))
    elif change == "log":
        other = (8).to_bytes(4, "little") + bytes(4)
        board.run(3000, [(3000, other)], 3008, cycles=CYCLES)
        board.run(2048, [(2048, other)], 2056, cycles=CYCLES)  # its log may reach 3000
        requests.clear()
        board.run(3000, [(3000, other)], 3008, cycles=CYCLES)
        assert Kind.WRITE in requests
    else:
        model.reset()
        with pytest.raises(BoardReset):
            run(board)
    requests.clear()
    assert run(board).results.tolist() == stand_in(PROGRAM)[0]
    assert (Kind.WRITE in requests) is (change != "log")


def test_log_below_contents_is_the_callers_mistake(board):
    with pytest.raises(ValueError, match="contents at 0x0 reach into the log at 0x64"):
        board.run(0, [(0, PROGRAM)], 100, cycles=CYCLES)


@pytest.mark.parametrize("address, size, error, message", [
    (4000, 98, LinkError, "98 bytes at 0xfa0 exceed the 4096 bytes of the board's memory"),
    (1, 2, ValueError, "2 bytes at 0x1 are not whole words of 2 bytes"),
    (0, 3, ValueError, "3 bytes at 0x0 are not whole words of 2 bytes")])
def test_impossible_places_are_refused(board, requests, address, size, error, message):
    with pytest.raises(error, match=message):
        board.write(address, bytes(size))
    with pytest.raises(error, match=message):
        board.read(address, size)
    assert not requests


def test_spikes_beyond_the_memory_are_refused(board):
    with pytest.raises(LinkError, match="8 bytes at 0xfc exceed the 256 bytes of the board's spik"):
        board.read_spikes(63, 2)


def test_run_that_takes_too_long_is_aborted(board, model):
    model.seconds = 1e9
    with pytest.raises(LinkError, match=r"run was aborted after [0-9]+ clock cycles, 1000000 are"):
        run(board)
    model.seconds = 0.01
    assert not board.status().busy
    run(board)


def test_reset_during_a_run_is_noticed(board, model):
    with pytest.raises(BoardReset):
        run(board, progress=lambda cycles: model.reset())
    run(board)


def test_run_of_another_host_is_not_ours(board, model):
    def steal(cycles):
        model._run += 1

    with pytest.raises(LinkError, match="the board at model lost the run: it was reset, or anoth"):
        run(board, progress=steal)
    run(board)


def test_interrupted_run_is_aborted(board, model):
    def interrupt(cycles):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(board, progress=interrupt)
    assert not board.status().busy and board.status().run == 0
    run(board)


def test_run_that_could_not_be_aborted_is_aborted_before_the_next_use(board, model, monkeypatch):
    model.seconds = 1e9
    write = board.connection.port.write

    def interrupt(cycles):
        monkeypatch.setattr(board.connection.port, "write", lambda data: None)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(board, progress=interrupt)
    monkeypatch.setattr(board.connection.port, "write", write)
    assert board.status().busy
    assert board.read(0, 4) == PROGRAM[:4]
    model.seconds = 0.01
    run(board)


def test_run_of_a_host_that_went_away_is_aborted(board, model):
    model.seconds = 1e9
    board._running = True
    board._start(7, 0, 2048)
    assert model._ends is not None
    later = Board(Connection(board.connection.port, timeout=0.1))
    assert model._ends is None and not later.status().busy


def test_leaving_aborts_and_closes(board, model, monkeypatch):
    closed = []
    monkeypatch.setattr(board.connection.port, "close", lambda: closed.append(1))
    with board:
        board._running = True
        board._start(7, 0, 2048)
    assert closed == [1] and model._ends is None


def test_lost_answer_to_run_does_not_start_it_twice(board, model, monkeypatch):
    starts = []
    start = model._start
    monkeypatch.setattr(model, "_start", lambda *args: starts.append(start(*args)) or starts[-1])
    read = board.connection.port.read
    lost = 5

    def lose(timeout):
        nonlocal lost
        data = read(timeout)
        if starts and data and lost:
            lost -= 1
            return b""
        return data

    monkeypatch.setattr(board.connection.port, "read", lose)
    model.seconds = 2.0
    board._start(7, 0, 2048)
    assert lost == 0
    assert [int(status) for status in starts] == [0, 1]  # OK, then BUSY: it is that run


def test_damaged_log_is_refused(board, model, monkeypatch):
    monkeypatch.setattr(model, "_log_words", 0)
    read = board.read
    monkeypatch.setattr(board, "read", lambda *args: bytes(4) + read(*args)[4:])
    with pytest.raises(LinkError, match="the log of the run is damaged at word 0"):
        run(board)
