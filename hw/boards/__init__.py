"""Boards, one short file each; the only code that sees a platform."""
import importlib

from sw.contract.errors import SpikeplaneError

__all__ = ["BOARDS", "find_board"]

BOARDS = ("icebreaker", "ulx3s", "ecpix5", "tang_primer_20k", "arty_a7")
"""Every board, by the name of its file."""


def find_board(name: str | None):
    """The :class:`.board.Board` called ``name``; an unknown name is refused with the known ones."""
    if name is None:
        raise SpikeplaneError("no board is given; add --board NAME, or BOARD=NAME to make, with "
                              f"one of {', '.join(BOARDS)}")
    if name not in BOARDS:
        raise SpikeplaneError(f"unknown board {name!r}; choose one of {', '.join(BOARDS)}")
    return importlib.import_module(f".{name}", __name__).BOARD
