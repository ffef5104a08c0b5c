"""The simulated board as a target of the campaign against the link: the hardware itself."""
from dataclasses import dataclass

import numpy as np

from hw.compiler import Program, compile_network
from hw.compiler.host_memory import log_address
from hw.compiler.taps import logits
from sw.host import Port, Run

from ..small import SMALL_CORE, small_artefact
from .simulated import SimulatedBoard, Simulation, simulated_config

__all__ = ["SimulatedTarget"]

_MEMORY = 1 << 18


@dataclass(frozen=True)
class _Program:
    program: Program
    images: np.ndarray
    logits: np.ndarray

    @property
    def entry(self) -> int:
        """Byte address of the first command."""
        return self.program.entry

    @property
    def contents(self) -> list[tuple[int, bytes]]:
        """Commands and weights, and the images."""
        program = self.program
        return [(0, program.memory[:program.image_address]),
                (program.image_address, program.image_bytes(self.images))]

    def right(self, run: Run) -> bool:
        """Whether the logits are the golden model's, and every command left its record."""
        got = logits(self.program, run.results, len(self.images))
        return (bool((got == self.logits).all())
                and run.records["index"].tolist() == list(range(len(self.program.commands))))


class SimulatedTarget:
    """See :class:`.target.Target`. A program is a small network with one batch of images; the
    right results are the golden model's."""

    name = "sim"
    timeout = 0.3
    attempts = 3
    memory = None

    def __init__(self, board: SimulatedBoard):
        self.board = board
        artefact = small_artefact()
        program = compile_network(artefact, SMALL_CORE)
        self.free = log_address(program)
        self.log = self.free + 2048
        images, right = artefact.vectors["image"], artefact.vectors["head"]
        batches = [slice(first, first + program.images)
                   for first in range(0, len(images) - program.images + 1, program.images)]
        self.programs = [_Program(program, images[some], right[some]) for some in batches]

    @staticmethod
    def simulation() -> Simulation:
        """The board that this target wants."""
        return Simulation(simulated_config(SMALL_CORE, _MEMORY))

    def port(self) -> Port:
        """A new host's port. Its rate is what a busy machine simulates in real time: a lower one
        only makes every lost frame wait for longer."""
        return Port(self.board.path, 57_600)

    def reset(self) -> None:
        """Press the reset button."""
        self.board.reset()
