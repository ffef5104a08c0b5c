"""What the campaign against the link needs of a board under test."""
from typing import Protocol

from sw.host import Port, Run

__all__ = ["Program", "Target"]


class Program(Protocol):
    """What a run of the target can be asked to compute."""
    entry: int
    contents: list[tuple[int, bytes]]

    def right(self, run: Run) -> bool:
        """Whether a run gave what it must."""


class Target(Protocol):
    """A board under test.

    Members
    -------
    name : str
    timeout : float
        Seconds that its answers take at most, and that it takes to drop half a frame.
    attempts : int
        As of :class:`sw.host.Connection`.
    programs : list of Program
    log : int
        Byte address of logs; below it lies ``free``, where nothing of a program is.
    free : int
    memory : bytearray or None
        The board's memory itself, where it can be looked into.
    """
    name: str
    timeout: float
    attempts: int
    programs: list[Program]
    log: int
    free: int
    memory: bytearray | None

    def port(self) -> Port:
        """A new host's port to the board."""

    def reset(self) -> None:
        """Reset the board."""
