"""What a board's system is made from, and how it introduces itself to a host."""
import json
from dataclasses import dataclass

from sw.contract.errors import SpikeplaneError
from sw.contract.link import SPIKES
from sw.contract.strictjson import shown

from ..config import CoreConfig
from ..link.frame_memory import IDENTITY_BYTES, PAYLOAD_BYTES

__all__ = ["SystemConfig"]


@dataclass(frozen=True, kw_only=True)
class SystemConfig:
    """Choices of one system: a core, its link and the size of its memory.

    Parameters
    ----------
    core
        The core.
    board
        Name of the board.
    clock
        Frequency of the domain ``sync``, Hz.
    baud
        Bits per second of the host link.
    memory_bytes
        Size of the memory, whole memory words.
    limit
        Largest payload of a request in bytes, 32 to 380.
    gap
        Shortest pause within a frame, in seconds, after which the frame is dropped.
    version, revision
        Of the kit and of the sources that the hardware is made from.
    """
    core: CoreConfig
    board: str
    clock: int
    baud: int
    memory_bytes: int
    limit: int = PAYLOAD_BYTES
    gap: float = 0.05
    version: str
    revision: str

    def __post_init__(self):
        def check(condition, field, need):
            if not condition:
                raise SpikeplaneError(
                    f"system config: {field} must be {need}, not {shown(getattr(self, field))}")

        for field in ("clock", "baud", "memory_bytes", "limit"):
            check(type(getattr(self, field)) is int and getattr(self, field) > 0, field,
                  "a positive integer")
        word = self.core.memory_bits // 8
        most = min(SPIKES >> 1, 1 << self.core.memory_space)
        check(self.memory_bytes % word == 0 and self.memory_bytes <= most, "memory_bytes",
              f"whole memory words of {word} bytes, at most {most} bytes")
        if self.core.word_bits < 8:
            raise SpikeplaneError(
                f"system config: the core's spike words of {self.core.word_bits} bits are less "
                f"than a byte; use more lanes or word_channels")
        check(32 <= self.limit <= PAYLOAD_BYTES, "limit", f"32 to {PAYLOAD_BYTES}")
        check(0 < self.gap <= 1, "gap", "above 0 and at most 1")
        size = len(self.identity)
        if size > IDENTITY_BYTES:
            raise SpikeplaneError(
                f"system config: the identity has {size} bytes, more than {IDENTITY_BYTES}; "
                f"shorten board, version or revision")

    @property
    def identity(self) -> bytes:
        """JSON of what a host has to know, the reply to IDENTITY."""
        return json.dumps({
            "board": self.board, "version": self.version, "revision": self.revision,
            "clock": self.clock, "memory_bytes": self.memory_bytes, "core": self.core.to_dict(),
            "core_digest": self.core.digest}, separators=(",", ":")).encode()
