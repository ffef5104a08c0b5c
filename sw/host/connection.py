"""Requests and their answers over a port that may lose, repeat and damage bytes."""
import random
import struct
from dataclasses import dataclass

from sw.contract.link import CRC_BYTES, ERRORS, HEADER_BYTES, PROTOCOL, REPLY, Kind, Status

from .errors import BoardReset, LinkError, NoAnswer, Refused
from .frames import Frame, FrameParser, encode
from .port import Port

__all__ = ["Connection"]

_NONCE = struct.Struct("<I")
_HELLO = struct.Struct("<IBBHH")
_LONGEST = 0xFFFF
_ROUNDS = 3
"""Times a request is tried, with a HELLO before each but the first."""


@dataclass(frozen=True)
class _Hello:
    fresh: bool
    limit: int
    identity_bytes: int


class Connection:
    """Stop-and-wait requests: at most one is on its way, and each is repeated until it is answered.

    A request that is never answered leaves the connection usable; the next one says HELLO first.

    Parameters
    ----------
    port
        :class:`.port.Port`, or anything with its methods.
    timeout
        Seconds to wait for an answer, besides the time that its bytes take; longer than the board's
        gap time, so that a repeated request is not taken for the rest of a damaged one.
    attempts
        Times a request is sent before HELLO is said again, and HELLO before the board is given up.
    numbers
        Source of nonces, sequence numbers and run numbers; by default the system's.

    Members
    -------
    limit : int
        Longest payload of a request or reply.
    identity_bytes : int
        Length of the identity.
    generation : int
        Changes whenever the board may have lost what was written to it: knowledge from another
        generation is void.
    repeats : int
        Frames that had to be sent again.

    Raises
    ------
    NoAnswer
        From every method: the board does not answer, or something else does.
    LinkError
        The port is gone, or the board speaks another version of the protocol.
    """

    def __init__(self, port: Port, *, timeout: float = 1.0, attempts: int = 4,
                 numbers: random.Random | None = None):
        self.port = port
        self.numbers = numbers or random.SystemRandom()
        self.timeout = timeout
        self.attempts = attempts
        self.generation = self.repeats = 0
        self._parser = FrameParser(_LONGEST)
        self._sequence = self.numbers.randrange(256)
        self._synchronised = False
        self._used = False   # since the board was last fresh
        self._heard = 0      # bytes, of answers or not
        hello = self._hello()
        self.limit, self.identity_bytes = hello.limit, hello.identity_bytes

    def request(self, kind: Kind, payload: bytes = b"", answer: int = 0) -> bytes:
        """Ask, and return the ``answer`` bytes that follow the status of the reply.

        A request whose answer was lost may be executed twice, before and after a HELLO; the
        requests of the protocol are such that this changes nothing.

        Raises
        ------
        Refused
            The board answered with another status than OK.
        BoardReset
            The board was reset since it was last heard of.
        """
        if len(payload) > self.limit:
            raise ValueError(f"a payload of {len(payload)} bytes exceeds the board's {self.limit}")
        for _ in range(_ROUNDS):
            if not self._synchronised and self._hello().fresh and self._used:
                self._used = False
                raise BoardReset(f"the board at {self.port.name} was reset, what was written to it "
                                 "is lost: start again")
            # Whatever happens in between, an interruption included, HELLO clears it up.
            self._synchronised = False
            reply = self._exchange(Frame(kind, self._next(), payload), answer)
            if reply is not None:
                self._synchronised = self._used = True
                return self._unwrap(kind, reply, answer)
        raise NoAnswer(f"the board at {self.port.name} answers HELLO but not {kind.name}: its link "
                       "is disturbed, or the bitstream and this program do not belong together")

    def pause(self, seconds: float) -> None:
        """Wait, discarding what arrives."""
        end = self.port.now() + seconds
        while (left := end - self.port.now()) > 0:
            self.port.read(left)

    def _next(self) -> int:
        self._sequence = (self._sequence + 1) % 256
        return self._sequence

    def _hello(self) -> _Hello:
        """Agree on a sequence number; a fresh board says so until it executes another request."""
        # Far from the numbers of answers that are still under way.
        self._sequence = (self._sequence + 64 + self.numbers.randrange(128)) % 256
        nonce = _NONCE.pack(self.numbers.getrandbits(32))
        heard = self._heard
        reply = self._exchange(Frame(Kind.HELLO, self._sequence, nonce), _HELLO.size, nonce)
        if reply is None:
            raise NoAnswer(self._silence(self._heard > heard))
        data = reply.payload[1:]
        if reply.payload[:1] != bytes([Status.OK]) or len(data) <= _NONCE.size:
            raise LinkError(f"the device at {self.port.name} refuses HELLO: it is not a board with "
                            "a Spikeplane bitstream")
        if data[_NONCE.size] != PROTOCOL:
            raise LinkError(
                f"the board at {self.port.name} speaks version {data[_NONCE.size]} of the link, "
                f"this program version {PROTOCOL}: flash a bitstream of this version of the kit")
        if len(data) != _HELLO.size:
            raise LinkError(f"the board at {self.port.name} answers HELLO with {len(data)} bytes, "
                            f"not {_HELLO.size}: flash a bitstream of this version of the kit")
        _, _, fresh, limit, identity_bytes = _HELLO.unpack(data)
        self.generation += fresh
        self._synchronised = True
        return _Hello(bool(fresh), limit, identity_bytes)

    def _exchange(self, frame: Frame, answer: int, nonce: bytes = b"") -> Frame | None:
        """Send a frame until its reply arrives; None if none does.

        ``nonce`` begins the reply behind its status: that of an older HELLO is passed over.
        """
        data = encode(frame)
        wire = len(data) + HEADER_BYTES + 1 + answer + CRC_BYTES
        for attempt in range(self.attempts):
            self.repeats += attempt > 0
            self._parser.clear()
            self.port.write(data)
            end = self.port.now() + self.timeout + wire * self.port.byte_time
            while (left := end - self.port.now()) > 0:
                arrived = self.port.read(left)
                self._heard += len(arrived)
                for reply in self._parser.feed(arrived):
                    if (reply.kind == frame.kind | REPLY and reply.sequence == frame.sequence
                            and nonce in (b"", reply.payload[1:1 + len(nonce)])):
                        return reply
        return None

    def _unwrap(self, kind: Kind, reply: Frame, answer: int) -> bytes:
        status = reply.payload[0] if reply.payload else None
        if status != Status.OK:
            reason = ERRORS.get(status, f"it answers with the unknown status {status}")
            raise Refused(f"the board at {self.port.name} refused {kind.name}: {reason}", status)
        if len(reply.payload) != 1 + answer:
            raise LinkError(f"the board at {self.port.name} answers {kind.name} with "
                            f"{len(reply.payload) - 1} bytes, not {answer}: flash a bitstream of "
                            "this version of the kit")
        return reply.payload[1:]

    def _silence(self, heard: bool) -> str:
        """Why HELLO has no answer, as far as what came instead tells."""
        if heard:
            return (f"what is connected to {self.port.name} sends bytes, but no right answer: give "
                    "its baud rate with --baud, or another port, or flash a Spikeplane bitstream")
        return (f"nothing answers at {self.port.name}: is the board powered, is a Spikeplane "
                "bitstream flashed, is it the right port and baud rate?")
