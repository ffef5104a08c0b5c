"""Frames as bytes, and bytes as frames; see docs/link.md."""
import struct
import zlib
from dataclasses import dataclass

from sw.contract.link import CRC_BYTES, HEADER_BYTES, SYNC

__all__ = ["Frame", "FrameParser", "encode"]

_HEADER = struct.Struct("<BBBH")


@dataclass(frozen=True)
class Frame:
    """Kind, sequence number and payload of a frame whose CRC was right."""
    kind: int
    sequence: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """The frame as it goes over the wire."""
    body = _HEADER.pack(SYNC, frame.kind, frame.sequence, len(frame.payload)) + frame.payload
    return body + zlib.crc32(body[1:]).to_bytes(CRC_BYTES, "little")


class FrameParser:
    """Finds frames in a stream of bytes that may hold anything else, too.

    A sync byte that no right frame follows is passed over, and the search goes on behind it, so a
    frame is found even where a damaged one before it claimed to be longer.

    Parameters
    ----------
    limit
        Longest payload that is looked for.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that end in ``data``."""
        self._buffer += data
        frames = []
        while (size := self._examine()) is not None:
            if size:
                _, kind, sequence, _ = _HEADER.unpack_from(self._buffer)
                payload = bytes(self._buffer[HEADER_BYTES:size - CRC_BYTES])
                frames.append(Frame(kind, sequence, payload))
                del self._buffer[:size]
            else:
                del self._buffer[:1]
        return frames

    def clear(self) -> None:
        """Forget a frame that has begun."""
        self._buffer.clear()

    def _examine(self) -> int | None:
        """Bytes of the frame that the buffer begins with; 0 if it does not, None if more bytes
        have to tell."""
        start = self._buffer.find(SYNC)
        del self._buffer[:len(self._buffer) if start < 0 else start]
        if len(self._buffer) < HEADER_BYTES:
            return None
        length = _HEADER.unpack_from(self._buffer)[3]
        if length > self.limit:
            return 0
        size = HEADER_BYTES + length + CRC_BYTES
        if len(self._buffer) < size:
            return None
        crc = int.from_bytes(self._buffer[size - CRC_BYTES:size], "little")
        return size if zlib.crc32(self._buffer[1:size - CRC_BYTES]) == crc else 0
