"""Faults of a cable: what becomes of bytes on their way."""
import random
from collections.abc import Callable

from sw.host.port import Port

__all__ = ["Faults", "FaultyPort"]


class Faults:
    """Loses, repeats, damages, reorders, delays and invents bytes of one direction.

    A byte does not outlive a reset of the board on a wire: :meth:`clear` then.

    Parameters
    ----------
    rate
        Probability that something happens to a chunk; 0 is a good cable.
    seed
        Of every choice.

    Members
    -------
    unplugged : bool
        Nothing arrives.
    """

    def __init__(self, rate: float = 0.0, seed: int = 0):
        self.rate = rate
        self.unplugged = False
        self._random = random.Random(seed)
        self._late = b""
        self._kinds: tuple[Callable[[bytes], bytes], ...] = (
            self._drop, self._cut, self._repeat_byte, self._repeat, self._damage, self._invent,
            self._swap, self._delay)

    def __call__(self, data: bytes) -> bytes:
        """What arrives when ``data`` is sent."""
        late, self._late = self._late, b""
        if data and self._random.random() < self.rate:
            data = self._random.choice(self._kinds)(data)
        return b"" if self.unplugged else data + late

    def clear(self) -> None:
        """Forget what was delayed."""
        self._late = b""

    def _at(self, data: bytes) -> int:
        return self._random.randrange(len(data))

    def _drop(self, data):
        at = self._at(data)
        return data[:at] + data[at + 1:]

    def _cut(self, data):
        return data[:self._at(data)]

    def _repeat_byte(self, data):
        at = self._at(data)
        return data[:at] + data[at:at + 1] + data[at:]

    def _repeat(self, data):
        return data + data

    def _damage(self, data):
        at = self._at(data)
        return data[:at] + bytes([data[at] ^ 1 << self._random.randrange(8)]) + data[at + 1:]

    def _invent(self, data):
        at = self._at(data)
        return data[:at] + self._random.randbytes(1 + self._random.randrange(8)) + data[at:]

    def _swap(self, data):
        first, second = sorted((self._at(data), self._at(data)))
        return data[:first] + data[second:] + data[first:second]

    def _delay(self, data):
        self._late = data
        return b""


class FaultyPort:
    """A port with a faulty cable; ``to_board`` and ``to_host`` may be changed at any time."""

    def __init__(self, port: Port, to_board: Faults, to_host: Faults):
        self.port, self.to_board, self.to_host = port, to_board, to_host
        self.name, self.byte_time = port.name, port.byte_time

    def write(self, data: bytes) -> None:
        """As :meth:`sw.host.port.Port.write`."""
        arrives = self.to_board(data)
        if arrives:
            self.port.write(arrives)

    def read(self, timeout: float) -> bytes:
        """As :meth:`sw.host.port.Port.read`."""
        return self.to_host(self.port.read(timeout))

    def now(self) -> float:
        """As :meth:`sw.host.port.Port.now`."""
        return self.port.now()

    def close(self) -> None:
        """As :meth:`sw.host.port.Port.close`."""
        self.port.close()
