"""Options by which a verb takes a board: its name, and what to build on it instead of its own."""
import dataclasses

from sw.contract.errors import SpikeplaneError

from ..boards import BOARDS
from .core_arguments import add_core_arguments, core_from

__all__ = ["add_board_arguments", "board_from"]


def add_board_arguments(parser) -> None:
    """``--board``, ``--core``, ``--set``, ``--clock``, ``--baud``."""
    parser.add_argument("--board", metavar="NAME", help=", ".join(BOARDS))
    add_core_arguments(parser, default=None)
    parser.add_argument("--clock", type=float, metavar="MHZ",
                        help="clock frequency (default: that of the board)")
    parser.add_argument("--baud", type=int, help="of the UART (default: that of the board)")


def board_from(args):
    """The :class:`hw.boards.board.Board` that the options ask for."""
    # Late: Amaranth is slow to load, and `--help` does without.
    from ..boards import find_board
    chosen = find_board(args.board)
    changes = {"core": core_from(args, chosen.core)}
    if args.clock is not None:
        if not 0 < args.clock < 1e4:
            raise SpikeplaneError(f"--clock must be a frequency in MHz, not {args.clock:g}")
        changes["clock"] = round(args.clock * 1e6)
    if args.baud is not None:
        changes["baud"] = args.baud
    return dataclasses.replace(chosen, **changes)
