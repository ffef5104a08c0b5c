"""Why a tool gave up, in one sentence."""
import re

from sw.contract.cache import BUILD
from sw.contract.errors import SpikeplaneError

from ..boards.board import Board
from .flow import StepFailure

__all__ = ["explain"]

_UTILISATION = re.compile(r"^Info:\s+(\w+):\s*(\d+)/\s*(\d+)\s+\d+%", re.M)
_ERROR = re.compile(r"^ERROR: (.*)", re.M)


def explain(board: Board, failure: StepFailure) -> SpikeplaneError:
    """The error to raise: what does not fit and by how much, else the tool's own last word."""
    directory = failure.directory
    if directory.is_relative_to(BUILD.parent):
        directory = directory.relative_to(BUILD.parent)
    where = f"logs are in {directory}"
    over = [(kind, int(used), int(available))
            for kind, used, available in _UTILISATION.findall(failure.text)
            if int(used) > int(available)]
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
