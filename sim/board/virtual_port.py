"""A port to a model of a board, in virtual time: minutes of waiting take no time."""
from collections import deque

from .link_model import LinkModel

__all__ = ["VirtualPort"]


class VirtualPort:
    """What :class:`sw.host.port.Port` is to a real board.

    One port serves host after host: what one left on the wire, the next one meets.
    """

    name = "model"

    def __init__(self, board: LinkModel):
        self.board = board
        self.byte_time = board.byte_time
        self._now = 0.0
        self._wire: deque[tuple[float, int]] = deque()  # bytes to the board and when they arrive

    def write(self, data: bytes) -> None:
        """Send the bytes, one after the other."""
        time = max(self._now, self._wire[-1][0] if self._wire else 0.0)
        for value in data:
            time += self.byte_time
            self._wire.append((time, value))

    def read(self, timeout: float) -> bytes:
        """What has arrived; lets up to ``timeout`` seconds pass until the first byte."""
        end = self._now + timeout
        while self._wire and self._wire[0][0] <= end:
            time, value = self._wire.popleft()
            self.board.receive(value, time)
        sent = self.board.sent
        count = sum(time <= end for time, _ in sent)
        self._now = max(self._now, sent[count - 1][0]) if count else end
        data = bytes(value for _, value in sent[:count])
        del sent[:count]
        return data

    def now(self) -> float:
        """Virtual seconds."""
        return self._now

    def close(self) -> None:
        """Nothing: the next host goes on with it."""
