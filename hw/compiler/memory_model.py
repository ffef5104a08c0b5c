"""When memory words reach the core: port, prefetch queue, weight loader."""
from dataclasses import dataclass

import numpy as np

from ..config import CoreConfig
from ..core.memory_reader import BURST
from ..core.weight_loader import params_words, tile_words

__all__ = ["LoaderModel", "PortModel", "PrefetchModel", "Timing"]


@dataclass(frozen=True)
class Timing:
    """External memory: cycles from a request to its first word, and cycles per word."""
    latency: int = 16
    interval: int = 1


class PortModel:
    """Answers requests in order."""

    def __init__(self, timing: Timing):
        self.timing = timing
        self.free = 0

    def request(self, cycle: int, words: int) -> int:
        """Cycle of the first word of a request accepted in ``cycle``."""
        first = max(cycle + self.timing.latency, self.free)
        self.free = first + words * self.timing.interval
        return first


class PrefetchModel:
    """:class:`hw.core.memory_reader.MemoryReader`: bursts as far as its queue has room."""

    def __init__(self, config: CoreConfig, port: PortModel):
        self.depth, self.port = config.prefetch_words, port
        self.bursts: list[tuple[int, int, int]] = []  # (first word index, words, arrival)
        self.regions: list[list[int]] = []            # [words left, earliest cycle]
        self.idle = 0                                 # cycle from which a region is taken
        self.issued = 0
        self.next_issue = 0
        self.consumed = np.zeros(1024, np.int64)      # cycle in which each word was taken

    def region(self, cycle: int, words: int) -> int:
        """Offer a region from ``cycle`` on; returns the cycle in which it is taken."""
        self.issue(None)
        taken = max(cycle, self.idle)
        self.regions.append([words, taken + 1])
        if self.issued + words > len(self.consumed):
            self.consumed = np.concatenate([self.consumed, np.zeros(
                max(words, len(self.consumed)), np.int64)])
        return taken

    def take(self, first: int, count: int, start: int) -> int:
        """The consumer takes words ``first`` onwards, one per cycle from ``start`` on, or as they
        come; returns the cycle of the last one."""
        cycle = start
        while count:
            begin, size, arrival = self.burst(first)
            skip, step = first - begin, self.port.timing.interval
            part = min(count, size - skip)
            index = np.arange(part)
            # A word can be taken two cycles after it arrived: the queue is buffered.
            taken = np.maximum(cycle + index, arrival + 2 + (skip + index) * step)
            self.consumed[first:first + part] = taken
            cycle = int(taken[-1]) + 1
            first, count = first + part, count - part
        return cycle - 1

    def burst(self, word: int) -> tuple[int, int, int]:
        """The burst that holds a word, issued if it has not been."""
        while self.issued <= word:
            self.issue_one()
        for burst in reversed(self.bursts):
            if burst[0] <= word:
                return burst
        raise IndexError(word)

    def out_by(self, word: int, limit: int) -> bool:
        """Whether the burst of a word goes out by ``limit``; the words before it are taken."""
        return word < self.issued or (bool(self.regions) and self.due() <= limit)

    def due(self) -> int:
        """Cycle in which the next burst is accepted, as far as words have been taken."""
        left, earliest = self.regions[0]
        need = self.issued + min(left, BURST) - self.depth - 1
        credit = int(self.consumed[need]) + 2 if need >= 0 else 0
        return max(earliest, self.next_issue, credit) + 1

    def issue_one(self) -> None:
        """Issue the next burst."""
        cycle = self.due()
        size = min(self.regions[0][0], BURST)
        self.bursts.append((self.issued, size, self.port.request(cycle, size)))
        del self.bursts[:-64]
        self.issued += size
        self.next_issue = cycle + 1
        self.regions[0][0] -= size
        if self.regions[0][0] == 0:
            self.regions.pop(0)
            self.idle = cycle

    def issue(self, limit: int | None, loaded: int | None = None) -> None:
        """Issue the bursts accepted up to ``limit`` (all, if None) with the words taken so far."""
        while self.regions and (limit is None or (
                self.issued + min(self.regions[0][0], BURST) - self.depth <= loaded
                and self.due() <= limit)):
            self.issue_one()


class LoaderModel:
    """:class:`hw.core.weight_loader.WeightLoader`: cycles in which buffers are ready."""

    def __init__(self, config: CoreConfig, prefetch: PrefetchModel):
        self.prefetch = prefetch
        self.params_words, self.tile_words = params_words(config), tile_words(config)
        self.word = 0        # next word of the stream
        self.cycle = 0       # first cycle in which it may be taken
        self.tile_free = 0   # cycles from which the buffers may be refilled
        self.params_free = 0
        self._taken = 0      # words of the buffer being filled
        self._ready: list[int] = []

    def preload(self, limit: int) -> None:
        """Load the next command's first parameters and tile, if they are not loaded already, as
        far as their bursts go out by ``limit``."""
        buffers = ((self.params_words, self.params_free), (self.tile_words, self.tile_free))
        for words, free in buffers[len(self._ready):]:
            ready = self._load(words, free, limit)
            if ready is None:
                return
            self._ready.append(ready)

    def load_params(self) -> int:
        """Load the parameters of a pass; returns the first cycle in which they are ready."""
        return self._next(self.params_words, self.params_free)

    def load_tile(self) -> int:
        """Load a tile; returns the first cycle in which it is ready."""
        return self._next(self.tile_words, self.tile_free)

    def _next(self, words: int, free: int) -> int:
        return self._ready.pop(0) if self._ready else self._load(words, free, None)

    def _load(self, words: int, free: int, limit: int | None) -> int | None:
        while self._taken < words:
            if limit is not None and not self.prefetch.out_by(self.word, limit):
                return None
            begin, size, _ = self.prefetch.burst(self.word)
            part = min(words - self._taken, begin + size - self.word)
            last = self.prefetch.take(self.word, part, max(self.cycle, free))
            self.word += part
            self._taken += part
            self.cycle = last + 1
        self._taken = 0
        return self.cycle
