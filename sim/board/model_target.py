"""The model of the link as a target of the campaign."""
from dataclasses import dataclass

from sw.host import Run

from .link_model import LinkModel, stand_in
from .virtual_port import VirtualPort

__all__ = ["ModelTarget"]


@dataclass(frozen=True)
class _Program:
    contents: list[tuple[int, bytes]]
    entry: int = 0

    def right(self, run: Run) -> bool:
        """Whether results and records are those of the stand-in."""
        results, records = stand_in(b"".join(data for _, data in self.contents))
        return run.results.tolist() == results and run.records.tolist() == records


def _program(number: int) -> _Program:
    """Two parts, one of which all programs share."""
    length = 900
    common = length.to_bytes(4, "little") + bytes(range(92))
    own = bytes((number + k) % 256 for k in range(length - len(common)))
    return _Program([(0, common), (len(common), own)])


class ModelTarget:
    """See :class:`.target.Target`."""

    name = "model"
    timeout = 0.1
    attempts = 4
    free, log = 1024, 3800

    def __init__(self):
        self.model = LinkModel()
        self.line = VirtualPort(self.model)
        self.programs = [_program(number) for number in range(3)]

    @property
    def memory(self) -> bytearray:
        """The model's own."""
        return self.model.memory

    def port(self) -> VirtualPort:
        """A new host's port."""
        return self.line

    def reset(self) -> None:
        """Reset the model."""
        self.model.reset()
