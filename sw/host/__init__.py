"""The host's side of the link: what talks to a board, real or simulated.

:class:`.board.Board` is what a user needs; below it lie :mod:`.connection` (requests), :mod:`.port`
(bytes) and :mod:`.frames`. The protocol is that of ``docs/link.md``.
"""
from .board import Board, Run
from .connection import Connection
from .errors import BoardReset, LinkError, NoAnswer, Refused
from .identity import Identity
from .port import BAUD, Port

__all__ = ["BAUD", "Board", "BoardReset", "Connection", "Identity", "LinkError", "NoAnswer", "Port",
           "Refused", "Run"]
