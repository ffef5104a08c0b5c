"""Whether a network fits the memory of a board."""
import json

from sw.contract import manifest
from sw.contract.artefact import find, load
from sw.contract.errors import SpikeplaneError

from ..boards.board import Board
from ..compiler import Program, compile_network
from ..compiler.host_memory import memory_needed

__all__ = ["check_fit", "network_of"]


def check_fit(board: Board, network: str, program: Program) -> None:
    """Refuse a network that needs more memory than the board has."""
    need = memory_needed(program)
    if need > board.memory_bytes:
        raise SpikeplaneError(
            f"{board.name}: {network} needs {need:,} bytes of memory and the board has "
            f"{board.memory_bytes:,} ({need / board.memory_bytes - 1:.1%} too many); choose a "
            "smaller network (--net) or another board")


def network_of(board: Board, net: str) -> dict:
    """What a bitstream's manifest says about the network it was checked with; refused if it does
    not fit core or memory."""
    directory = find(net)
    artefact = load(directory)
    program = compile_network(artefact, board.core)
    check_fit(board, artefact.name, program)
    return {"name": artefact.name, "memory_bytes": memory_needed(program),
            "digest": json.loads((directory / manifest.FILE).read_text())["digest"]}
