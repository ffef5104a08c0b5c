"""Requests over a link that fails in one chosen way at a time."""
import random
import struct

import pytest

from sim.board.link_model import LinkModel
from sim.board.virtual_port import VirtualPort
from sw.contract.link import Kind, Status
from sw.host.connection import Connection
from sw.host.errors import BoardReset, LinkError, NoAnswer, Refused
from sw.host.frames import Frame, FrameParser, encode


class Line(VirtualPort):
    """Passes every frame of the host through ``on_write``, what arrives through ``on_read``."""

    def __init__(self, board):
        super().__init__(board)
        self.sent = []
        self.on_write = self.on_read = lambda data: data

    def write(self, data):
        self.sent += FrameParser(1000).feed(data)
        super().write(self.on_write(data))

    def read(self, timeout):
        return self.on_read(super().read(timeout))

    def kinds(self):
        """Kinds of the requests since the last call."""
        kinds, self.sent = [Kind(frame.kind) for frame in self.sent], []
        return kinds


class Answering:
    """A port whose other end answers each write by a function of the frame."""
    name, byte_time = "port", 1e-5

    def __init__(self, answer):
        self.answer = answer
        self.time, self.waiting = 0.0, b""

    def write(self, data):
        (frame,) = FrameParser(1000).feed(data)
        self.waiting = self.answer(frame)

    def read(self, timeout):
        self.time += timeout
        data, self.waiting = self.waiting, b""
        return data

    def now(self):
        return self.time


@pytest.fixture
def line():
    return Line(LinkModel())


@pytest.fixture
def connection(line):
    made = Connection(line, timeout=0.1, numbers=random.Random(1))
    made.request(Kind.ABORT)
    line.kinds()
    return made


def write(connection, data=b"\1\2", address=0):
    connection.request(Kind.WRITE, struct.pack("<I", address) + data)


def lose(count):
    """Loses the first ``count`` chunks."""
    def filter_(data):
        nonlocal count
        if data:
            count -= 1
        return data if count < 0 else b""

    return filter_


def hello(payload, status=Status.OK):
    return lambda frame: encode(Frame(frame.kind | 0x80, frame.sequence,
                                      bytes([status]) + frame.payload + payload))


def test_hello_tells_the_limits(line):
    connection = Connection(line)
    assert connection.limit == 508
    assert connection.identity_bytes == len(line.board.identity)


@pytest.mark.parametrize("side", ["on_write", "on_read"])
def test_lost_frame_is_repeated(line, connection, side):
    setattr(line, side, lose(1))
    write(connection)
    assert line.board.memory[:2] == b"\1\2"
    assert line.kinds() == [Kind.WRITE, Kind.WRITE]


def test_hello_is_said_again_when_repetition_does_not_help(line, connection):
    line.on_write = lose(4)
    write(connection)
    assert line.kinds() == [Kind.WRITE] * 4 + [Kind.HELLO, Kind.WRITE]
    assert connection.generation == 1  # the first HELLO found the board fresh


def test_run_is_not_executed_again(line, connection):
    starts = []
    start = line.board._start
    line.board._start = lambda *args: starts.append(1) or start(*args)
    line.on_read = lose(2)
    connection.request(Kind.RUN, struct.pack("<III", 1, 0, 512))
    assert len(line.kinds()) == 3 and len(starts) == 1


def test_answers_of_repeated_requests_are_passed_over(line, connection):
    line.on_write = lambda data: data + data
    for value in range(5):
        write(connection, bytes([value, 0]))
        data = connection.request(Kind.READ, struct.pack("<IH", 0, 2), answer=2)
        assert data == bytes([value, 0])


def test_damaged_answers_are_passed_over(line, connection):
    left = [1, 1, 0]

    def damage(data):
        return data[:-1] + bytes([data[-1] ^ left.pop(0)]) if data else data

    line.on_read = damage
    write(connection)
    assert left == []


def test_nothing_at_the_port_is_one_sentence():
    with pytest.raises(NoAnswer) as error:
        Connection(Answering(lambda frame: b""))
    assert str(error.value) == (
        "nothing answers at port: is the board powered, is a Spikeplane bitstream flashed, is it "
        "the right port and baud rate?")


