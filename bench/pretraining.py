"""Masked pre-training against training from scratch, at the same total of epochs.

Three trainings of one recipe: pre-training, fine-tuning of what it left for the rest of the
epochs, and training from scratch for all of them. Interrupted, they go on where they were.
"""
import argparse
import sys
import textwrap
from pathlib import Path

from sim.record import write_record
from sw.cli import main as spikeplane
from sw.recipe import read_recipe
from sw.train_checkpoint import read

RECORD = Path("docs/results/pretraining.md")


def run(args, name: str, *verb: str) -> dict:
    """What a verb leaves in the directory of that name; a verb that fails ends the bench."""
    print(f"{name}:", flush=True)
    if status := spikeplane([*verb, "--recipe", args.recipe, "--data", str(args.data), "--out",
                             str(args.runs / name)]):
        sys.exit(status)
    return read(args.runs / name / "model.pt")


def row(name: str, kept: dict, unit: str) -> list[str]:
    return [name, str(kept["recipe"]["epochs"]), f"{kept['validation']:.2%}",
            f"{kept['test']:.2%}{unit}", f"{kept['seconds'] / 60:.0f}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="cifar10-brief",
                        help="one with a section [pretrain] (default: cifar10-brief)")
    parser.add_argument("--data", type=Path, required=True, help="directory of the data set")
    parser.add_argument("--runs", type=Path, default=Path("runs/pretraining"),
                        help="where the trainings are (default: runs/pretraining)")
    args = parser.parse_args()
    masked = run(args, "masked", "pretrain")
    rest = read_recipe(args.recipe).float.epochs - masked["recipe"]["epochs"]
    tuned = run(args, "tuned", "train", "--start", str(args.runs / "masked"),
                "--epochs", str(rest))
    scratch = run(args, "scratch", "train")
    config = scratch["config"]
    difference = (tuned["test"] - scratch["test"]) * 100
    summary = (f"Fine-tuned after pre-training against trained from scratch, in as many epochs: "
               f"{difference:+.2f} points")
    print(summary)
    write_record(
        RECORD, title="Masked pre-training against training from scratch",
        command="make pretraining DATA=data", summary=summary,
        prose=textwrap.wrap(
            f"Recipe `{args.recipe}`: Spikformer V2, {config['depth']} blocks of width "
            f"{config['dim']}, T = {config['steps']}, seed {scratch['recipe']['seed']}, "
            "one core of a CPU that is shared. The score of pre-training is the share of the "
            "variance of masked patches that is predicted. All images have a class, and both "
            "trainings see all of them.", 100),
        head=["training", "epochs", "validation", "test", "minutes"],
        rows=[row("pre-training", masked, " of the variance"),
              row("fine-tuned after it", tuned, ""),
              row("from scratch", scratch, "")])
    return 0


if __name__ == "__main__":
    sys.exit(main())
