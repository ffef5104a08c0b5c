"""``spikeplane inspect``: what an artefact holds, layer by layer."""
import json
import textwrap
from pathlib import Path

from sw.contract import manifest as manifests
from sw.contract.artefact import load
from sw.contract.graph import Conv, Head

from .tables import print_table

__all__ = ["add_arguments", "main"]

_COLUMNS = {"layer": "left", "operation": "left", "shape": "right", "values": "right",
            "W": "right", "F": "right", "sum": "right", "V": "right", "weights": "right"}


def add_arguments(parser):
    parser.add_argument("artefact", type=Path, help="directory of the artefact")


def main(args):
    artefact = load(args.artefact)
    kit = json.loads((args.artefact / manifests.FILE).read_text())["kit"]
    _print_facts({
        "name": artefact.name,
        "written by": f"spikeplane {kit['version']} {kit['revision']}",
        "config": _pairs(artefact.config.to_dict()),
        "labels": ", ".join(artefact.labels) or "none",
        "preprocessing": _pairs(artefact.preprocessing),
        "training": _pairs(artefact.training),
        "known answers": f"{len(artefact.vectors['image'])} images",
    })
    print()
    print_table(_COLUMNS, [_row(artefact, node) for node in artefact.graph])
    print("\nW: weight bits. F: fraction bits of bias and threshold. sum, V: signed bits of\n"
          "the partial sums and the membrane, from the actual weights. W, F, sum and V are\n"
          "empty where a layer has none.")


def _print_facts(facts):
    for name, text in facts.items():
        print(textwrap.fill(text, 80, initial_indent=f"{name:<15}", subsequent_indent=" " * 15))


def _pairs(values):
    return ", ".join(f"{key} {json.dumps(value)}" for key, value in values.items()) or "none"


def _row(artefact, node):
    bounds = artefact.bounds.get(node.name)
    weight = artefact.tensors.get(f"{node.name}.weight")
    return [node.name, type(node).__name__.lower(), "x".join(map(str, node.shape)),
            f"0..{node.levels}" if node.levels else "",
            node.weight_bits if isinstance(node, (Conv, Head)) else "",
            node.fraction_bits if isinstance(node, Conv) else "",
            bounds.accumulator_bits if bounds else "", bounds.membrane_bits if bounds else "",
            "" if weight is None else weight.size]