@pytest.mark.parametrize("noise", [b"OK\r\n", b"\x5a\x5a\x00", bytes(3)])
def test_something_else_at_the_port_is_one_sentence(noise):
    with pytest.raises(NoAnswer, match=r"^what is connected to port sends bytes, but no right ans"):
        Connection(Answering(lambda frame: noise))


def test_echo_is_no_board():
    with pytest.raises(NoAnswer, match=r"^what is connected to port sends bytes"):
        Connection(Answering(encode))


@pytest.mark.parametrize("payload, status, message", [
    (struct.pack("<BBHH", 2, 1, 508, 100), Status.OK, "speaks version 2 of the link, this program"),
    (struct.pack("<BBH", 1, 1, 508), Status.OK, "answers HELLO with 8 bytes, not 10: flash"),
    (b"", Status.UNKNOWN_KIND, "refuses HELLO: it is not a board with a Spikeplane bitstream"),
    (b"", Status.OK, "refuses HELLO: it is not a board"),
])
def test_other_protocol_is_one_sentence(payload, status, message):
    with pytest.raises(LinkError, match=message):
        Connection(Answering(hello(payload, status)))


def test_answer_to_an_older_hello_is_passed_over():
    def answer(frame):
        frame = Frame(frame.kind, frame.sequence, bytes(4))
        return hello(struct.pack("<BBHH", 1, 0, 508, 100))(frame)

    with pytest.raises(NoAnswer):
        Connection(Answering(answer))


@pytest.mark.parametrize("address, reason", [
    (4096, "the address or length is outside the memory, or not that of whole words"),
    (1, "the address or length is outside the memory, or not that of whole words")])
def test_refusal_says_why(connection, address, reason):
    with pytest.raises(Refused) as error:
        write(connection, address=address)
    assert str(error.value) == f"the board at model refused WRITE: {reason}"
    assert error.value.status == Status.BAD_ADDRESS
    write(connection)


def test_reset_is_noticed_and_then_over(line, connection):
    line.board.reset()
    with pytest.raises(BoardReset, match=r"^the board at model was reset, what was written to"):
        write(connection)
    assert connection.generation == 2
    write(connection)
    assert line.board.memory[:2] == b"\1\2"


def test_reset_is_noticed_although_the_answer_that_told_it_was_lost(line, connection):
    line.board.reset()
    line.on_read = lambda data: b""
    with pytest.raises(NoAnswer, match=r"^nothing answers at model"):
        write(connection)
    line.on_read = lambda data: data
    with pytest.raises(BoardReset):
        write(connection)
    write(connection)


def test_nothing_was_lost_before_the_first_request(line):
    connection = Connection(line, timeout=0.1)
    line.on_write = lose(5)  # all of a request, and one HELLO
    write(connection)
    assert line.board.memory[:2] == b"\1\2"


def test_interrupted_request_is_followed_by_hello(line, connection):
    def interrupt(data):
        line.on_read = lambda data: data
        raise KeyboardInterrupt

    line.on_read = interrupt
    with pytest.raises(KeyboardInterrupt):
        write(connection)
    line.kinds()
    write(connection, b"\3\4")
    assert line.kinds() == [Kind.HELLO, Kind.WRITE]
    assert line.board.memory[:2] == b"\3\4" and connection.generation == 1


def test_board_that_answers_only_hello_is_given_up(line, connection):
    def only_hello(data):
        return data if data[1] == Kind.HELLO else b""

    line.on_write = only_hello
    with pytest.raises(NoAnswer, match="answers HELLO but not WRITE: its link is disturbed"):
        write(connection)


def test_answer_of_the_wrong_length_is_refused(connection):
    with pytest.raises(LinkError, match="answers READ with 2 bytes, not 4: flash a bitstream"):
        connection.request(Kind.READ, struct.pack("<IH", 0, 2), answer=4)


def test_too_long_payload_is_the_callers_mistake(connection):
    with pytest.raises(ValueError, match="509 bytes exceeds the board's 508"):
        connection.request(Kind.WRITE, bytes(509))


def test_pause_takes_its_time(line, connection):
    begin = line.now()
    connection.pause(0.25)
    assert line.now() == pytest.approx(begin + 0.25)
