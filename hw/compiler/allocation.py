"""Places tensors in the on-chip memories; those never alive together share space."""
from dataclasses import dataclass

from sw.contract.errors import SpikeplaneError

__all__ = ["Allocator"]


@dataclass(frozen=True)
class _Span:
    begin: int
    end: int
    last_use: int


class Allocator:
    """First fit over a memory of ``depth`` words, for a known order of uses.

    Parameters
    ----------
    what
        Name of the memory for messages, with the config field that sizes it.
    """

    def __init__(self, what: str, field: str, depth: int):
        self.what, self.field, self.depth = what, field, depth
        self.peak = 0
        self._live: list[_Span] = []

    def place(self, layer: str, size: int, now: int, last_use: int) -> int:
        """Address of ``size`` words, kept from step ``now`` to ``last_use`` inclusive.

        Raises
        ------
        SpikeplaneError
            They do not fit beside what is alive; names the layer, the need and the limit.
        """
        self._live = sorted((span for span in self._live if span.last_use >= now),
                            key=lambda span: span.begin)
        address = 0
        for span in self._live:
            if span.begin - address >= size:
                break
            address = max(address, span.end)
        if address + size > self.depth:
            alive = sum(span.end - span.begin for span in self._live)
            raise SpikeplaneError(
                f"layer {layer}: needs {size} words of {self.what} beside {alive} in use, the core "
                f"has {self.depth}; raise {self.field} or use a smaller network")
        self._live.append(_Span(address, address + size, last_use))
        self.peak = max(self.peak, address + size)
        return address
