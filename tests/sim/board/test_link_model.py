"""The model of the link follows docs/link.md; the hardware's benches ask the same of the RTL."""
import struct

import pytest

from sim.board.link_model import LinkModel, stand_in
from sw.contract.link import Kind, Status
from sw.host.frames import Frame, FrameParser, encode


class Wire:
    """Sends bytes to a model, and collects its answers."""

    def __init__(self):
        self.model, self.time = LinkModel(seconds=1.0), 0.0

    def send(self, data, pause=1.0):
        for value in data:
            self.time += self.model.byte_time
            self.model.receive(value, self.time)
        self.time += pause
        sent, self.model.sent[:] = self.model.sent[:], []
        return FrameParser(1000).feed(bytes(value for _, value in sent))

    def ask(self, kind, sequence, payload=b"", pause=1.0):
        """(status, rest) of the answer, None if there is none."""
        got = self.send(encode(Frame(kind, sequence, payload)), pause)
        if not got:
            return None
        (frame,) = got
        assert (frame.kind, frame.sequence) == (kind | 0x80, sequence)
        return frame.payload[0], frame.payload[1:]


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def known(wire):
    """After HELLO with number 10 and an ABORT."""
    wire.ask(Kind.HELLO, 10, bytes(4))
    wire.ask(Kind.ABORT, 11)
    return wire


def dropped(wire, sequence):
    return struct.unpack("<BIIIH", wire.ask(Kind.STATUS, sequence)[1])[4]


def test_nothing_is_answered_before_hello(wire):
    assert wire.ask(Kind.STATUS, 0) is None
    assert wire.ask(Kind.HELLO, 0, b"\1\2\3\4")[0] == Status.OK
    assert wire.ask(Kind.STATUS, 1) is not None


def test_fresh_until_something_else_is_executed(wire):
    def fresh(sequence):
        return wire.ask(Kind.HELLO, sequence, bytes(4))[1][5]

    assert [fresh(3), fresh(3), fresh(8)] == [1, 1, 1]
    assert wire.ask(Kind.STATUS, 200) is None and fresh(8) == 1
    wire.ask(Kind.STATUS, 9)
    assert fresh(20) == 0
    wire.model.reset()
    assert fresh(21) == 1


def test_only_the_next_number_and_the_last_are_answered(known):
    before = dropped(known, 12)
    assert known.ask(Kind.READ, 13, struct.pack("<IH", 0, 2))[0] == Status.OK
    assert known.ask(Kind.READ, 13, struct.pack("<IH", 0, 2))[0] == Status.OK
    assert known.ask(Kind.READ, 12, struct.pack("<IH", 0, 2)) is None
    assert known.ask(Kind.READ, 15, struct.pack("<IH", 0, 2)) is None
    assert known.ask(Kind.READ | 0x80, 14, struct.pack("<IH", 0, 2)) is None
    assert dropped(known, 14) == before + 3


def test_numbers_go_round(wire):
    wire.ask(Kind.HELLO, 254, bytes(4))
    assert [wire.ask(Kind.STATUS, k) is not None for k in (255, 0, 255, 0, 1)] == [
        True, True, False, True, True]


@pytest.mark.parametrize("damage", [
    pytest.param(lambda data: data[:-1], id="cut"),
    pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), id="crc"),
    pytest.param(lambda data: data[:3] + b"\xff\xff" + data[5:], id="length"),
])
def test_damaged_frame_is_dropped_and_the_next_is_not(known, damage):
    frame = encode(Frame(Kind.WRITE, 12, bytes(4) + b"\1\2"))
    before = bytes(known.model.memory)
    assert known.send(damage(frame)) == []
    assert known.model.memory == before
    assert len(known.send(frame)) == 1


def test_rest_of_a_frame_is_awaited_for_the_gap_time(known):
    frame = encode(Frame(Kind.ABORT, 12, b""))
    assert known.send(frame[:5], pause=0.04) == [] and len(known.send(frame[5:])) == 1
    frame = encode(Frame(Kind.ABORT, 13, b""))
    assert known.send(frame[:5], pause=0.06) == [] and known.send(frame[5:]) == []


def test_bytes_during_an_answer_are_discarded(known):
    frames = [encode(Frame(Kind.STATUS, number, b"")) for number in (12, 13)]
    assert len(known.send(b"".join(frames))) == 1
    assert len(known.send(frames[1])) == 1


@pytest.mark.parametrize("kind, payload, status", [
    (9, b"", Status.UNKNOWN_KIND), (Kind.STATUS, b"x", Status.BAD_LENGTH),
    (Kind.WRITE, b"123", Status.BAD_LENGTH),
    (Kind.READ, struct.pack("<IH", 0, 508), Status.BAD_LENGTH),
    (Kind.READ, struct.pack("<IH", 1, 2), Status.BAD_ADDRESS),
    (Kind.READ, struct.pack("<IH", 4096, 2), Status.BAD_ADDRESS),
    (Kind.READ, struct.pack("<IH", 0x80000002, 4), Status.BAD_ADDRESS),
    (Kind.READ, struct.pack("<IH", 0x80000100, 4), Status.BAD_ADDRESS),
    (Kind.WRITE, struct.pack("<I", 4094) + bytes(4), Status.BAD_ADDRESS),
    (Kind.RUN, struct.pack("<III", 1, 0, 2), Status.BAD_ADDRESS),
    (Kind.RUN, struct.pack("<III", 1, 4096, 0), Status.BAD_ADDRESS),
])
def test_refused_requests_say_why_and_do_nothing(known, kind, payload, status):
    before = bytes(known.model.memory)
    assert known.ask(kind, 12, payload) == (status, b"")
    assert known.ask(kind, 12, payload) == (status, b"")
    assert known.model.memory == before and known.model._ends is None


def test_run_writes_its_log_and_refuses_others_meanwhile(known):
    program = (12).to_bytes(4, "little") + b"spikes.."
    known.ask(Kind.WRITE, 12, struct.pack("<I", 64) + program)
    run = struct.pack("<III", 77, 64, 256)
    assert known.ask(Kind.RUN, 13, run, pause=0.01) == (Status.OK, b"")
    for number, (kind, payload) in enumerate([
            (Kind.RUN, run), (Kind.READ, struct.pack("<IH", 0, 2)), (Kind.WRITE, bytes(6))], 14):
        assert known.ask(kind, number, payload, pause=0.01) == (Status.BUSY, b"")
    flags, number, *_ = struct.unpack("<BIIIH", known.ask(Kind.STATUS, 17)[1])
    assert (flags, number) == (1, 77)
    flags, number, words, cycles, _ = struct.unpack("<BIIIH", known.ask(Kind.STATUS, 18)[1])
    assert (flags, number, words, cycles) == (0, 77, 16, 1_000_000)
    log = known.ask(Kind.READ, 19, struct.pack("<IH", 256, 64))[1]
    image, label, value = stand_in(program)[0][3]
    assert struct.unpack("<BBHi", log[24:32]) == (1, image, label, value)


def test_abort_ends_a_run(known):
    known.ask(Kind.RUN, 12, struct.pack("<III", 77, 64, 256), pause=0.01)
    known.ask(Kind.ABORT, 13)
    assert known.ask(Kind.STATUS, 14)[1][:5] == bytes(5)


def test_reset_loses_the_memory(known):
    known.ask(Kind.WRITE, 12, bytes(4) + bytes(100))
    known.model.reset()
    assert known.model.memory[:100] != bytes(100)
