"""``spikeplane netlist``: the cores of boards, as netlists of their cells, against the golden
model."""
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from hw.boards import BOARDS, find_board
from hw.boards.board import Board
from hw.core.core import Core
from hw.netlist.netlist import count_cells, invert_table, synthesize
from hw.netlist.technology import Technology, find_technology
from sw import data
from sw.contract.artefact import Artefact, find, load
from sw.contract.config import ModelConfig
from sw.contract.errors import SpikeplaneError
from sw.random_network import random_artefact

from .netlist_source import netlist_source
from .network_bench import NetworkBench, NetworkRun
from .record import write_record
from .runner import SimulationFailure, default_seed

__all__ = ["add_arguments", "main"]

_HEAD = ("board", "cells", "network", "images", "spikes", "differences", "cycles")
_PROSE = (
    "Each core is what its board is built with. `cells` are those of the core alone, pins and",
    "memory backend not counted. Every spike of every layer is compared with the golden model.",
)


@dataclass(frozen=True)
class _Outcome:
    """One network on one netlist; ``failure`` if it did not run to its end."""
    board: str
    cells: int
    network: str
    images: int
    run: NetworkRun | None
    failure: str = ""

    @property
    def equal(self) -> bool:
        return self.run is not None and not self.run.comparison.differences

    @property
    def row(self) -> tuple[str, ...]:
        figures = ("", self.failure, "") if self.run is None else (
            str(self.run.comparison.spikes), str(self.run.comparison.differences),
            str(self.run.cycles))
        return self.board, str(self.cells), self.network, str(self.images), *figures


def add_arguments(parser) -> None:
    parser.add_argument("--board", help="the board whose core it is (default: each of them)")
    parser.add_argument("--images", type=int, default=1,
                        help="images of the board's network (default: 1)")
    parser.add_argument("--defect", type=int, metavar="N",
                        help="invert lookup table N of the netlist first: the check must fail then")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as markdown")


def main(args) -> int:
    """Print a line per network and board; 1 if a spike differs."""
    if args.images < 1:
        raise SpikeplaneError(f"--images must be at least 1, not {args.images}")
    boards = [find_board(name) for name in ([args.board] if args.board else BOARDS)]
    checked = [(board, find_technology(board.family)) for board in boards]
    if args.board and checked[0][1] is None:
        raise SpikeplaneError(f"{args.board}: the open tools make no netlist for "
                              f"{boards[0].family.name}; choose another board")
    seed = default_seed()
    print(f"SEED={seed}\n{_line(_HEAD)}")
    outcomes = []
    for board, technology in checked:
        if technology:
            for outcome in _check(board, technology, args.images, args.defect, seed):
                outcomes.append(outcome)
                print(_line(outcome.row), flush=True)
                if outcome.run and outcome.run.comparison.first:
                    print(f"  first difference: {outcome.run.comparison.first}")
    spikes = sum(o.run.comparison.spikes for o in outcomes if o.run)
    different = sum(not outcome.equal for outcome in outcomes)
    summary = (f"{len(outcomes)} networks on netlists, {spikes} spikes compared, "
               f"{different} networks with differences")
    print(summary)
    if args.write:
        write_record(args.write, title="Netlists of the boards' cores",
                     command=f"SEED={seed} spikeplane netlist --images {args.images}",
                     summary=summary, prose=_PROSE, head=_HEAD, rows=[o.row for o in outcomes])
    return int(different > 0)


def _check(board: Board, technology: Technology, images: int, defect: int | None, seed: int,
           ) -> Iterator[_Outcome]:
    """Synthesize the core of a board, and run both networks on its netlist."""
    begin = time.monotonic()
    print(f"  {board.name}: synthesis of the core ...", flush=True)
    core = Core(board.core, board.array)
    netlist = synthesize(core, "core", technology).read_text()
    change: Callable[[str], str] = str
    if defect is not None:
        change = partial(invert_table, technology=technology, index=defect)
    source = netlist_source(core, "core", technology, change)
    for artefact, chosen in (_random(seed), _shipped(board, images)):
        bench = NetworkBench(artefact, board.core, seed=seed, core=source)
        print(f"  {board.name}: {artefact.name}, after {time.monotonic() - begin:.0f} s ...",
              flush=True)
        run, failure = None, ""
        try:
            run = bench.run(chosen)
        except SimulationFailure as error:
            failure = str(error)
        yield _Outcome(board.name, sum(count_cells(netlist).values()), artefact.name, len(chosen),
                       run, failure)


def _random(seed: int) -> tuple[Artefact, np.ndarray]:
    """A network of one block with random weights, which fits the smallest core; its images."""
    config = ModelConfig(image=(1, 8, 8), dim=8, depth=1, heads=2, steps=4, stages=1, expansion=2,
                         mlp_ratio=2, attention_threshold=2, fraction_bits=0)
    artefact = random_artefact(config, seed, images=2, name="random")
    return artefact, artefact.vectors["image"]


def _shipped(board: Board, count: int) -> tuple[Artefact, np.ndarray]:
    """The network that the board is shipped with, and the first images of its test set."""
    artefact = load(find(board.net))
    dataset = artefact.training.get("dataset")
    images = (data.load(dataset, "test").images if dataset in data.PACKAGED
              else artefact.vectors["image"])
    return artefact, images[:count]


def _line(cells) -> str:
    return "{:16} {:>7} {:12} {:>6} {:>8} {:>11} {:>9}".format(*cells)
