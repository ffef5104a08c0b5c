"""``spikeplane golden``: run the integer reference and show how every layer fires."""
import time
from pathlib import Path

from sim.compare import compare
from sw import data
from sw.contract.artefact import load
from sw.contract.errors import SpikeplaneError
from sw.golden import at_steps, classify, run

from .tables import print_table

__all__ = ["add_arguments", "main"]

_COLUMNS = {"layer": "left", "shape": "right", "spikes compared": "right", "firing rate": "right",
            "differences": "right"}


def add_arguments(parser):
    parser.add_argument("artefact", type=Path, help="directory of the artefact")
    parser.add_argument("--split", choices=data.SPLITS,
                        help="also classify this part of the data set it was trained on")
    parser.add_argument("--data", type=Path, metavar="DIR",
                        help="directory of the data set, if it is one that is downloaded")
    parser.add_argument("--steps", type=int, nargs="+", metavar="T",
                        help="time steps of --split (default: those of the network)")
    parser.add_argument("--dataset", help="data set of --split, instead of the recorded one")


def main(args):
    artefact = load(args.artefact)
    if args.steps and not args.split:
        raise SpikeplaneError("--steps is about the images of --split; give both")
    part = _split(artefact, args) if args.split else None
    networks = [at_steps(artefact, steps) for steps in args.steps or [artefact.config.steps]]
    expected = {name: array for name, array in artefact.vectors.items() if name != "image"}
    result = compare(expected, run(artefact, artefact.vectors["image"]),
                     levels={node.name: node.levels for node in artefact.graph})
    print_table(_COLUMNS, [_row(layer) for layer in result.layers])
    if part is not None:
        for network in networks:
            _classify(network, part)
    if result.first:
        print(f"first difference: {result.first}")
    print(result)
    return 1 if result.differences else 0


def _row(layer):
    rate = "" if layer.firing_rate is None else f"{layer.firing_rate:.1%}"
    return [layer.name, "x".join(map(str, layer.shape)), layer.compared, rate, layer.differences]


def _split(artefact, args):
    dataset = args.dataset or artefact.training.get("dataset")
    if not isinstance(dataset, str):
        raise SpikeplaneError(f"artefact {artefact.name}: no data set is recorded; "
                              "give --dataset with --split")
    return data.load(dataset, args.split, args.data, artefact.graph[0])


def _classify(artefact, part):
    start = time.perf_counter()
    right = int((classify(artefact, part.images) == part.labels).sum())
    seconds = time.perf_counter() - start
    print(f"T = {artefact.config.steps}: {right} of {len(part)} images right, "
          f"{right / len(part):.2%}; {len(part) / seconds:.0f} images/s")
