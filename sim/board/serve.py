"""``spikeplane board-sim``: a simulated board for other programs to talk to."""
from .open_board import SIMULATED, simulation_of
from .simulated import SimulatedBoard

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    parser.add_argument("--board", default=SIMULATED, metavar="NAME",
                        help=f"`{SIMULATED}`, or `{SIMULATED}-NAME` for the simulation of a board "
                        f"(default: {SIMULATED})")
    parser.add_argument("--core", help=f"core preset of board `{SIMULATED}` (default: as --net)")
    parser.add_argument("--net", help=f"artefact that core and memory of board `{SIMULATED}` suit: "
                        "a name under artefacts/ or a directory (default: digits-w4)")


def main(args) -> int:
    """Print the path of the board's serial port, and simulate until interrupted."""
    print(f"building the simulation of {args.board} ...", flush=True)
    with SimulatedBoard(simulation_of(args)) as board:
        print(f"serial port: {board.path}; Ctrl-C ends the simulation", flush=True)
        board.wait()
    return 0
