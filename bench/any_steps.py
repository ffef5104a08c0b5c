"""Any T from one network: trained at one number of time steps, and at several drawn in turn.

The small Fashion-MNIST network of :mod:`bench.small_network` is trained alike with T = 2 and with T
drawn from 1, 2 and 4 for each batch; accuracy on the whole test set at each T, of the real-valued
network and, by the golden model, of that with 4-bit weights. Interrupted, it goes on where it was.
"""
import sys
import textwrap
from pathlib import Path

import torch

from bench.small_network import RECIPE, arguments, network, trained
from sim.record import write_record
from sw import data
from sw.contract.errors import SpikeplaneError
from sw.evaluate import evaluate

STEPS = (1, 2, 4)
RECORD = Path("docs/results/any-steps.md")
PROSE = (
    f"Spikformer V2 of width 48, {RECIPE.epochs} epochs of Fashion-MNIST, seed {RECIPE.seed}; "
    "4-bit weights are calibrated, without training. Of the 10,000 test images; a network of 4 "
    "bits is computed by the golden model and by torch, with the same answer to every image.")


def measure(name: str, steps: tuple[int, ...], args) -> list[list[str]]:
    """Rows of the table of one training: its networks, and their accuracy at each T."""
    config = network("add")
    kept, model, quantized = trained(config, RECIPE.changed(steps=steps), args.runs / name,
                                     args.data)
    test = data.load(RECIPE.dataset, "test", args.data, model.graph[0])
    drawn = ", ".join(map(str, steps or (config.steps,)))
    rows = []
    for label, each in (("float", model), ("W4", quantized)):
        scores = list(evaluate(each, test, list(STEPS), label))
        rows.append([drawn, label, *(f"{score.accuracy:.2%}" for score in scores)])
        print(" ".join(rows[-1]), f"({kept['seconds'] / 60:.0f} minutes of training)", flush=True)
    return rows


def main() -> int:
    args = arguments(__doc__, Path("runs/any-steps")).parse_args()
    torch.set_num_threads(1)
    rows = measure("one", (), args) + measure("several", STEPS, args)
    one, several = rows[1], rows[3]
    summary = (f"W4, T = {', '.join(map(str, STEPS))}: {', '.join(one[2:])} if trained at T = "
               f"{one[0]}; {', '.join(several[2:])} at all")
    write_record(
        RECORD, title="Any T from one network", command="make any-steps DATA=data",
        summary=summary, prose=textwrap.wrap(PROSE, 100),
        head=["trained at T", "network", *(f"T = {steps}" for steps in STEPS)], rows=rows)
    print(summary)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SpikeplaneError as error:
        sys.exit(f"bench.any_steps: {error}")
