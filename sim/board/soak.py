"""``spikeplane soak``: many images, one after the other, on one board."""
import time
from pathlib import Path

import numpy as np

from sw.contract.artefact import load
from sw.contract.errors import SpikeplaneError

from ..progress import Progress
from ..record import write_record
from ..runner import default_seed
from ..simulate import select_images
from .board_test import BoardTest
from .network import BoardNetwork
from .open_board import add_board_arguments, network_directory, open_board

__all__ = ["add_arguments", "main"]

_PROSE = ("Images are drawn with repetition. Compared are all logits, and the counters that do not",
          "depend on the memory's speed (`sim/board/counters.py`).")


def add_arguments(parser) -> None:
    add_board_arguments(parser)
    parser.add_argument("--images", type=int, default=500,
                        help="drawn with repetition from the test set (default: 500)")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help="write the result as markdown at the end")


def main(args) -> int:
    """Run the images and compare; 1 if anything differs."""
    if args.images < 1:
        raise SpikeplaneError(f"--images must be at least 1, not {args.images}")
    if args.write and not args.write.parent.is_dir():
        raise SpikeplaneError(f"--write: no directory {args.write.parent}; make it first")
    seed = default_seed()
    artefact = load(network_directory(args))
    images, labels = select_images(artefact, "all")
    drawn = np.random.default_rng(seed).integers(len(images), size=args.images)
    with open_board(args) as board:
        name = board.identity.board
        print(f"{artefact.name} on {name}: {args.images} images, SEED={seed}", flush=True)
        test = BoardTest(BoardNetwork(board, artefact), Progress)
        begin = time.monotonic()
        outcome = test.images(images[drawn])
        seconds = time.monotonic() - begin
        repeats = board.connection.repeats
    differences = outcome.differences + len(outcome.wrong)
    figures = {
        "images": args.images, "runs": len(outcome.records), "logits": outcome.logits.size,
        "counters": outcome.counters, "differences": differences,
        "frames sent again": repeats, "clock cycles": int(outcome.cycles.sum()),
        "seconds": round(seconds)}
    if labels is not None:
        figures["classified as labelled"] = int(
            (outcome.logits.argmax(axis=1) == labels[drawn]).sum())
    for what, count in figures.items():
        print(f"{count:>12,}  {what}")
    for line in outcome.wrong[:3]:
        print(line)
    if args.write:
        write_record(
            args.write, title="Soak: many images on one board",
            command=f"SEED={seed} spikeplane soak --board {name} --net {artefact.name} "
                    f"--images {args.images}",
            summary=f"{args.images} images, {differences} differences", prose=_PROSE,
            head=["what", "count"], rows=[[what, f"{count:,}"] for what, count in figures.items()])
    return int(differences > 0)
