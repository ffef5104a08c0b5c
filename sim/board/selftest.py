"""``spikeplane selftest``: proves that a board computes the same spikes as the golden model."""
from pathlib import Path

import numpy as np

from hw.compiler import Program
from sw.contract.artefact import Artefact, load
from sw.contract.cache import BUILD
from sw.contract.version import revision, version
from sw.host import Board

from ..compare import LayerComparison
from ..progress import Progress
from ..report import artefact_digest
from ..runner import default_seed
from ..simulate import select_images
from .board_test import BoardTest
from .network import BoardNetwork, core_of
from .open_board import add_board_arguments, network_directory, open_board
from .selftest_report import LayerResult, SelftestReport

__all__ = ["add_arguments", "main", "run_selftest"]


def add_arguments(parser) -> None:
    add_board_arguments(parser)
    parser.add_argument("--images", help="whole images after the known answers, or `all` (default: "
                        "up to 32)")
    parser.add_argument("--data", type=Path, metavar="DIR",
                        help="directory of the data set, if it is one that is downloaded")
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="report (default: build/selftest/<net>-<board>.json)")


def main(args) -> int:
    """Test the board, print what was found, write the report; 1 if anything differs."""
    directory = network_directory(args)
    artefact = load(directory)
    images, labels = select_images(artefact, args.images, args.data)
    with open_board(args) as board:
        report = run_selftest(board, artefact, images, labels, artefact_digest(directory))
    report.write(args.out or BUILD / "selftest" / f"{artefact.name}-{report.board}.json")
    print(report.table(), *report.lines(), sep="\n")
    return int(not report.passed)


def run_selftest(board: Board, artefact: Artefact, images: np.ndarray, labels: np.ndarray | None,
                 digest: str) -> SelftestReport:
    """Every step of :class:`.board_test.BoardTest`; prints how far it is.

    Parameters
    ----------
    images, labels
        To run as a whole; labels are None where there are none.
    digest
        Of the artefact's manifest.

    Raises
    ------
    SpikeplaneError
        The network does not fit the board, its memory is faulty, or the link fails.
    """
    identity, seed = board.identity, default_seed()
    print(f"board {identity.board}: {core_of(identity).sops} synaptic operations per cycle, "
          f"{identity.clock / 1e6:g} MHz, {identity.memory_bytes:,} bytes of memory, kit "
          f"{identity.kit}; SEED={seed}", flush=True)
    network = BoardNetwork(board, artefact)
    test = BoardTest(network, Progress)
    memory_bytes = test.memory(seed)
    answers = test.answers()
    if answers.first:
        print(f"{answers.first}: reading the network back", flush=True)
        test.read_back()
    whole = test.images(images)
    correct = None if labels is None else int((whole.logits.argmax(axis=1) == labels).sum())
    return SelftestReport(
        board=identity.board, version=identity.version, revision=identity.revision,
        clock=identity.clock, core=identity.core, network=artefact.name, artefact_digest=digest,
        kit=" ".join(filter(None, (version(), revision()))), seed=seed, memory_bytes=memory_bytes,
        answers=answers.images, layers=_layers(network.program, answers.layers, whole.records),
        first_difference=str(answers.first) if answers.first else None,
        images=len(images), images_per_run=network.program.images, correct=correct,
        logits=whole.logits.size, logit_differences=whole.differences, counters=whole.counters,
        counter_differences=whole.wrong, cycles=float(whole.cycles.mean()), seconds=whole.seconds)


def _layers(program: Program, compared: tuple[LayerComparison, ...], records: np.ndarray,
            ) -> tuple[LayerResult, ...]:
    """Comparisons with the mean counters of the layers' commands."""
    names = [command.neurons or command.layer for command in program.commands]

    def mean(layer: str, counter: str) -> int:
        mine = records[counter][:, [k for k, name in enumerate(names) if name == layer]]
        return round(float(mine.sum(axis=1).mean()))

    return tuple(LayerResult(
        name=layer.name, shape=layer.shape, compared=layer.compared,
        differences=layer.differences, cycles=mean(layer.name, "cycles"),
        stall=mean(layer.name, "stall")) for layer in compared)
