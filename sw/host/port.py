"""Bytes to and from a serial port: a device, a pty, or a ``socket://host:port``."""
import contextlib
import errno
import time

import serial

from .errors import LinkError

__all__ = ["BAUD", "Port"]

BAUD = 1_000_000
"""Symbols per second where nothing else is said."""

_WRITE_SECONDS = 10.0

_CURES = {
    errno.ENOENT: "there is no such port: plug the board in, or give another one with --port",
    errno.EACCES: "permission denied: add yourself to the group of serial ports, `sudo usermod -aG "
                  "dialout $USER`, and log in again",
    errno.EPERM: "permission denied: add yourself to the group of serial ports, `sudo usermod -aG "
                 "dialout $USER`, and log in again",
    errno.EAGAIN: "another program uses it: close that program first",
    errno.EBUSY: "another program uses it: close that program first",
    errno.ENXIO: "nothing is connected to it any more: plug the board in again",
    errno.EISDIR: "it is a directory, not a serial port",
    errno.ENOTTY: "it is not a serial port",
    errno.ECONNREFUSED: "nothing listens there: start what serves the board, or check the address",
}


class Port:
    """An open port, for this program alone.

    Parameters
    ----------
    url
        What pyserial's ``serial_for_url`` takes: ``/dev/ttyUSB1``, ``COM3``, the path of a pty,
        ``socket://host:port``.
    baud
        Symbols per second.

    Members
    -------
    name : str
        The URL.
    byte_time : float
        Seconds that a byte takes on the wire.

    Raises
    ------
    LinkError
        No such port, no permission, in use by another program, or not a port.
    """

    def __init__(self, url: str, baud: int = BAUD):
        self.name = url
        self.byte_time = 10 / baud
        # A socket has no lock: its server decides how many hosts it lets in.
        exclusive = {} if "://" in url else {"exclusive": True}
        try:
            self._serial = serial.serial_for_url(url, baudrate=baud, timeout=0,
                                                 write_timeout=_WRITE_SECONDS, **exclusive)
        except (serial.SerialException, OSError, ValueError) as error:
            raise LinkError(f"port {url} cannot be opened: {_cure(error)}") from None
        # FTDI's bridges keep short answers back for 16 ms; other ports cannot be asked.
        if hasattr(self._serial, "set_low_latency_mode"):
            with contextlib.suppress(NotImplementedError, ValueError):
                self._serial.set_low_latency_mode(True)

    def write(self, data: bytes) -> None:
        """Send the bytes."""
        try:
            self._serial.write(data)
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from None

    def read(self, timeout: float) -> bytes:
        """What has arrived; waits up to ``timeout`` seconds for the first byte."""
        try:
            self._serial.timeout = max(timeout, 0)
            data = self._serial.read(1)
            return data + self._serial.read(self._serial.in_waiting) if data else data
        except (serial.SerialException, OSError) as error:
            raise self._lost(error) from None

    def now(self) -> float:
        """Seconds of a clock that never goes back."""
        return time.monotonic()

    def close(self) -> None:
        """Give the port back."""
        self._serial.close()

    def _lost(self, error: Exception) -> LinkError:
        if isinstance(error, serial.SerialTimeoutException):
            return LinkError(f"port {self.name} takes no more bytes: is the board configured, or "
                             "its simulation still running?")
        return LinkError(f"port {self.name} is gone, the cable was pulled or its other end "
                         "stopped: connect it and start again")


def _cure(error: Exception) -> str:
    """Why opening failed and what to do, from pyserial's exception."""
    number = getattr(error, "errno", None)
    if number is None:
        text = str(error)
        # pyserial keeps the number of some causes in the text alone.
        number = next((n for n in _CURES if f"[Errno {n}]" in text or f"({n}," in text), None)
    return _CURES.get(number) or str(error).splitlines()[0]
