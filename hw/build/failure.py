"""Why a tool gave up, in one sentence."""
import re

from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError

from ..boards.board import Board
from .flow import StepFailure

__all__ = ["explain", "needs_of"]

_UTILISATION = re.compile(r"^Info:\s+(\w+):\s*(\d+)/\s*(\d+)\s+\d+%", re.M)
_ERROR = re.compile(r"^ERROR: (.*)", re.M)


def explain(board: Board, failure: StepFailure) -> SpikeplaneError:
    """The error to raise: what does not fit and by how much, else the tool's own last word."""
    directory = failure.directory
    if directory.is_relative_to(BUILD.parent):
        directory = directory.relative_to(BUILD.parent)
    where = f"logs are in {directory}"
    if failure.status < 0:
        return SpikeplaneError(f"{board.name}: {failure.title} was ended by signal "
                               f"{-failure.status}, which the system sends when memory runs out; "
                               f"close other programs and build again; {where}")
    over = [(kind, used, available) for kind, used, available in _utilisation(failure.text)
            if used > available]
    if over:
        names = {cell: name for name, cell in board.family.resources.items()}
        needs = ", ".join(
            f"{used} {names.get(kind, kind)} of {available} ({used / available - 1:.1%} too many)"
            if available else f"{used} {names.get(kind, kind)}, of which it has none"
            for kind, used, available in over)
        return SpikeplaneError(f"{board.name}: the design does not fit the {board.family.name}: "
                               f"{needs}; use a smaller core (--core, --set); {where}")
    errors = _ERROR.findall(failure.text)
    last = errors[-1].rstrip(".") if errors else "it did not say why"
    if re.search(r"unable to (find legal placement|place cell)|no BELs remaining", last, re.I):
        return SpikeplaneError(f"{board.name}: the design does not fit the {board.family.name}: no "
                               f"place is left ({last}); use a smaller core (--core, --set) or "
                               f"other seeds (--seeds 8); {where}")
    return SpikeplaneError(f"{board.name}: {failure.title} failed: {last}; {where}")


def needs_of(board: Board, text: str) -> dict[str, int]:
    """Cells of a design that place and route counted before it gave up, by the family's names."""
    used = {kind: used for kind, used, _ in _utilisation(text)}
    return {name: used[cell] for name, cell in board.family.resources.items() if cell in used}


def _utilisation(text: str) -> list[tuple[str, int, int]]:
    """Kind, used and available, of place and route's log."""
    return [(kind, int(used), int(available))
            for kind, used, available in _UTILISATION.findall(text)]
