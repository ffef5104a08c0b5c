"""``spikeplane quantize``: the integer network of a trained real-valued one.

By quantization-aware training, or with ``--calibrate`` without training.
"""
import json
from pathlib import Path

from sw.contract.errors import SpikeplaneError
from sw.files import write_text
from sw.recipe import read_recipe

from .tables import print_table
from .train import add_training_arguments, set_up

__all__ = ["add_arguments", "main"]

REPORT = "layers.json"
"""File of :func:`sw.quantize_report.layer_report` beside ``model.pt``."""

_COLUMNS = {"layer": "left", "weights": "right", "clipped": "right", "sum": "right",
            "V": "right", "bias": "right", "threshold": "right"}


def add_arguments(parser):
    parser.add_argument("--run", type=Path, required=True,
                        help="directory where `spikeplane train` or `import` left model.pt")
    parser.add_argument("--recipe", help="instead of the one that the network was trained with")
    parser.add_argument("--weight-bits", type=int, choices=(2, 4, 8),
                        help="instead of the preset's; 2: -1, 0 and 1")
    parser.add_argument("--fraction-bits", type=int, choices=range(5),
                        help="of bias and threshold, instead of the preset's")
    parser.add_argument("--calibrate", type=int, metavar="N",
                        help="do not train: measure the statistics of batch norm again, on N "
                             "training images")
    add_training_arguments(parser)


def main(args):
    # Late, so that the command line starts without torch.
    import torch

    from sw import train_parallel
    from sw.contract.config import ModelConfig
    from sw.model import Spikformer
    from sw.quantize import quantize
    from sw.train import fit
    from sw.train_checkpoint import keep_float, read_model

    start = read_model(args.run, "float")
    recipe = _recipe(args, start)
    device = set_up(args)
    if args.calibrate is None:
        torch.manual_seed(recipe.seed)
    model = Spikformer(ModelConfig.from_dict(start["config"]))
    model.load_state_dict(start["model"])
    quantized = quantize(model, weight_bits=args.weight_bits,
                         fraction_bits=args.fraction_bits).to(device)
    origin = {key: start[key] for key in ("recipe", "epoch", "validation", "test")}
    if start.get("started"):
        origin["started"] = start["started"]
    header = {"kind": "quantized", "preset": start["preset"],
              "training": Path(args.recipe).stem if args.recipe else start["training"],
              "config": quantized.config.to_dict(), "float": origin}
    if args.calibrate is not None:
        _calibrate(args, quantized, recipe, header)
    else:
        if train_parallel.first():
            keep_float(args.run, args.out)
        fit(quantized, recipe, args.out, header, data_directory=args.data)
    if train_parallel.first():
        rows = _report(quantized)
        write_text(args.out / REPORT, json.dumps(rows, indent=1) + "\n")


def _recipe(args, start):
    """The recipe to train with; of a calibration, what is recorded of it."""
    if args.calibrate is None:
        if not args.recipe and not start["training"]:
            raise SpikeplaneError(f"{args.run}: the network was imported, so no recipe is known; "
                                  "give --recipe, or --calibrate")
        training = read_recipe(args.recipe or start["training"])
        return training.quantized.changed(epochs=args.epochs, seed=args.seed)
    if args.recipe or args.epochs:
        raise SpikeplaneError("--recipe and --epochs are of training; --calibrate does without")
    if args.calibrate < 2:
        raise SpikeplaneError(f"--calibrate must be at least 2 images, not {args.calibrate}")
    return {"dataset": start["recipe"]["dataset"], "seed": args.seed or 0,
            "calibrated": args.calibrate}


def _calibrate(args, quantized, recipe, header):
    """Measure statistics, accuracies, and write the result as a training does."""
    import torch

    from sw import data
    from sw.quantize_calibrate import calibrate
    from sw.train import accuracy
    from sw.train_checkpoint import keep_float, write

    parts = {part: data.load(recipe["dataset"], part, args.data, quantized.graph[0])
             for part in ("fit", "validation", "test")}
    count = len(parts["fit"])
    if args.calibrate > count:
        raise SpikeplaneError(f"--calibrate {args.calibrate}: {recipe['dataset']} has {count} "
                              "training images")
    order = torch.randperm(count, generator=torch.Generator().manual_seed(recipe["seed"]))
    chosen = order[:args.calibrate].numpy()
    calibrate(quantized, torch.from_numpy(parts["fit"].images[chosen]).to(quantized.mean.device))
    scores = {part: accuracy(quantized, parts[part]) for part in ("validation", "test")}
    keep_float(args.run, args.out)
    write(args.out / "model.pt", header | {"recipe": recipe},
          {"epoch": 0, "seconds": 0.0, "model": quantized.cpu().state_dict()} | scores)
    print(f"calibrated on {args.calibrate} images: validation {scores['validation']:.2%}, "
          f"test {scores['test']:.2%}")


def _report(quantized):
    """Print the report of the layers, in accumulator LSBs, and return it."""
    from sw.quantize_report import layer_report

    rows = layer_report(quantized)
    print("Weights: integers, and share that is clipped. Bits of the sum and of the\n"
          "membrane V. In units of the sum: bias; least and median threshold.")
    print_table(_COLUMNS, [[
        row["layer"], "{}..{}".format(*row["weight"]), f"{row['clipped']:.2%}",
        row["accumulator_bits"], row["membrane_bits"] or "", "{:.0f}..{:.0f}".format(*row["bias"]),
        "{:.1f}, {:.1f}".format(*row["threshold"]) if row["threshold"] else ""] for row in rows])
    return rows
