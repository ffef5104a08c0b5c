"""A board: its identity, its memory, its runs."""
import contextlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sw.contract.link import SPIKES, Flag, Kind, Status

from .connection import Connection
from .errors import BoardReset, LinkError, Refused
from .identity import Identity
from .log import parse_log
from .port import BAUD, Port

__all__ = ["Board", "BoardStatus", "Run"]

_ADDRESS = struct.Struct("<I")
_READ = struct.Struct("<IH")
_RUN = struct.Struct("<III")
_STATUS = struct.Struct("<BIIIH")
_LONGEST_POLL = 0.02


@dataclass(frozen=True)
class BoardStatus:
    """Reply to STATUS; see docs/link.md."""
    busy: bool
    run: int
    log_words: int
    cycles: int
    dropped: int


@dataclass(frozen=True)
class Run:
    """What a run of the core gave.

    Parameters
    ----------
    results
        Logits, :data:`.log.RESULTS`.
    records
        Counters of each command, :data:`.log.RECORDS`.
    cycles
        Clock cycles from start to the end, that of writing the log included.
    """
    results: np.ndarray
    records: np.ndarray
    cycles: int


class Board:
    """A board at the other end of a connection. A context manager: leaving it aborts a run that
    was not waited for, and closes the port.

    Parameters
    ----------
    connection
        To the board. A run in progress, of a host that went away, is aborted.

    Members
    -------
    identity : Identity
        What the board says it is.

    Raises
    ------
    LinkError
        From every method. Whatever a method returns is right, or it raises; the next call works as
        soon as the board answers again.
    """

    def __init__(self, connection: Connection):
        self.connection = connection
        self._held: dict[int, bytes] = {}   # what memory holds, by address
        self._generation = connection.generation
        self._running = False
        self.identity = Identity.parse(
            connection.request(Kind.IDENTITY, answer=connection.identity_bytes))
        if self.status().busy:
            self.abort()

    @classmethod
    def open(cls, url: str, baud: int = BAUD, *, timeout: float = 1.0) -> "Board":
        """Connect to the board at a port; see :class:`.port.Port` and :class:`.Connection`."""
        port = Port(url, baud)
        try:
            return cls(Connection(port, timeout=timeout))
        except BaseException:
            port.close()
            raise

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_) -> None:
        try:
            if self._running:
                self._abandon()
        finally:
            self.connection.port.close()

    # -- memory ----------------------------------------------------------------------------------

    def write(self, address: int, data: bytes, progress: Callable[[int], None] | None = None,
              ) -> None:
        """Write whole memory words; ``progress`` is called with the bytes written so far."""
        word = self.identity.memory_word
        self._check(address, len(data), word, self.identity.memory_bytes, "memory")
        self._settle()
        self._forget(address, address + len(data))
        size = (self.connection.limit - _ADDRESS.size) // word * word
        for at in range(0, len(data), size):
            part = data[at:at + size]
            self.connection.request(Kind.WRITE, _ADDRESS.pack(address + at) + part)
            if progress:
                progress(at + len(part))
        self._held[address] = bytes(data)

    def load(self, address: int, data: bytes, progress: Callable[[int], None] | None = None,
             ) -> None:
        """Write the data, unless the memory is known to hold it."""
        self._known()
        if self._held.get(address) != data:
            self.write(address, data, progress)

    def read(self, address: int, length: int) -> bytes:
        """Read ``length`` bytes, whole words, of the memory."""
        word = self.identity.memory_word
        self._check(address, length, word, self.identity.memory_bytes, "memory")
        return self._read(address, length, word)

    def read_spikes(self, first: int, count: int) -> np.ndarray:
        """Words of the spike memory, (count, bytes of a word) uint8, lowest byte first."""
        word = self.identity.spike_word
        spike_words = self.identity.core.get("spike_words", 0)
        self._check(first * word, count * word, word, spike_words * word, "spike memory")
        data = self._read(SPIKES + first * word, count * word, word)
        return np.frombuffer(data, np.uint8).reshape(count, word)

    # -- runs ------------------------------------------------------------------------------------

    def run(self, program: int, contents: Sequence[tuple[int, bytes]], log: int, *,
            cycles: int, progress: Callable[[int], None] | None = None) -> Run:
        """Run a program to its end.

        Parameters
        ----------
        program
            Byte address of the first command.
        contents
            (byte address, bytes) of everything that the program reads; what memory is known to
            hold is not written again.
        log
            Byte address from which memory is the board's to write the log to.
        cycles
            After so many clock cycles the run is given up.
        progress
            Called with the clock cycles so far.

        Raises
        ------
        BoardReset
            The board was reset during the run.
        LinkError
            It took too long, or the log cannot be right. The core is idle again then.
        """
        for address, data in contents:
            if address + len(data) > log:
                raise ValueError(f"contents at {address:#x} reach into the log at {log:#x}")
            self.load(address, data)
        self._settle()
        self._forget(log, self.identity.memory_bytes)
        number = self.connection.numbers.randrange(1, 1 << 32)
        self._running = True
        try:
            self._start(number, program, log)
            status = self._wait(number, cycles, progress)
        except BoardReset:
            self._running = False
            raise
        except BaseException:  # an interruption, too, has to leave an idle core
            self._abandon()
            raise
        self._running = False
        return self._collect(status, log)

    def status(self) -> BoardStatus:
        """State of the board and of the last run."""
        flags, *rest = _STATUS.unpack(self.connection.request(Kind.STATUS, answer=_STATUS.size))
        return BoardStatus(bool(flags & Flag.BUSY), *rest)

    def abort(self) -> None:
        """Make the core idle, whatever it does; memory keeps what was written."""
        self.connection.request(Kind.ABORT)
        self._running = False

    # -- inside ----------------------------------------------------------------------------------

    def _start(self, number: int, program: int, log: int) -> None:
        try:
            self.connection.request(Kind.RUN, _RUN.pack(number, program, log))
        except Refused as error:
            # The answer to a first RUN was lost, and this is that run.
            if error.status != Status.BUSY or self.status().run != number:
                raise

    def _wait(self, number: int, cycles: int, progress) -> BoardStatus:
        pause, over = 0.0, 0
        while True:
            status = self.status()
            if status.run != number:
                raise LinkError(f"the board at {self.connection.port.name} lost the run: it was "
                                "reset, or another host took over; start again")
            if progress:
                progress(status.cycles)
            if not status.busy:
                return status
            # A single count may have been read in the middle of a carry.
            over = over + 1 if status.cycles > cycles else 0
            if over == 2:
                raise LinkError(f"the run was aborted after {status.cycles} clock cycles, {cycles} "
                                "are the most it should take: the program or the board is faulty")
            self.connection.pause(pause)
            pause = min(2 * pause + 0.001, _LONGEST_POLL)

    def _collect(self, status: BoardStatus, log: int) -> Run:
        word = self.identity.memory_word
        size = -(-status.log_words * 4 // word) * word
        results, records = parse_log(self.read(log, size)[:status.log_words * 4])
        return Run(results, records, status.cycles)

    def _abandon(self) -> None:
        """Abort if possible, else before the next use: what led here is the error to report."""
        with contextlib.suppress(LinkError):
            self.abort()

    def _settle(self) -> None:
        """End a run that could not be aborted when it was given up."""
        if self._running:
            self.abort()

    def _read(self, address: int, length: int, word: int) -> bytes:
        self._settle()
        size = (self.connection.limit - 1) // word * word
        return b"".join(
            self.connection.request(Kind.READ, _READ.pack(address + at, min(size, length - at)),
                                    answer=min(size, length - at))
            for at in range(0, length, size))

    def _check(self, address: int, length: int, word: int, size: int, what: str) -> None:
        if address % word or length % word:
            raise ValueError(f"{length} bytes at {address:#x} are not whole words of {word} bytes")
        if address < 0 or address + length > size:
            raise LinkError(f"{length} bytes at {address:#x} exceed the {size} bytes of the "
                            f"board's {what}")

    def _known(self) -> None:
        """Drop what was known of a board that was reset since."""
        if self._generation != self.connection.generation:
            self._held.clear()
            self._generation = self.connection.generation

    def _forget(self, begin: int, end: int) -> None:
        self._known()
        for address, data in list(self._held.items()):
            if address < end and begin < address + len(data):
                del self._held[address]
