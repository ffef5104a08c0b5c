"""Options by which a verb takes a board: a real one at a port, or a simulated one."""
import contextlib
from collections.abc import Iterator

from hw.boards import BOARDS, find_board
from hw.compiler import compile_network
from hw.compiler.host_memory import memory_needed
from hw.config import core
from sw.contract.artefact import Artefact
from sw.contract.errors import SpikeplaneError
from sw.contract.version import revision
from sw.host import BAUD, Board

from ..simulate import default_core
from .simulated import SimulatedBoard, fast, simulated_config

__all__ = ["SIMULATED", "add_board_arguments", "open_board", "simulated_system"]

SIMULATED = "sim"
"""The board that exists in simulation only; ``sim-NAME`` is the simulation of a real one."""

_MEMORY = 1 << 18
_TIMEOUT = 10.0
"""Seconds that an answer of a simulated board may take: it shares a processor with others."""


def add_board_arguments(parser) -> None:
    """``--board``, ``--port``, ``--baud``, ``--core``."""
    parser.add_argument("--board", metavar="NAME",
                        help=f"{', '.join(BOARDS)}; `{SIMULATED}` or `{SIMULATED}-NAME` simulates "
                        "one here")
    parser.add_argument("--port", metavar="URL",
                        help="serial port of the board, e.g. /dev/ttyUSB1, the path of a pty, or "
                        "socket://host:port (default: the one that looks like the board's)")
    parser.add_argument("--baud", type=int,
                        help=f"of the port (default: the board's, else {BAUD})")
    parser.add_argument("--core", help="core preset of board `sim` (default: small, or small-w8 "
                        "for a network with 8-bit weights)")


def simulated_system(name: str, artefact: Artefact, core_name: str | None):
    """System of the board to simulate, ``sim`` or ``sim-NAME``."""
    if name != SIMULATED:
        if core_name:
            raise SpikeplaneError(f"--core is for board {SIMULATED} alone: {name} has the core of "
                                  "the board it simulates")
        return fast(find_board(name.removeprefix(f"{SIMULATED}-")).system(revision()), name)
    config = core(core_name or default_core(artefact))
    need = memory_needed(compile_network(artefact, config))
    return simulated_config(config, max(_MEMORY, 1 << (need - 1).bit_length()))


@contextlib.contextmanager
def open_board(args, artefact: Artefact) -> Iterator[Board]:
    """The board that the options ask for, connected."""
    name, port = args.board, args.port
    if name is None and port is None:
        raise SpikeplaneError(f"give --board ({SIMULATED}, {', '.join(BOARDS)}) or --port")
    if name is not None and name.split("-")[0] == SIMULATED:
        if port is not None:
            raise SpikeplaneError(f"--board {name} simulates a board of its own: leave out --port, "
                                  "or leave out --board to use what is at the port")
        print(f"building the simulation of {name} ...", flush=True)
        with (SimulatedBoard(simulated_system(name, artefact, args.core)) as simulated,
              Board.open(simulated.path, timeout=_TIMEOUT) as opened):
            yield opened
        return
    if args.core:
        raise SpikeplaneError(f"--core is for board {SIMULATED} alone: a real board tells its core")
    described = find_board(name) if name else None
    baud = args.baud or (described.baud if described else BAUD)
    with Board.open(port or find_port(described), baud) as opened:
        if name and opened.identity.board != name:
            raise SpikeplaneError(f"the board at {opened.connection.port.name} is "
                                  f"{opened.identity.board!r}, not {name!r}: give another --port, "
                                  "or flash it for this board")
        yield opened


def find_port(described) -> str:
    """The port of the one USB serial bridge that is of the board's kind."""
    from serial.tools.list_ports import comports
    usb = described.loader.usb if described.loader else None
    ports = [port for port in comports() if port.vid is not None]
    alike = [port.device for port in ports if f"{port.vid:04x}:{port.pid:04x}" == usb]
    if len(alike) != 1:
        seen = ", ".join(sorted(alike or (port.device for port in ports))) or "none"
        raise SpikeplaneError(f"which port is the {described.title}? Of its kind {len(alike)} are "
                              f"connected (ports seen: {seen}); give it with --port")
    return alike[0]
