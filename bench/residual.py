"""The two forms of the spike residual, trained alike: accuracy, planes and predicted cycles.

``add`` sums spike trains, so that a residual stream has values of several bits; ``iand`` keeps it
binary. A small Spikformer V2 learns Fashion-MNIST with each form and each seed, is quantized by
calibration, and measured on the whole test set by the golden model. Planes and cycles are those of
core ``small`` on the first test images. A bench that is interrupted goes on where it was.
"""
import sys
import textwrap
from pathlib import Path
from statistics import mean

import numpy as np
import torch

from bench.small_network import RECIPE, arguments, network, trained
from hw.compiler import compile_network
from hw.compiler.cycles import predict
from hw.compiler.planes import count_planes
from hw.config import core
from sim.record import write_record
from sw import data
from sw.contract.errors import SpikeplaneError
from sw.contract.graph import Residual
from sw.evaluate import evaluate
from sw.export import export
from sw.golden import run

FORMS = ("add", "iand")
IMAGES = 64
"""Of the test set, for planes and cycles: they differ little from image to image."""
CORE = "small"
RECORD = Path("docs/results/residual.md")
PROSE = (
    f"Spikformer V2 of width 48, T = 2, {RECIPE.epochs} epochs of Fashion-MNIST; accuracy of the "
    "real-valued network and, by the golden model, of that with 4-bit weights, calibrated, on the "
    "10,000 test images. Values: the widest residual stream. Planes: those of the residual stream, "
    "per pixel and word of channels, that a layer which reads it processes (one without a spike is "
    "skipped, but a pixel costs one at least). Planes and cycles of an image are predicted for "
    f"core `{CORE}`, on {IMAGES} test images.")


def planes_and_cycles(artefact, images: np.ndarray) -> tuple[float, float]:
    """Of one image, on average: planes of the residual stream that a layer which reads it
    processes, summed over the stream's tensors, and cycles."""
    program = compile_network(artefact, core(CORE))
    stream = [program.tensors[node.name] for node in artefact.graph if isinstance(node, Residual)]
    planes, cycles, runs = 0, 0, range(0, len(images), program.images)
    for start in runs:
        batch = images[start:start + program.images]
        counts = count_planes(program, run(artefact, batch), batch)
        planes += sum(int(_processed(tensor, counts).sum()) for tensor in stream)
        cycles += sum(prediction.cycles for prediction in predict(program, counts))
    return planes / len(images), cycles / len(images)


def _processed(tensor, counts) -> np.ndarray:
    """Planes of each pixel and word: those with a spike, if masks tell them, and one at least."""
    every = np.full((tensor.groups, tensor.pixels), tensor.planes)
    return np.maximum(counts.counts[tensor.name], 1) if tensor.masked else every


def measure(form: str, seed: int, runs: Path, directory: Path) -> dict:
    """What is compared, of one training."""
    kept, _, model = trained(network(form), RECIPE.changed(seed=seed), runs / f"{form}-{seed}",
                             directory)
    test = data.load(RECIPE.dataset, "test", directory, model.graph[0])
    score, = evaluate(model, test, [model.config.steps], "W4")
    artefact = export(model, f"residual-{form}", test.images[:2])
    planes, cycles = planes_and_cycles(artefact, test.images[:IMAGES])
    levels = max(node.levels for node in artefact.graph[1:-1])
    return {"float": kept["test"], "W4": score.accuracy, "levels": levels, "planes": planes,
            "cycles": cycles}


def row(name: str, found: dict) -> list[str]:
    return [name, f"{found['float']:.2%}", f"{found['W4']:.2%}", f"0..{found['levels']:.0f}",
            f"{found['planes']:,.0f}", f"{found['cycles']:,.0f}"]


def main() -> int:
    parser = arguments(__doc__, Path("runs/residual"))
    parser.add_argument("--seeds", type=int, default=2, help="trainings of each form")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows, means = [], {}
    for form in FORMS:
        found = []
        for seed in range(args.seeds):
            print(f"{form}, seed {seed}", flush=True)
            found.append(measure(form, seed, args.runs, args.data))
            rows.append(row(f"`{form}`, seed {seed}", found[-1]))
        means[form] = {key: mean(each[key] for each in found) for key in found[0]}
        rows.append(row(f"`{form}`, mean", means[form]))
    add, iand = means["add"], means["iand"]
    summary = (f"iand instead of add: {(iand['W4'] - add['W4']) * 100:+.2f} points of accuracy at "
               f"4 bits, {iand['planes'] / add['planes'] - 1:+.1%} planes, "
               f"{iand['cycles'] / add['cycles'] - 1:+.1%} cycles")
    print(summary)
    write_record(
        RECORD, title="The spike residual: add or iand", command="make residuals DATA=data",
        summary=summary,
        prose=textwrap.wrap(PROSE, 100),
        head=["residual", "float", "W4", "values", "planes", "cycles"], rows=rows)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SpikeplaneError as error:
        sys.exit(f"bench.residual: {error}")
