"""The host link's numbers, shared by the host driver and the hardware; see docs/link.md."""
import enum

__all__ = [
    "CRC_BYTES", "ERRORS", "HEADER_BYTES", "LOG_RECORD_WORDS", "LOG_RESULT_WORDS", "PROTOCOL",
    "REPLY", "SPIKES", "SYNC", "Flag", "Kind", "LogTag", "Status",
]

PROTOCOL = 1
"""Version of frames and requests; both sides refuse another one."""
SYNC = 0x5A
"""First byte of every frame."""
HEADER_BYTES = 5
"""Sync, kind, sequence number, payload length (two bytes)."""
CRC_BYTES = 4
"""CRC-32 (that of zlib) of everything between the sync byte and itself."""
REPLY = 0x80
"""Set in the kind of a reply."""
SPIKES = 1 << 31
"""Byte address at which the spike memory is read."""
LOG_RESULT_WORDS, LOG_RECORD_WORDS = 2, 8
"""32-bit words of the entries of a run's log, the tag's included."""


class Kind(enum.IntEnum):
    """What a request asks for."""
    HELLO = 1
    IDENTITY = 2
    WRITE = 3
    READ = 4
    RUN = 5
    STATUS = 6
    ABORT = 7


class Status(enum.IntEnum):
    """First payload byte of a reply."""
    OK = 0
    BUSY = 1
    BAD_LENGTH = 2
    UNKNOWN_KIND = 3
    BAD_ADDRESS = 4


class Flag(enum.IntFlag):
    """State of the board in the reply to STATUS."""
    BUSY = 1


class LogTag(enum.IntEnum):
    """Lowest byte of a log entry."""
    RESULT = 1
    RECORD = 2


ERRORS = {
    Status.BUSY: "a run is in progress",
    Status.BAD_LENGTH: "the payload has the wrong length",
    Status.UNKNOWN_KIND: "the request is unknown",
    Status.BAD_ADDRESS: "the address or length is outside the memory, or not that of whole words",
}
"""Why a request was refused."""
