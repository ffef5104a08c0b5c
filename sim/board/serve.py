"""``spikeplane board-sim``: a simulated board for other programs to talk to."""
from sw.contract.artefact import find, load

from .open_board import SIMULATED, simulated_system
from .simulated import SimulatedBoard

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    parser.add_argument("--board", default=SIMULATED, metavar="NAME",
                        help=f"`{SIMULATED}`, or `{SIMULATED}-NAME` for the simulation of a board "
                        f"(default: {SIMULATED})")
    parser.add_argument("--core", help="core preset of board `sim` (default: as for --net)")
    parser.add_argument("--net", default="digits-w4", help="artefact that core and memory of board "
                        "`sim` suit: a name under artefacts/ or a directory (default: digits-w4)")


def main(args) -> int:
    """Print the path of the board's serial port and simulate until interrupted."""
    config = simulated_system(args.board, load(find(args.net)), args.core)
    print(f"building the simulation of {args.board} ...", flush=True)
    with SimulatedBoard(config) as board:
        print(f"serial port: {board.path}; Ctrl-C ends the simulation", flush=True)
        board.wait()
    return 0
