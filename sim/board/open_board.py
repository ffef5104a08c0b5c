"""Options by which a verb takes a board, real or simulated, and the network on it."""
import contextlib
from collections.abc import Iterator
from pathlib import Path

from hw.boards import BOARDS, find_board
from hw.compiler import compile_network
from hw.compiler.host_memory import memory_needed
from hw.config import core
from sw.contract.artefact import find, load
from sw.contract.errors import SpikeplaneError
from sw.host import BAUD, Board

from ..simulate import default_core
from .simulated import BAUD as SIMULATED_BAUD
from .simulated import SimulatedBoard, Simulation, fast, simulated_config

__all__ = ["SIMULATED", "add_board_arguments", "network_directory", "open_board", "simulation_of"]

SIMULATED = "sim"
"""The board that exists in simulation only; ``sim-NAME`` is the simulation of a real one."""

_MEMORY = 1 << 18
_TIMEOUT = 3.0
"""Seconds that an answer of a simulated board may take: it shares a processor with others."""


def add_board_arguments(parser) -> None:
    """``--board``, ``--port``, ``--baud``, ``--core``, ``--net``."""
    parser.add_argument("--board", metavar="NAME",
                        help=f"{', '.join(BOARDS)}; `{SIMULATED}` or `{SIMULATED}-NAME` simulates "
                        "one here")
    parser.add_argument("--port", metavar="URL",
                        help="serial port of the board, e.g. /dev/ttyUSB1, the path of a pty, or "
                        "socket://host:port (default: the one that looks like the board's)")
    parser.add_argument("--baud", type=int,
                        help=f"of the port (default: the board's, else {BAUD})")
    parser.add_argument("--core", help=f"core preset of board `{SIMULATED}` (default: small, or "
                        "small-w8 for a network with 8-bit weights)")
    parser.add_argument("--net", help="artefact: a name under artefacts/ or a directory (default: "
                        "the board's, else digits-w4)")


def network_directory(args) -> Path:
    """Directory of the artefact that the options ask for."""
    name = described(args.board)
    return find(args.net or (name.net if name else "digits-w4"))


def described(name: str | None):
    """Description of the real board behind a name; None for one that exists only simulated."""
    if name in (None, SIMULATED):
        return None
    return find_board(name.removeprefix(f"{SIMULATED}-"))


def simulation_of(args) -> Simulation:
    """What ``--board sim`` or ``--board sim-NAME`` asks for."""
    board = described(args.board)
    if board:
        if args.core:
            raise SpikeplaneError(f"--core is for board {SIMULATED} alone: {args.board} has the "
                                  "core of the board that it simulates")
        return Simulation(fast(board.system(""), args.board), board)
    artefact = load(network_directory(args))
    config = core(args.core or default_core(artefact))
    need = memory_needed(compile_network(artefact, config))
    return Simulation(simulated_config(config, max(_MEMORY, 1 << (need - 1).bit_length())))


@contextlib.contextmanager
def open_board(args) -> Iterator[Board]:
    """The board that the options ask for, connected."""
    name = args.board
    if name is None and args.port is None:
        raise SpikeplaneError(f"give --board ({SIMULATED}, {', '.join(BOARDS)}) or --port")
    if name is not None and name.split("-")[0] == SIMULATED:
        if args.port is not None:
            raise SpikeplaneError(f"--board {name} simulates a board of its own: leave out --port, "
                                  "or leave out --board to use what is at the port")
        print(f"building the simulation of {name} ...", flush=True)
        with (SimulatedBoard(simulation_of(args)) as simulated,
              Board.open(simulated.path, SIMULATED_BAUD, timeout=_TIMEOUT) as board):
            yield board
        return
    if args.core:
        raise SpikeplaneError(f"--core is for board {SIMULATED} alone: a real board tells its core")
    real = described(name)
    baud = args.baud or (real.baud if real else BAUD)
    with Board.open(args.port or find_port(real), baud) as board:
        if name and board.identity.board != name:
            raise SpikeplaneError(f"the board at {board.connection.port.name} is "
                                  f"{board.identity.board!r}, not {name!r}: give another --port, "
                                  "or flash it for this board")
        yield board


def find_port(board) -> str:
    """The port of the one USB serial bridge that is of the board's kind."""
    from serial.tools.list_ports import comports
    usb = board.loader.usb if board.loader else None
    ports = [port for port in comports() if port.vid is not None]
    alike = [port.device for port in ports if f"{port.vid:04x}:{port.pid:04x}" == usb]
    if len(alike) != 1:
        seen = ", ".join(sorted(alike or (port.device for port in ports))) or "none"
        raise SpikeplaneError(f"which port is that of {board.name}? {len(alike)} of its kind are "
                              f"connected (serial ports on USB: {seen}); give it with --port")
    return alike[0]
