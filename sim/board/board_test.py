"""The steps of a self-test: memory, known answers layer by layer, whole images."""
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sw import golden

from ..compare import Comparison, compare
from .counters import expected_counters
from .memory_check import compare_memory, exercise_memory
from .network import BoardNetwork
from .replay import expected_layers, replay

__all__ = ["BoardTest", "Images"]


@dataclass(frozen=True)
class Images:
    """Outcome of images that were run as a whole.

    Parameters
    ----------
    logits
        (images, classes) int64, from the board.
    differences
        Logits that differ from the golden model's.
    counters, wrong
        Counters compared, and a line for each that differs.
    records
        Of every run, (runs, commands).
    cycles
        Of each run.
    seconds
        Real time.
    """
    logits: np.ndarray
    differences: int
    counters: int
    wrong: tuple[str, ...]
    records: np.ndarray
    cycles: np.ndarray
    seconds: float


class BoardTest:
    """Compares a board with the golden model, by one network.

    Parameters
    ----------
    progress
        ``progress(total, what)`` gives what is called with the number of parts done.
    """

    def __init__(self, network: BoardNetwork, progress: Callable[[int, str], Callable]):
        self.network, self.progress = network, progress
        self.program, self.artefact = network.program, network.artefact
        self.batch = self.program.images

    def memory(self, seed: int) -> int:
        """Test the memory, then upload the network; returns the bytes compared."""
        count = exercise_memory(self.network.board, seed)
        self.network.upload(self.progress(len(self.network.weights[1]), "bytes written"))
        return count

    def read_back(self) -> None:
        """Refuse a memory that does not hold the network: the cause of differences, if it is."""
        address, data = self.network.weights
        compare_memory(self.network.board, address, data,
                       self.progress(len(data), "bytes read back"))

    def answers(self) -> Comparison:
        """Replay the known answers command by command."""
        golden_layers = dict(self.artefact.vectors)
        images = golden_layers.pop("image")
        levels = {node.name: node.levels for node in self.artefact.graph}
        commands = len(self.program.commands)
        batches = range(0, len(images), self.batch)
        done = self.progress(commands * len(batches), "commands")
        parts = []
        for k, first in enumerate(batches):
            some = slice(first, first + self.batch)
            expected = expected_layers(
                self.program, {name: array[some] for name, array in golden_layers.items()},
                images[some])
            got = replay(self.network, images[some], lambda n, k=k: done(k * commands + n))
            parts.append(compare(expected, got, levels=levels))
        return sum(parts[1:], parts[0])

    def images(self, images: np.ndarray) -> Images:
        """Run images (N, C, H, W) uint8 as a whole."""
        expected = golden.run(self.artefact, images)["head"]
        begin = time.perf_counter()
        done = self.progress(len(images), "images")
        outcomes = []
        for first in range(0, len(images), self.batch):
            outcomes.append(self.network.run(images[first:first + self.batch]))
            done(min(first + self.batch, len(images)))
        seconds = time.perf_counter() - begin
        counters, wrong = 0, []
        for k, outcome in enumerate(outcomes):
            some = images[k * self.batch:(k + 1) * self.batch]
            compared, differing = self.counters(k * self.batch, some, outcome.records)
            counters += compared
            wrong += differing
        logits = np.concatenate([outcome.logits for outcome in outcomes])
        return Images(
            logits, int(np.count_nonzero(logits != expected)), counters, tuple(wrong),
            np.stack([outcome.records for outcome in outcomes]),
            np.array([outcome.cycles for outcome in outcomes]), seconds)

    def counters(self, first: int, images: np.ndarray, records: np.ndarray,
                 ) -> tuple[int, list[str]]:
        """(counters compared, lines of those that differ) of one run."""
        layers = golden.run(self.artefact, self.network.filled(images))
        mask = (1 << self.program.config.counter_bits) - 1
        compared, wrong = 0, []
        for (index, command, want), record in zip(
                expected_counters(self.program, layers), records, strict=True):
            for name, value in want.items():
                got = sum(int(record[part]) for part in name.split(" + "))
                compared += 1
                if (got ^ value) & mask:
                    wrong.append(
                        f"image {first}, command {index} ({command.neurons or command.layer}): "
                        f"{name}: expected {value & mask}, got {got & mask}")
        return compared, wrong
