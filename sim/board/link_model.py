"""A model of a board's link, byte by byte as docs/link.md has it, with a stand-in for the core."""
import hashlib
import json
import random
import struct
import zlib

from hw.config import CoreConfig
from sw.contract.link import (
    CRC_BYTES,
    HEADER_BYTES,
    PROTOCOL,
    REPLY,
    SPIKES,
    SYNC,
    Flag,
    Kind,
    LogTag,
    Status,
)
from sw.host.frames import Frame, encode

__all__ = ["LinkModel", "stand_in"]

_RESULTS = 4


def stand_in(program: bytes) -> tuple[list[tuple], list[tuple]]:
    """(results, records) of what stands in for the core: a digest of the program's bytes.

    A program's first four bytes are its length, so that the digest is of nothing else.
    """
    words = struct.unpack("<8I", hashlib.sha256(program).digest())
    results = [(k % 2, k, words[k] - (1 << 31)) for k in range(_RESULTS)]
    return results, [(2, 0, *words[:6])]


class LinkModel:
    """A board as seen from its pins, in virtual time.

    Parameters
    ----------
    byte_time
        Seconds of a byte on the wire, in either direction.
    limit
        Longest payload.
    gap
        Seconds of silence within a frame after which it is dropped.
    seconds
        That a run takes.
    seed
        Of what the memory holds after a reset.

    Members
    -------
    memory : bytearray
    sent : list of (float, int)
        Bytes that the board sends, with the times at which they are on the host's side.
    """

    CORE = CoreConfig(word_channels=8, pass_channels=2, spike_words=64, memory_bits=16)

    def __init__(self, *, byte_time: float = 1e-5, limit: int = 508, gap: float = 0.05,
                 seconds: float = 0.01, memory_bytes: int = 4096, seed: int = 1):
        self.byte_time, self.limit, self.gap, self.seconds = byte_time, limit, gap, seconds
        self.identity = json.dumps({
            "board": "model", "version": "0", "revision": "", "clock": 1_000_000,
            "memory_bytes": memory_bytes, "core": self.CORE.to_dict(),
            "core_digest": self.CORE.digest}).encode()
        self.memory = bytearray(memory_bytes)
        self.sent: list[tuple[float, int]] = []
        self._random = random.Random(seed)
        self.reset()

    def reset(self) -> None:
        """Everything is forgotten, and the memory holds anything."""
        self.memory[:] = self._random.randbytes(len(self.memory))
        self.spikes = self._random.randbytes(self.CORE.spike_words * self.CORE.word_bits // 8)
        self.sent.clear()
        self._frame = bytearray()
        self._last = self._deaf = 0.0
        self._fresh = True
        self._status = Status.OK
        self._expected: int | None = None
        self._dropped = self._run = self._log_words = self._cycles = 0
        self._ends: float | None = None

    def receive(self, value: int, now: float) -> None:
        """A byte has arrived."""
        if now < self._deaf:
            return
        if self._frame and now - self._last > self.gap:
            self._drop()
        self._last = now
        if not self._frame and value != SYNC:
            return
        self._frame.append(value)
        if len(self._frame) < HEADER_BYTES:
            return
        _, kind, sequence, length = struct.unpack_from("<BBBH", self._frame)
        if length > self.limit:
            self._drop()
        elif len(self._frame) == HEADER_BYTES + length + CRC_BYTES:
            body, crc = self._frame[1:-CRC_BYTES], self._frame[-CRC_BYTES:]
            if zlib.crc32(body) == int.from_bytes(crc, "little"):
                self._frame.clear()
                self._request(Frame(kind, sequence, bytes(body[HEADER_BYTES - 1:])), now)
            else:
                self._drop()

    def _drop(self) -> None:
        self._frame.clear()
        self._dropped = (self._dropped + 1) & 0xFFFF

    def _request(self, frame: Frame, now: float) -> None:
        self._finish(now)
        again = False
        if frame.kind != Kind.HELLO:
            numbers = (self._expected, (self._expected or 0) - 1 & 0xFF)
            if self._expected is None or frame.sequence not in numbers or frame.kind & REPLY:
                return self._drop()
            again = frame.sequence != self._expected
        # What was refused, RUN and ABORT get the answer that they got.
        if again and (self._status != Status.OK or frame.kind in (Kind.RUN, Kind.ABORT)):
            payload = b""
        else:
            self._status, payload = self._execute(frame, now)
        self._fresh &= frame.kind == Kind.HELLO
        self._expected = (frame.sequence + 1) & 0xFF
        reply = encode(Frame(frame.kind | REPLY, frame.sequence, bytes([self._status]) + payload))
        self._deaf = now + (len(reply) + 1) * self.byte_time
        self.sent += [(now + (k + 1) * self.byte_time, value) for k, value in enumerate(reply)]
        return None

    def _execute(self, frame: Frame, now: float) -> tuple[Status, bytes]:
        """Status and what follows it."""
        if frame.kind not in iter(Kind):
            return Status.UNKNOWN_KIND, b""
        busy = self._ends is not None
        size = len(frame.payload)
        match frame.kind:
            case Kind.HELLO if size == 4:
                return Status.OK, struct.pack("<4sBBHH", frame.payload, PROTOCOL, self._fresh,
                                              self.limit, len(self.identity))
            case Kind.IDENTITY if size == 0:
                return Status.OK, self.identity
            case Kind.WRITE if size >= 4:
                return self._write(frame.payload, busy), b""
            case Kind.READ if size == 6:
                return self._read(frame.payload, busy)
            case Kind.RUN if size == 12:
                return self._start(frame.payload, busy, now), b""
            case Kind.STATUS if size == 0:
                cycles = int((now - self._ends + self.seconds) * 1e6) if busy else self._cycles
                return Status.OK, struct.pack("<BIIIH", Flag.BUSY if busy else 0, self._run,
                                              self._log_words, cycles, self._dropped)
            case Kind.ABORT if size == 0:
                self._ends, self._run, self._log_words, self._cycles = None, 0, 0, 0
                return Status.OK, b""
        return Status.BAD_LENGTH, b""

    def _write(self, payload: bytes, busy: bool) -> Status:
        address, data = int.from_bytes(payload[:4], "little"), payload[4:]
        if busy:
            return Status.BUSY
        word = self.CORE.memory_bits // 8
        if address % word or len(data) % word or address + len(data) > len(self.memory):
            return Status.BAD_ADDRESS
        self.memory[address:address + len(data)] = data
        return Status.OK

    def _read(self, payload: bytes, busy: bool) -> tuple[Status, bytes]:
        address, length = struct.unpack("<IH", payload)
        source, word = self.memory, self.CORE.memory_bits // 8
        if address & SPIKES:
            source, word, address = self.spikes, self.CORE.word_bits // 8, address & ~SPIKES
        if length >= self.limit:
            return Status.BAD_LENGTH, b""
        if busy:
            return Status.BUSY, b""
        if address % word or length % word or address + length > len(source):
            return Status.BAD_ADDRESS, b""
        return Status.OK, bytes(source[address:address + length])

    def _start(self, payload: bytes, busy: bool, now: float) -> Status:
        if busy:
            return Status.BUSY
        run, program, log = struct.unpack("<III", payload)
        if program >= len(self.memory) or log >= len(self.memory) or program % 2 or log % 4:
            return Status.BAD_ADDRESS
        self._run, self._program, self._log = run, program, log
        self._log_words, self._cycles, self._ends = 0, 0, now + self.seconds
        return Status.OK

    def _finish(self, now: float) -> None:
        """Let a run end whose time has come."""
        if self._ends is None or now < self._ends:
            return
        self._ends, self._cycles = None, int(self.seconds * 1e6)
        length = int.from_bytes(self.memory[self._program:self._program + 4], "little")
        program = bytes(self.memory[self._program:self._program + length])
        results, records = stand_in(program)
        log = b"".join(struct.pack("<BBHi", LogTag.RESULT, *result) for result in results)
        log += b"".join(struct.pack("<BBHI6I", LogTag.RECORD, opcode, 0, index, *counters)
                        for opcode, index, *counters in records)
        self.memory[self._log:self._log + len(log)] = log[:len(self.memory) - self._log]
        self._log_words = len(log) // 4
        self.spikes = (hashlib.sha256(program).digest() * len(self.spikes))[:len(self.spikes)]

