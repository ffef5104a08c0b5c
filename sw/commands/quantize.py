"""``spikeplane quantize``: quantization-aware training from a trained real-valued network."""
from pathlib import Path

from sw.contract.errors import SpikeplaneError
from sw.recipe import read_recipe

from .train import add_training_arguments, set_up

__all__ = ["add_arguments", "main"]


def add_arguments(parser):
    parser.add_argument("--run", type=Path, required=True,
                        help="directory where `spikeplane train` left model.pt")
    parser.add_argument("--recipe", help="instead of the one that the network was trained with")
    parser.add_argument("--weight-bits", type=int, choices=(4, 8), help="instead of the preset's")
    parser.add_argument("--fraction-bits", type=int, choices=range(5),
                        help="of bias and threshold, instead of the preset's")
    add_training_arguments(parser)


def main(args):
    # Late, so that the command line starts without torch.
    import torch

    from sw.contract.config import ModelConfig
    from sw.model import Spikformer
    from sw.quantize import quantize
    from sw.train import fit
    from sw.train_checkpoint import keep_float, read_model

    start = read_model(args.run, "float")
    if not args.recipe and not start["training"]:
        raise SpikeplaneError(f"{args.run}: the network was imported, so no recipe is known; give "
                              "--recipe")
    training = read_recipe(args.recipe or start["training"])
    recipe = training.quantized.changed(epochs=args.epochs, seed=args.seed)
    device = set_up(args)
    keep_float(args.run, args.out)
    torch.manual_seed(recipe.seed)
    model = Spikformer(ModelConfig.from_dict(start["config"]))
    model.load_state_dict(start["model"])
    quantized = quantize(model, weight_bits=args.weight_bits, fraction_bits=args.fraction_bits)
    header = {"kind": "quantized", "preset": start["preset"], "training": training.name,
              "config": quantized.config.to_dict(),
              "float": {key: start[key] for key in ("recipe", "epoch", "validation", "test")}}
    fit(quantized.to(device), recipe, args.out, header, data_directory=args.data)
