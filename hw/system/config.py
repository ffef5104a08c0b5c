"""What a board's system is made from, and how it introduces itself to a host."""
import json
from dataclasses import dataclass

from sw.contract.errors import SpikeplaneError
from sw.contract.link import SPIKES
from sw.contract.strictjson import shown

from ..config import CoreConfig

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
        Largest payload of a frame in bytes, 32 to 4092. Buffer and identity share one memory; up
        to 508 it takes 1 KiB.
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
    limit: int = 508
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
        check(32 <= self.limit <= 4092, "limit", "32 to 4092")
        check(0 < self.gap <= 1, "gap", "above 0 and at most 1")
        if len(self.identity) >= self.limit:
            raise SpikeplaneError(
                f"system config: the identity of {len(self.identity)} bytes does not fit a frame; "
                f"raise limit above {len(self.identity)} or shorten board, version or revision")

    @property
    def identity(self) -> bytes:
        """JSON of what a host has to know, the reply to IDENTITY."""
        return json.dumps({
            "board": self.board, "version": self.version, "revision": self.revision,
            "clock": self.clock, "memory_bytes": self.memory_bytes, "core": self.core.to_dict(),
            "core_digest": self.core.digest}, separators=(",", ":")).encode()
