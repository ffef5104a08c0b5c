"""``spikeplane flash``: put a bitstream onto a connected board."""
import tempfile
from pathlib import Path

from sw.contract.errors import SpikeplaneError

from ..boards import BOARDS

__all__ = ["add_arguments", "main"]


def add_arguments(parser) -> None:
    parser.add_argument("--board", metavar="NAME", help=", ".join(BOARDS))
    parser.add_argument("--net", help="network of the bitstream (default: that of the board)")
    parser.add_argument("--permanent", action="store_true",
                        help="write the flash, so that the board starts with it from now on "
                        "(default: until power is cut)")


def main(args) -> None:
    """Check the bitstream's digest, load it, say so."""
    # Late: the boards' descriptions load Amaranth, and `--help` does without.
    from ..boards import find_board
    from ..build.bitstream import directory_of, load_manifest, product_bytes
    from ..build.loader import check_way, find_loader, load
    board = find_board(args.board)
    check_way(board, permanent=args.permanent)
    directory = directory_of(Path(args.net or board.net).name, board.name)
    if not directory.is_dir():
        raise SpikeplaneError(f"{board.name}: there is no bitstream {directory.name}; build it, "
                              f"e.g. `make bitstream BOARD={board.name}`")
    manifest = load_manifest(directory)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / board.family.product
        file.write_bytes(product_bytes(directory, manifest))
        load(board, file, permanent=args.permanent, loader=find_loader())
    until = "in flash" if args.permanent else "until power is cut"
    print(f"{board.name}: runs {directory.name}, revision {manifest['revision']}, {until}; test it "
          f"with `make selftest BOARD={board.name}`")
