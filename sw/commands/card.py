"""``spikeplane card``: the model card of a trained artefact."""
from pathlib import Path

from sw import data
from sw.card import card
from sw.contract.artefact import find, load
from sw.files import write_text

from .train import add_data_argument

__all__ = ["add_arguments", "main"]

_CARDS = Path(__file__).resolve().parent.parent.parent / "docs" / "cards"


def add_arguments(parser):
    parser.add_argument("net", help="a name under artefacts/ or a directory")
    add_data_argument(parser)
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="the card (default: docs/cards/<net>.md)")


def main(args):
    directory = find(args.net)
    artefact = load(directory)
    name = artefact.training.get("dataset")
    known = name in data.PACKAGED or (args.data and name in data.DATASETS)
    test = data.load(name, "test", args.data, artefact.graph[0]) if known else None
    path = args.out or _CARDS / f"{artefact.name}.md"
    text = card(directory, test)
    write_text(path, text, parents=True)
    print(f"{path}: card of {artefact.name}")
