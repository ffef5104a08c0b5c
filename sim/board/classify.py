"""``spikeplane run``: classifies an image on a board, beside the golden model's answer."""
from pathlib import Path

import numpy as np

from sw import golden
from sw.contract.artefact import Artefact, load

from .image_file import read_image
from .network import BoardNetwork
from .open_board import add_board_arguments, network_directory, open_board

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    parser.add_argument("image", type=Path, help=".npy file of raw pixels, or a PNG or JPEG file "
                        "of the network's size")
    add_board_arguments(parser)
    parser.add_argument("--white", type=int, metavar="VALUE",
                        help="pixel value of white in a PNG or JPEG file (default: the largest "
                        "pixel of the artefact's known answers)")


def main(args) -> int:
    """Print label and logits of the board and of the golden model; 1 if the logits differ."""
    artefact = load(network_directory(args))
    image = read_image(args.image, artefact, args.white)
    expected = golden.run(artefact, image)["head"][0]
    with open_board(args) as board:
        network = BoardNetwork(board, artefact)
        got = network.run(image)
        where = board.identity.board
        seconds = got.cycles / board.identity.clock
    width = max(len(where), len("golden model"))
    for name, logits in ((where, got.logits[0]), ("golden model", expected)):
        print(f"{name:{width}}  {_label(artefact, logits)}  logits {' '.join(map(str, logits))}")
    print(f"{got.cycles:,} cycles, {1e3 * seconds:.3g} ms at {board.identity.clock / 1e6:g} MHz")
    differs = bool((got.logits[0] != expected).any())
    if differs:
        print("the logits differ: run `spikeplane selftest` to learn where")
    return int(differs)


def _label(artefact: Artefact, logits: np.ndarray) -> str:
    number = int(logits.argmax())
    return artefact.labels[number] if artefact.labels else str(number)
