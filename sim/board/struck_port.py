"""The port of a host that is interrupted or killed."""
from sw.host import Port

from .faults import Faults, FaultyPort

__all__ = ["Killed", "StruckPort"]


class Killed(BaseException):
    """The host's process is no more."""


class StruckPort(FaultyPort):
    """The port of a host that can be struck in the middle of what it does.

    Members
    -------
    strike : (int, type of exception) or None
        After so many calls this is raised, half a frame being sent; :class:`Killed` again and
        again, whatever else just once.
    """

    def __init__(self, port: Port, to_board: Faults, to_host: Faults):
        super().__init__(port, to_board, to_host)
        self.strike: tuple[int, type[BaseException]] | None = None
        self._dead = False

    def write(self, data: bytes) -> None:
        """As :meth:`sw.host.port.Port.write`."""
        kind = self._struck()
        super().write(data[:len(data) // 2] if kind else data)
        if kind:
            raise kind

    def read(self, timeout: float) -> bytes:
        """As :meth:`sw.host.port.Port.read`."""
        if kind := self._struck():
            raise kind
        return super().read(timeout)

    def _struck(self) -> type[BaseException] | None:
        """Count down to the strike; who is killed stays so, who is interrupted goes on."""
        if self._dead:
            raise Killed
        if self.strike is None:
            return None
        left, kind = self.strike
        self.strike = (left - 1, kind) if left else None
        if left:
            return None
        self._dead = kind is Killed
        return kind
