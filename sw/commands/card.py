"""``spikeplane card``: the model cards of trained artefacts."""
from pathlib import Path

from sw import data
from sw.card import card
from sw.contract.artefact import find, load
from sw.contract.errors import SpikeplaneError
from sw.files import write_text

from .train import add_data_argument

__all__ = ["add_arguments", "main"]

_ROOT = Path(__file__).resolve().parent.parent.parent


def add_arguments(parser):
    parser.add_argument("nets", nargs="*", metavar="NET",
                        help="a name under artefacts/ or a directory (default: all under "
                             "artefacts/)")
    add_data_argument(parser)
    parser.add_argument("--out", type=Path, metavar="FILE",
                        help="the card of one network, which may do without its data set "
                             "(default: docs/cards/<net>.md)")


def main(args):
    nets = args.nets or sorted(
        path.parent.name for path in (_ROOT / "artefacts").glob("*/manifest.json"))
    if args.out and len(nets) != 1:
        raise SpikeplaneError("--out is the card of one network; name that network")
    for net in nets:
        _write(find(net), args)


def _write(directory, args):
    artefact = load(directory)
    name = artefact.training.get("dataset")
    # A card that is kept tells of a whole test set: without it, loading says what is missing.
    wanted = name in data.DATASETS and (name in data.PACKAGED or args.data or not args.out)
    test = data.load(name, "test", args.data, artefact.graph[0]) if wanted else None
    path = args.out or _ROOT / "docs" / "cards" / f"{artefact.name}.md"
    text = card(directory, test)
    write_text(path, text, parents=True)
    print(f"{path}: card of {artefact.name}", flush=True)
