"""``spikeplane inspect``: what an artefact holds, layer by layer."""
import json
import textwrap
from pathlib import Path

from sw.contract import manifest as manifests
from sw.contract.artefact import load
from sw.contract.config import preset
from sw.contract.graph import Conv, Head, build_graph
from sw.counts import count

from .tables import print_table

__all__ = ["add_arguments", "main"]

_COLUMNS = {"layer": "left", "operation": "left", "shape": "right", "values": "right",
            "W": "right", "F": "right", "sum": "right", "V": "right", "weights": "right"}

_PRESET_COLUMNS = {"layer": "left", "operation": "left", "shape": "right", "values": "right",
                   "weights": "right", "operations": "right"}


def add_arguments(parser):
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("artefact", type=Path, nargs="?", help="directory of the artefact")
    what.add_argument("--preset", help="a model preset instead: its parameters and operations")


def main(args):
    if args.preset:
        _print_preset(args.preset)
        return
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


def _print_preset(name):
    config = preset(name)
    counts = count(config)
    _print_facts({
        "preset": name, "config": _pairs(config.to_dict()),
        "parameters": f"{counts.parameters:,}; {counts.published:,} as published, with the biases "
                      "that batch norm absorbs",
        "weights": f"{counts.weights:,}, {counts.weights * config.weight_bits / 8 / 1024:,.0f} KiB "
                   f"in {config.weight_bits} bits",
        "operations": f"{counts.operations:,} multiply-accumulates a step: first convolution "
                      f"{counts.first:,}, other convolutions {counts.convolutions:,}, linear "
                      f"{counts.linear:,}, attention {counts.attention:,}, head {counts.head:,}",
    })
    print()
    print_table(_PRESET_COLUMNS, [
        [node.name, type(node).__name__.lower(), "x".join(map(str, node.shape)),
         f"0..{node.levels}" if node.levels else "",
         f"{node.shape[0] * node.in_shape[0] * getattr(node, 'kernel', 1) ** 2:,}"
         if isinstance(node, (Conv, Head)) else "",
         f"{node.macs:,}" if hasattr(node, "macs") else ""] for node in build_graph(config)])


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
