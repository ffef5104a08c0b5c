"""A network on a board: uploaded once, then run image by image or command by command."""
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hw.compiler import compile_network
from hw.compiler.cycles import predict
from hw.compiler.host_memory import log_address, memory_needed
from hw.compiler.memory_model import Timing
from hw.compiler.planes import PlaneCounts
from hw.compiler.taps import logits
from hw.config import CoreConfig
from sw.contract.artefact import Artefact
from sw.contract.errors import SpikeplaneError
from sw.host import Board, Identity, LinkError, Run

__all__ = ["BoardNetwork", "Outcome", "core_of"]

_SLOWEST = Timing(latency=200, interval=8)


@dataclass(frozen=True)
class Outcome:
    """What a run of up to :attr:`Program.images` images gave: logits (n, classes) int64, records
    of the commands, clock cycles."""
    logits: np.ndarray
    records: np.ndarray
    cycles: int


def core_of(identity: Identity) -> CoreConfig:
    """The board's core; refused if this version of the kit does not know it."""
    cure = f"the bitstream was built by kit {identity.kit}: flash one of this version"
    try:
        config = CoreConfig.from_dict(identity.core)
    except SpikeplaneError as error:
        raise LinkError(f"identity of the board: {error}; {cure}") from None
    if config.digest != identity.core_digest:
        raise LinkError(f"identity of the board: its core has digest {identity.core_digest}, its "
                        f"fields {config.digest}; {cure}")
    return config


class BoardNetwork:
    """A network compiled for the board at hand.

    Raises
    ------
    SpikeplaneError
        The network does not fit the core or the memory, or the board's core is unknown.
    """

    def __init__(self, board: Board, artefact: Artefact):
        self.board, self.artefact = board, artefact
        self.program = compile_network(artefact, core_of(board.identity))
        self.log = log_address(self.program)
        needed, there = memory_needed(self.program), board.identity.memory_bytes
        if needed > there:
            raise SpikeplaneError(
                f"network {artefact.name} needs {needed:,} bytes of memory with its log, the board "
                f"{board.identity.board} has {there:,}: use a smaller network or another board")

    @cached_property
    def limit(self) -> int:
        """Clock cycles that a run takes at most: no plane skipped, a very slow memory."""
        predictions = predict(self.program, PlaneCounts(), _SLOWEST)
        return 2 * (predictions[-1].begin + predictions[-1].cycles) + 1_000_000

    @property
    def weights(self) -> tuple[int, bytes]:
        """(address, bytes) of commands and weights."""
        return 0, self.program.memory[:self.program.image_address]

    def upload(self, progress: Callable[[int], None] | None = None) -> None:
        """Write commands and weights; :meth:`run` does it, too, if need be."""
        self.board.load(*self.weights, progress)

    def run(self, images: np.ndarray, progress: Callable[[int], None] | None = None) -> Outcome:
        """Run up to ``program.images`` images (n, C, H, W) uint8; other lanes get black ones."""
        got = self.execute(images, self.program.entry, (), progress)
        if len(got.records) != len(self.program.commands):
            raise LinkError(f"the board executed {len(got.records)} commands, not "
                            f"{len(self.program.commands)}: its program was changed meanwhile")
        return Outcome(logits(self.program, got.results, len(images)), got.records, got.cycles)

    def execute(self, images: np.ndarray, entry: int, extra: tuple[tuple[int, bytes], ...],
                progress: Callable[[int], None] | None = None) -> Run:
        """Run the commands at ``entry`` with these images and ``extra`` contents in memory."""
        packed = self.program.image_bytes(self.filled(images))
        contents = [self.weights, (self.program.image_address, packed), *extra]
        return self.board.run(entry, contents, self.log, cycles=self.limit, progress=progress)

    def filled(self, images: np.ndarray) -> np.ndarray:
        """The images and as many black ones as the lanes have room for."""
        missing = self.program.images - len(images)
        return np.concatenate([images, np.zeros((missing, *images.shape[1:]), images.dtype)])
